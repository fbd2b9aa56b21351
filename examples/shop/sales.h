// The view sales-by-sku-and-hour: what was sold of each article in each hour.
// Kept behind the log: who looks at sales need not see the last second.

#ifndef DAYBOOK_EXAMPLES_SHOP_SALES_H_
#define DAYBOOK_EXAMPLES_SHOP_SALES_H_

#include <cstdint>
#include <string_view>

#include "absl/time/time.h"
#include "daybook/projections/projection.h"
#include "examples/shop/events.pb.h"
#include "examples/shop/states.pb.h"

namespace shop {

inline int64_t HourOf(absl::Time time) {
  return absl::ToUnixSeconds(time) / 3600;
}

// The other way to find a row: all articles of one hour.
struct ByHour {
  using Key = Hour;
  static Hour KeyOf(const SkuHour& key, const Sales& /*row*/) {
    Hour hour;
    hour.set_hour(key.hour());
    return hour;
  }
};

struct SalesBySkuAndHour {
  static constexpr std::string_view kName = "sales-by-sku-and-hour";
  static constexpr int kVersion = 1;
  using Key = SkuHour;
  using Row = Sales;
  using Events = daybook::EventSet<ItemSold, SaleCancelled>;
  using Indexes = daybook::IndexSet<ByHour>;

  // A cancellation counts in the hour in which it came.
  static SkuHour KeyOf(const auto& event, const daybook::EventInfo& info) {
    SkuHour key;
    key.set_sku(event.sku());
    key.set_hour(HourOf(info.time()));
    return key;
  }
  static void Apply(Sales& row, const ItemSold& sold) {
    row.set_quantity(row.quantity() + int64_t{sold.quantity()});
    row.set_cents(row.cents() + static_cast<int64_t>(sold.cents()));
  }
  static void Apply(Sales& row, const SaleCancelled& cancelled) {
    row.set_quantity(row.quantity() - int64_t{cancelled.quantity()});
    row.set_cents(row.cents() - static_cast<int64_t>(cancelled.cents()));
  }
};
static_assert(daybook::Projection<SalesBySkuAndHour>);

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_SALES_H_
