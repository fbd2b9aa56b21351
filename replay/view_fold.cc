#include "daybook/replay/view_fold.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/replay/fold.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// About what a row takes beside its key and message.
constexpr size_t kRowBytes = 128;
// How many events are decoded before their memory is used again.
constexpr int kEventsPerArena = 256;

struct Row {
  std::unique_ptr<pb::Message> message;
  size_t bytes = 0;
};

// One event after the other.
class Folder {
 public:
  Folder(const AnyProjection& projection, size_t bytes_max)
      : projection_(projection), bytes_max_(bytes_max) {}

  absl::Status Apply(const EventView& event) {
    if (!projection_.Wants(event)) return absl::OkStatus();
    if (++prepared_count_ % kEventsPerArena == 0) arena_.Reset();
    absl::Status status = projection_.Prepare(event, &arena_, &prepared_);
    if (status.ok() && prepared_.message != nullptr) status = ApplyPrepared();
    if (status.ok()) return status;
    return absl::Status(status.code(),
                        absl::StrCat("position ", event.position.value(), ": ",
                                     status.message()));
  }

  std::vector<FoldedRow> TakeRows() {
    std::vector<FoldedRow> rows;
    rows.reserve(rows_.size());
    for (auto& [key, row] : rows_) {
      rows.push_back({key, std::move(row.message)});
    }
    return rows;
  }

 private:
  absl::Status ApplyPrepared() {
    for (size_t i = 0; i < prepared_.keys.size(); ++i) {
      const auto [at, is_new] = rows_.try_emplace(prepared_.keys[i]);
      Row& row = at->second;
      if (is_new) row.message.reset(projection_.row_prototype().New());
      DAYBOOK_ASSIGN_OR_RETURN(
          const RowFate fate,
          projection_.Apply(prepared_, i, row.message.get()));
      bytes_ -= row.bytes;
      if (fate == RowFate::kRemove) {
        rows_.erase(at);
        continue;
      }
      row.bytes = kRowBytes + at->first.size() + row.message->SpaceUsedLong();
      bytes_ += row.bytes;
      if (bytes_ > bytes_max_) {
        return absl::ResourceExhaustedError(
            absl::StrCat("the rows of \"", projection_.name(), "\" take more ",
                         "than ", bytes_max_, " bytes of memory"));
      }
    }
    return absl::OkStatus();
  }

  const AnyProjection& projection_;
  const size_t bytes_max_;
  pb::Arena arena_;
  PreparedEvent prepared_;
  int prepared_count_ = 0;
  std::map<std::string, Row> rows_;
  size_t bytes_ = 0;
};

}  // namespace

const pb::Message* FoldedRows::Find(std::string_view key) const {
  const auto found = std::ranges::lower_bound(
      rows_, key, {},
      [](const FoldedRow& row) { return std::string_view(row.key); });
  return found == rows_.end() || found->key != key ? nullptr : found->row.get();
}

absl::StatusOr<FoldedRows> FoldView(EventStore& store,
                                    const AnyProjection& projection,
                                    const FoldViewOptions& options) {
  Folder folder(projection, options.memory_bytes_max);
  std::optional<Position> last;
  DAYBOOK_ASSIGN_OR_RETURN(
      const FoldPlace place,
      internal::ReadQueryTo(store, projection.events(), options.from,
                            options.as_of, [&](const EventView& event) {
                              last = event.position;
                              return folder.Apply(event);
                            }));
  const AsOf& as_of = options.as_of;
  Position next = place.head;
  if (as_of.position && *as_of.position < next) next = as_of.position->Next();
  if (as_of.time) next = last ? last->Next() : Position(0);
  return FoldedRows(folder.TakeRows(), next);
}

}  // namespace daybook
