#include "examples/shop/stock.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace shop {

using daybook::Emit;

void Stock::Evolve(StockState& stock, const StockReceived& received) {
  stock.set_available(stock.available() + received.quantity());
}

void Stock::Evolve(StockState& stock, const StockReserved& reserved) {
  stock.set_available(stock.available() - reserved.quantity());
}

void Stock::Evolve(StockState& stock, const StockReleased& released) {
  stock.set_available(stock.available() + released.quantity());
}

// That it was asked for changes nothing.
void Stock::Evolve(StockState& /*stock*/, const StockRefused& /*refused*/) {}

Decision<Stock> Receive(std::string sku, uint32_t quantity) {
  StockReceived received;
  received.set_sku(std::move(sku));
  received.set_quantity(quantity);
  return
      [received](const StockState& /*now*/, Emit<Stock>& emit) -> absl::Status {
        emit(received);
        return absl::OkStatus();
      };
}

Decision<Stock> Reserve(std::string sku, std::string order, uint32_t quantity) {
  StockReserved reserved;
  reserved.set_sku(std::move(sku));
  reserved.set_order(std::move(order));
  reserved.set_quantity(quantity);
  return [reserved](const StockState& now, Emit<Stock>& emit) -> absl::Status {
    if (now.available() < reserved.quantity()) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "of ", reserved.sku(), " only ", now.available(), " are left"));
    }
    emit(reserved);
    return absl::OkStatus();
  };
}

Decision<Stock> Release(std::string sku, std::string order, uint32_t quantity) {
  StockReleased released;
  released.set_sku(std::move(sku));
  released.set_order(std::move(order));
  released.set_quantity(quantity);
  return
      [released](const StockState& /*now*/, Emit<Stock>& emit) -> absl::Status {
        emit(released);
        return absl::OkStatus();
      };
}

}  // namespace shop
