#include "bus/schedule_rows.h"

#include <cstdint>
#include <memory>

#include "store/coding.h"
#include "store/names.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// Stored; never change.
constexpr std::string_view kTakenInKey("\x09\x00", 2);
constexpr std::string_view kDuePrefix("\x09\x01", 2);
constexpr std::string_view kIdPrefix("\x09\x02", 2);

// So that times before 1970 sort before those after.
constexpr uint64_t kSignBit = uint64_t{1} << 63;

std::string BigEndian(uint64_t value) {
  std::string bytes;
  PutBigEndian64(&bytes, value);
  return bytes;
}

std::string TimeBytes(absl::Time time) {
  return BigEndian(static_cast<uint64_t>(absl::ToUnixMicros(time)) ^ kSignBit);
}
absl::Time TimeOf(std::string_view bytes) {
  return absl::FromUnixMicros(
      static_cast<int64_t>(LoadBigEndian64(bytes.data()) ^ kSignBit));
}

absl::Status Damaged() {
  return absl::DataLossError("the rows of pending schedules are damaged");
}

std::string DueKey(const PendingSchedule& pending) {
  return std::string(kDuePrefix) + TimeBytes(pending.due) + pending.id;
}
std::string IdKey(std::string_view id) { return NamedKey(kIdPrefix, id); }

}  // namespace

void PutSchedulesTakenIn(Position position, RowBatch* batch) {
  batch->Put(kTakenInKey, BigEndian(position.value()));
}

void PutPending(const PendingSchedule& pending, RowBatch* batch) {
  batch->Put(DueKey(pending), "");
  batch->Put(IdKey(pending.id), TimeBytes(pending.due));
}

void DeletePending(const PendingSchedule& pending, RowBatch* batch) {
  batch->Delete(DueKey(pending));
  batch->Delete(IdKey(pending.id));
}

absl::StatusOr<Position> ReadSchedulesTakenIn(const RowReader& rows) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(kTakenInKey));
  if (!value.has_value()) return Position(0);
  if (value->size() != sizeof(uint64_t)) return Damaged();
  return Position(LoadBigEndian64(value->data()));
}

absl::StatusOr<std::optional<absl::Time>> ReadPending(const RowReader& rows,
                                                      std::string_view id) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows.Get(IdKey(id)));
  if (!value.has_value()) return std::nullopt;
  if (value->size() != sizeof(uint64_t)) return Damaged();
  return TimeOf(*value);
}

absl::StatusOr<std::vector<PendingSchedule>> ReadPending(
    const RowReader& rows, const std::optional<PendingSchedule>& after,
    size_t count_max, absl::Time until) {
  std::vector<PendingSchedule> all;
  RowRange range = RowRange::OfPrefix(kDuePrefix);
  // The first key there can be behind that one.
  if (after.has_value()) range.begin = DueKey(*after) + '\0';
  const std::unique_ptr<RowCursor> cursor = rows.Scan(range);
  while (all.size() < count_max && cursor->Next()) {
    const std::string_view rest = cursor->key().substr(kDuePrefix.size());
    if (rest.size() < sizeof(uint64_t)) return Damaged();
    all.push_back({.id = std::string(rest.substr(sizeof(uint64_t))),
                   .due = TimeOf(rest.substr(0, sizeof(uint64_t)))});
    if (all.back().due > until) break;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return all;
}

}  // namespace daybook
