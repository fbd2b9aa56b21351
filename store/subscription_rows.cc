#include "store/subscription_rows.h"

#include <memory>
#include <optional>

#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "daybook/v1/subscription.pb.h"
#include "store/coding.h"
#include "store/filter_record.h"
#include "store/names.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Stored; never change.
constexpr std::string_view kRecordPrefix("\x07\x00", 2);
constexpr std::string_view kCheckpointPrefix("\x07\x01", 2);

absl::Status Damaged(std::string_view name, std::string_view what) {
  return absl::DataLossError(absl::StrCat("subscription ", Quoted(name), ": ",
                                          ToAbsl(what),
                                          " is damaged: delete it"));
}

}  // namespace

absl::Status ValidateSubscriptionName(std::string_view name) {
  return ValidateChosenName("subscription name", name,
                            kSubscriptionNameBytesMax);
}

void PutSubscription(std::string_view name, const SubscriptionRow& row,
                     RowBatch* batch) {
  v1::SubscriptionRecord record = RecordOf(row.filter);
  record.set_created_at(absl::ToUnixMicros(row.created_at));
  batch->Put(NamedKey(kRecordPrefix, name), record.SerializeAsString());
}

void PutCheckpoint(std::string_view name, Position checkpoint,
                   RowBatch* batch) {
  std::string value;
  PutBigEndian64(&value, checkpoint.value());
  batch->Put(NamedKey(kCheckpointPrefix, name), value);
}

void DeleteSubscription(std::string_view name, RowBatch* batch) {
  batch->Delete(NamedKey(kRecordPrefix, name));
  batch->Delete(NamedKey(kCheckpointPrefix, name));
}

absl::StatusOr<SubscriptionRow> ReadSubscription(const RowReader& rows,
                                                 std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(NamedKey(kRecordPrefix, name)));
  if (!value.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("there is no subscription ", Quoted(name)));
  }
  v1::SubscriptionRecord record;
  if (!record.ParseFromString(*value)) return Damaged(name, "its record");
  return SubscriptionRow{FilterOf(record),
                         absl::FromUnixMicros(record.created_at())};
}

absl::StatusOr<Position> ReadCheckpoint(const RowReader& rows,
                                        std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(NamedKey(kCheckpointPrefix, name)));
  if (!value.has_value() || value->size() != sizeof(uint64_t)) {
    return Damaged(name, "its checkpoint");
  }
  return Position(LoadBigEndian64(value->data()));
}

absl::StatusOr<std::vector<std::string>> ReadSubscriptionNames(
    const RowReader& rows) {
  std::vector<std::string> names;
  const std::unique_ptr<RowCursor> cursor =
      rows.Scan(RowRange::OfPrefix(kRecordPrefix));
  while (cursor->Next()) {
    names.emplace_back(cursor->key().substr(kRecordPrefix.size()));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return names;
}

}  // namespace daybook
