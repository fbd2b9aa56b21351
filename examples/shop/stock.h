// The stock of an article: what comes in, is put aside for orders, and is put
// back.

#ifndef DAYBOOK_EXAMPLES_SHOP_STOCK_H_
#define DAYBOOK_EXAMPLES_SHOP_STOCK_H_

#include <cstdint>
#include <string>

#include "daybook/projections/decider.h"
#include "examples/shop/decision.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/states.pb.h"

namespace shop {

struct Stock {
  using State = StockState;
  using Events = daybook::EventSet<StockReceived, StockReserved, StockReleased,
                                   StockRefused>;
  static constexpr int kRevision = 1;

  static void Evolve(StockState& stock, const StockReceived& received);
  static void Evolve(StockState& stock, const StockReserved& reserved);
  static void Evolve(StockState& stock, const StockReleased& released);
  static void Evolve(StockState& stock, const StockRefused& refused);
};
static_assert(daybook::Decider<Stock>);

Decision<Stock> Receive(std::string sku, uint32_t quantity);

// Puts some aside for an order, if there are so many.
Decision<Stock> Reserve(std::string sku, std::string order, uint32_t quantity);

// Puts back what was put aside.
Decision<Stock> Release(std::string sku, std::string order, uint32_t quantity);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_STOCK_H_
