#include "bus/reactor_rows.h"

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "store/coding.h"
#include "store/filter_record.h"
#include "store/names.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Stored; never change.
constexpr std::string_view kRecordPrefix("\x0a\x00", 2);
constexpr std::string_view kCheckpointPrefix("\x0a\x01", 2);
constexpr std::string_view kStatePrefix("\x0a\x02", 2);

absl::Status Damaged(std::string_view name) {
  return absl::DataLossError(
      absl::StrCat("the rows of the reactor ", Quoted(name), " are damaged"));
}

}  // namespace

std::string ReactorCheckpointKey(std::string_view name) {
  return NamedKey(kCheckpointPrefix, name);
}

std::string ReactorStateKey(std::string_view name, std::string_view key) {
  std::string row = NamedKey(kStatePrefix, name);
  row.push_back('\0');
  row += key;
  return row;
}

void PutReactor(std::string_view name, const EventFilter& filter,
                RowBatch* batch) {
  batch->Put(NamedKey(kRecordPrefix, name),
             RecordOf(filter).SerializeAsString());
}

void PutReactorCheckpoint(std::string_view name, Position checkpoint,
                          RowBatch* batch) {
  std::string value;
  PutBigEndian64(&value, checkpoint.value());
  batch->Put(ReactorCheckpointKey(name), value);
}

absl::StatusOr<std::optional<EventFilter>> ReadReactor(const RowReader& rows,
                                                       std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(NamedKey(kRecordPrefix, name)));
  if (!value.has_value()) return std::nullopt;
  v1::SubscriptionRecord record;
  if (!record.ParseFromString(*value)) return Damaged(name);
  return FilterOf(record);
}

absl::StatusOr<Position> ParseReactorCheckpoint(
    std::string_view name, const std::optional<std::string>& value) {
  if (!value.has_value() || value->size() != sizeof(uint64_t)) {
    return Damaged(name);
  }
  return Position(LoadBigEndian64(value->data()));
}

}  // namespace daybook
