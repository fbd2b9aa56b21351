// The example of the README, in full.

#include <filesystem>
#include <iostream>

#include "daybook/store/event_store.h"

namespace {

absl::Status RunShop(const std::string& folder) {
  // [README]
  auto store = daybook::EventStore::Open(folder, {.source = "/shop"});
  if (!store.ok()) return store.status();

  // Append: a new cart, unless there is one already.
  daybook::NewEvent added{.type = "item-added",
                          .payload = R"({"sku": "tea", "quantity": 2})",
                          .content_type = "application/json",
                          .tags = {"sku:tea"}};
  auto written = (*store)->Append(
      "cart-42", daybook::ExpectedRevision::NoStream(), {added});
  if (!written.ok()) return written.status();

  // Read one stream; what it shows is what was committed when it was opened.
  auto cart = (*store)->ReadStream("cart-42");
  if (!cart.ok()) return cart.status();
  for (const daybook::EventView& event : *cart) {
    std::cout << event.position << " " << event.type << " " << event.payload
              << "\n";
  }
  if (!cart->status().ok()) return cart->status();

  // Decide on what a query shows, and append only if nothing changed since:
  // here, that the last tea is sold once.
  daybook::Query tea{.items = {{.tags = {"sku:tea"}}}};
  auto sales = (*store)->ReadQuery(tea);
  if (!sales.ok()) return sales.status();
  daybook::AppendRequest sell;
  sell.events = {{"stock-tea", {.type = "sold-out", .tags = {"sku:tea"}}}};
  sell.condition = sales->condition(tea);
  sell.key = "request-7f3a";  // a retry returns what the first attempt did
  return (*store)->Append(sell).status();
  // [/README]
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder =
      argc > 1 ? argv[1]
               : (std::filesystem::temp_directory_path() / "daybook-quickstart")
                     .string();
  const absl::Status status = RunShop(folder);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
