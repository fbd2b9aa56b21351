// The smallest program that links the store, uses a stored message, and appends
// an event of its own: directly, and as a decision.

#include <iostream>

#include "cart.h"
#include "daybook/projections/typed_event.h"
#include "daybook/replay/transact.h"
#include "daybook/store/event_store.h"
#include "daybook/store/version.h"
#include "daybook/v1/metadata.pb.h"

int main() {
  daybook::v1::EventMetadata metadata;
  metadata.set_actor("consumer");
  std::cout << metadata.actor() << " uses " << daybook::VersionDetails()
            << "\n";

  const auto store = daybook::EventStore::OpenInMemory();
  consumer::ItemAdded added;
  added.set_sku("tea");
  const auto result = daybook::Append(
      *store, "cart-1", daybook::ExpectedRevision::NoStream(), added);
  const auto decided =
      daybook::Transact<consumer::Cart>(*store, "cart-2", consumer::AddTea);
  for (const absl::Status& status : {result.status(), decided.status()}) {
    if (!status.ok()) std::cerr << status << "\n";
  }
  return result.ok() && decided.ok() ? 0 : 1;
}
