#include "examples/shop/old_shapes.h"

#include <cstdint>
#include <cstdlib>

#include "examples/shop/events.pb.h"

namespace shop {
namespace {

// Prices were whole euros once.
ItemAdded Upcast(const ItemPut& put) {
  ItemAdded added;
  added.set_cart(put.cart());
  added.set_sku(put.sku());
  added.set_quantity(put.quantity());
  added.set_price_cents(uint64_t{100} * put.price_euros());
  return added;
}

}  // namespace

const daybook::Upcasters& OldShapes() {
  static const auto* const kUpcasters = [] {
    auto* upcasters = new daybook::Upcasters;
    // Fails only for messages that are no events, or shapes that lead back to
    // themselves: mistakes of this file.
    if (!upcasters->Add<ItemPut, ItemAdded>(Upcast).ok()) std::abort();
    return upcasters;
  }();
  return *kUpcasters;
}

}  // namespace shop
