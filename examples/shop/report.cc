#include "examples/shop/report.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "daybook/replay/views.h"
#include "examples/shop/registration.h"
#include "examples/shop/sales.h"

namespace shop {
namespace {

using daybook::Position;
using daybook::View;
using daybook::Views;
using SalesView = View<SalesBySkuAndHour>;

constexpr size_t kTopCount = 5;
constexpr absl::Duration kPatience = absl::Minutes(10);

class Stopwatch {
 public:
  double seconds() const { return absl::ToDoubleSeconds(absl::Now() - begin_); }

 private:
  const absl::Time begin_ = absl::Now();
};

// The articles that brought the most, over all hours.
absl::StatusOr<std::vector<std::pair<std::string, Sales>>> TopSkus(
    const SalesView& view) {
  std::map<std::string, Sales> by_sku;
  auto rows = view.Scan();
  while (rows.Next()) {
    Sales& sales = by_sku[rows.key().sku()];
    sales.set_quantity(sales.quantity() + rows.row().quantity());
    sales.set_cents(sales.cents() + rows.row().cents());
  }
  if (!rows.status().ok()) return rows.status();
  std::vector<std::pair<std::string, Sales>> skus(by_sku.begin(), by_sku.end());
  std::ranges::stable_sort(skus, [](const auto& a, const auto& b) {
    return a.second.cents() > b.second.cents();
  });
  skus.resize(std::min(skus.size(), kTopCount));
  return skus;
}

absl::Status PrintSales(std::string_view when, const SalesView& view,
                        double seconds, std::ostream& out) {
  const auto skus = TopSkus(view);
  if (!skus.ok()) return skus.status();
  out << absl::StrFormat("%-34s %9d events  %6.2f s\n", when,
                         view.next_position().value(), seconds);
  for (const auto& [sku, sales] : *skus) {
    out << absl::StrFormat("  %-12s %9d sold  %12d.%02d euros\n", sku,
                           sales.quantity(), sales.cents() / 100,
                           std::abs(sales.cents() % 100));
  }
  return absl::OkStatus();
}

// How many rows both views have, if they are the same, byte for byte.
absl::StatusOr<uint64_t> CountSameRows(const SalesView& a, const SalesView& b) {
  auto rows_a = a.Scan();
  auto rows_b = b.Scan();
  uint64_t count = 0;
  while (rows_a.Next()) {
    const bool is_same =
        rows_b.Next() &&
        rows_a.key().SerializeAsString() == rows_b.key().SerializeAsString() &&
        rows_a.row().SerializeAsString() == rows_b.row().SerializeAsString();
    if (!rows_b.status().ok()) return rows_b.status();
    if (!is_same) {
      return absl::DataLossError("rows differ at " +
                                 rows_a.key().ShortDebugString());
    }
    ++count;
  }
  if (!rows_a.status().ok()) return rows_a.status();
  if (rows_b.Next()) {
    return absl::DataLossError("there is one more row, " +
                               rows_b.key().ShortDebugString());
  }
  return count;
}

}  // namespace

absl::Status Report(daybook::EventStore& store, int worker_count,
                    std::ostream& out) {
  const Position head = store.Head();
  if (head.value() == 0) return absl::NotFoundError("nothing happened yet");
  const std::string_view sales = SalesBySkuAndHour::kName;
  Views views(store);
  absl::Status status = KeepViews(views);
  if (status.ok()) status = views.WaitFor(sales, head.Previous(), kPatience);
  if (!status.ok()) return status;

  // The rows that were kept while events came.
  const Stopwatch reading;
  const auto kept = views.Read<SalesBySkuAndHour>();
  if (!kept.ok()) return kept.status();
  status = PrintSales("sales now, as kept", *kept, reading.seconds(), out);
  if (!status.ok()) return status;

  // The rows as they were, folded from the log.
  const Stopwatch folding;
  const auto then =
      views.Read<SalesBySkuAndHour>(Position((head.value() - 1) / 2));
  if (!then.ok()) return then.status();
  status = PrintSales("sales half-way, folded", *then, folding.seconds(), out);
  if (!status.ok()) return status;

  // All of them anew.
  const Stopwatch rebuilding;
  status = views.Rebuild(sales, {.worker_count = worker_count});
  if (!status.ok()) return status;
  const double seconds = rebuilding.seconds();
  out << absl::StrFormat("%-34s %9d events  %6.2f s  %9.0f events/s\n",
                         absl::StrFormat("rebuilt by %d threads", worker_count),
                         head.value(), seconds,
                         static_cast<double>(head.value()) / seconds);
  const auto rebuilt = views.Read<SalesBySkuAndHour>();
  if (!rebuilt.ok()) return rebuilt.status();
  const absl::StatusOr<uint64_t> count = CountSameRows(*kept, *rebuilt);
  if (!count.ok()) return count.status();
  out << absl::StrFormat("%-34s %9d rows, byte for byte the same\n",
                         "kept and rebuilt", *count);
  return absl::OkStatus();
}

}  // namespace shop
