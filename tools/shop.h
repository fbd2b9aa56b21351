// Shop makes up the events of an internet shop: a workload to try a store on.
//
//   cart-<n>    cart.opened, cart.item-added, cart.item-removed,
//               cart.checked-out, and then cart.opened again
//   order-<n>   order.placed, order.paid, order.shipped, for each time that
//               cart <n> is checked out
//
// A few carts are busy and most are not: see ChooseSkewed(). Payloads and tags
// are those of the messages of tools/shop.proto.
//
// The same seed and number of streams give the same events, to the last byte
// of their ids and times, on every machine.

#ifndef DAYBOOK_TOOLS_SHOP_H_
#define DAYBOOK_TOOLS_SHOP_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/event_store.h"
#include "daybook/store/runtime.h"

namespace daybook::tools {

// Not thread-safe.
class Shop {
 public:
  // Half of the streams are carts, the other half their orders.
  // REQUIRES: stream_count >= 2.
  Shop(uint64_t seed, uint64_t stream_count);

  // What must be done once before a store takes these events.
  static absl::Status Register(EventStore& store);

  // Adds the events of the next thing that happens to `events`: one, or two
  // that belong in one append; no more than `room`. REQUIRES: room >= 1.
  void Step(uint64_t room, std::vector<StreamEvent>& events);

 private:
  enum class Phase : uint8_t { kEmpty, kShopping, kPlaced, kPaid };

  struct Item {
    uint32_t article = 0;
    uint32_t quantity = 0;
  };
  struct Cart {
    Phase phase = Phase::kEmpty;
    std::vector<Item> items;
    uint64_t order = 0;
    uint64_t total_cents = 0;
  };

  void Open(uint64_t number);
  void AddItem(uint64_t number);
  void RemoveItem(uint64_t number);
  void CheckOut(uint64_t number);
  void Pay(uint64_t number);
  void Ship(uint64_t number);

  template <typename M>
  void Emit(std::string_view room, uint64_t number, const M& message);
  uint64_t CustomerOf(uint64_t number) const;

  std::mt19937_64 random_;
  const std::unique_ptr<IdSource> ids_;
  absl::Time now_;
  uint64_t last_order_ = 0;
  // cart-<n> is carts_[n - 1].
  std::vector<Cart> carts_;
  // Where Emit() puts events, during a step.
  std::vector<StreamEvent>* events_ = nullptr;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SHOP_H_
