// How durable subscriptions are kept among the rows: store/FORMAT.md.

#ifndef DAYBOOK_STORE_SUBSCRIPTION_ROWS_H_
#define DAYBOOK_STORE_SUBSCRIPTION_ROWS_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"
#include "daybook/store/subscription.h"

namespace daybook {

struct SubscriptionRow {
  EventFilter filter;  // without `where`
  absl::Time created_at;
};

absl::Status ValidateSubscriptionName(std::string_view name);

void PutSubscription(std::string_view name, const SubscriptionRow& row,
                     RowBatch* batch);
void PutCheckpoint(std::string_view name, Position checkpoint, RowBatch* batch);
void DeleteSubscription(std::string_view name, RowBatch* batch);

// Errors: kNotFound if there is none of that name; kDataLoss.
absl::StatusOr<SubscriptionRow> ReadSubscription(const RowReader& rows,
                                                 std::string_view name);
// Errors: kDataLoss. REQUIRES: there is one of that name.
absl::StatusOr<Position> ReadCheckpoint(const RowReader& rows,
                                        std::string_view name);
// In byte order. Errors: kDataLoss.
absl::StatusOr<std::vector<std::string>> ReadSubscriptionNames(
    const RowReader& rows);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SUBSCRIPTION_ROWS_H_
