// Typed events: an application's own protobuf messages (cart_events.proto),
// appended, found by their tags, and read back.

#include <filesystem>
#include <iostream>

#include "daybook/projections/event_set.h"
#include "daybook/projections/stored_type.h"
#include "daybook/projections/typed_event.h"
#include "daybook/store/event_store.h"
#include "examples/cart_events.pb.h"

namespace {

using daybook::EventView;
using daybook::ExpectedRevision;
using example::v1::CartOpened;
using example::v1::ItemAdded;

using CartEvents = daybook::EventSet<CartOpened, ItemAdded>;

CartOpened Open(const std::string& cart) {
  CartOpened opened;
  opened.set_cart(cart);
  return opened;
}

ItemAdded Add(const std::string& cart, const std::string& sku, int quantity) {
  ItemAdded added;
  added.set_cart(cart);
  added.set_sku(sku);
  added.set_quantity(quantity);
  return added;
}

absl::Status Shop(daybook::EventStore& store) {
  // At the start: a deployment that could not read the store's events ends
  // here.
  if (auto status = CartEvents::Register(store); !status.ok()) return status;

  // Append: type, tags and schema come from the message.
  auto opened = daybook::Append(store, "cart-42", ExpectedRevision::NoStream(),
                                Open("42"), Add("42", "tea", 2));
  if (!opened.ok()) return opened.status();
  auto more = daybook::Append(store, "cart-43", ExpectedRevision::NoStream(),
                              Open("43"), Add("43", "tea", 1));
  if (!more.ok()) return more.status();

  // Find by tag, and read each event by its type.
  auto tea = store.ReadQuery({.items = {{.tags = {"sku:tea"}}}});
  if (!tea.ok()) return tea.status();
  uint32_t sold = 0;
  for (const EventView& event : *tea) {
    auto status = CartEvents::Visit(
        event, daybook::Overloaded{
                   [](const CartOpened&) {},
                   [&](const ItemAdded& added) { sold += added.quantity(); }});
    if (!status.ok()) return status;
  }
  if (!tea->status().ok()) return tea->status();
  std::cout << "tea sold: " << sold << "\n";

  // Whoever has the store can read it, without this program.
  daybook::StoredTypes types(store);
  auto cart = store.ReadStream("cart-42");
  if (!cart.ok()) return cart.status();
  for (const EventView& event : *cart) {
    auto json = types.ToJson(event);
    if (!json.ok()) return json.status();
    std::cout << event.type << " " << *json << "\n";
  }
  return cart->status();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string folder =
      argc > 1
          ? argv[1]
          : (std::filesystem::temp_directory_path() / "daybook-typed").string();
  auto store = daybook::EventStore::Open(folder, {.source = "/shop"});
  absl::Status status = store.status();
  if (status.ok()) status = Shop(**store);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
