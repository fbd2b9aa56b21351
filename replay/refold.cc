#include "daybook/replay/refold.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/replay/view.h"
#include "daybook/replay/view_fold.h"
#include "google/protobuf/arena.h"
#include "replay/caught_projection.h"
#include "replay/parallel_fold.h"
#include "replay/row_changes.h"
#include "replay/row_json.h"
#include "replay/sampled_projection.h"
#include "replay/view_catalog.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// The rows that the store shows of a view.
absl::StatusOr<AnyView> StoredRows(
    EventStore& store, const std::shared_ptr<const AnyProjection>& projection) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<const RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const v1::ViewRecord record,
                           ReadViewRecord(*rows, projection->name()));
  const v1::ViewTable* const table = ServingTable(record);
  if (table == nullptr) {
    return absl::NotFoundError(absl::StrCat("the store keeps no rows of view ",
                                            Quoted(projection->name())));
  }
  if (table->fingerprint() != projection->fingerprint()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the rows of view ", Quoted(projection->name()), " are of version ",
        table->version(), ", not ", projection->version(),
        " or of another shape: rebuild it"));
  }
  const uint64_t number = table->number();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Position> checkpoint,
                           ReadCheckpoint(*rows, number));
  return AnyView(projection, std::move(rows), number,
                 checkpoint.value_or(Position(0)));
}

// A row that an event can't be applied to stands still, as a parked one does.
absl::StatusOr<FoldedRows> FoldAgain(EventStore& store,
                                     const AnyProjection& projection,
                                     Position end,
                                     const RefoldOptions& options) {
  ParallelFold fold(
      store, projection,
      {.end = end,
       .worker_count = options.worker_count,
       .memory_bytes_max = options.memory_bytes_max,
       .on_failure = [](const PreparedEvent&, const std::string&,
                        const absl::Status&) { return absl::OkStatus(); }});
  DAYBOOK_RETURN_IF_ERROR(fold.Run());
  return FoldedRows(fold.TakeRows(), end);
}

// The rows that differ, by key, as the store has them; empty: it has none.
using Different = std::map<std::string, std::optional<std::string>>;

// Walks both, which are ordered by key.
class Comparison {
 public:
  Comparison(const FoldedRows& folded, const RefoldOptions& options)
      : folded_(folded), options_(options) {}

  absl::Status Run(AnyViewCursor stored,
                   const SampledProjection::Chooses& chooses) {
    auto next = folded_.rows().begin();
    const auto end = folded_.rows().end();
    while (stored.Next()) {
      if (!chooses(stored.key())) continue;
      for (; next != end && next->key < stored.key(); ++next) {
        Add(next->key, std::nullopt);
      }
      const bool is_folded = next != end && next->key == stored.key();
      const std::string bytes = EncodeRow(stored.row());
      if (!is_folded || EncodeRow(*next->row) != bytes) {
        Add(stored.key(), bytes);
      } else {
        ++compared_count_;
      }
      if (is_folded) ++next;
    }
    DAYBOOK_RETURN_IF_ERROR(stored.status());
    for (; next != end; ++next) Add(next->key, std::nullopt);
    return absl::OkStatus();
  }

  uint64_t compared_count() const { return compared_count_; }
  uint64_t difference_count() const { return difference_count_; }
  const Different& different() const { return different_; }

 private:
  void Add(const std::string& key, std::optional<std::string> stored) {
    ++compared_count_;
    ++difference_count_;
    if (different_.size() < options_.listed_count_max) {
      different_[key] = std::move(stored);
    }
  }

  const FoldedRows& folded_;
  const RefoldOptions& options_;
  uint64_t compared_count_ = 0;
  uint64_t difference_count_ = 0;
  Different different_;
};

// Folds some rows once more, and looks after which events they were those of
// the store.
class Search {
 public:
  Search(const AnyProjection& projection, const Different& different)
      : projection_(projection) {
    for (const auto& [key, stored] : different) rows_[key].stored = stored;
  }

  absl::Status Run(EventStore& store, Position end) {
    if (end == Position(0)) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor,
                             store.ReadLog({.to = end.Previous()}));
    pb::Arena arena;
    PreparedEvent event;
    for (const EventView& view : cursor) {
      if (!projection_.Wants(view)) continue;
      arena.Reset();
      DAYBOOK_RETURN_IF_ERROR(PrepareCaught(projection_, view, &arena, &event));
      for (size_t i = 0; i < event.keys.size(); ++i) {
        const auto found = rows_.find(event.keys[i]);
        if (found == rows_.end()) continue;
        Apply(event, i, &found->second);
      }
    }
    return cursor.status();
  }

  std::optional<Position> FirstEvent(const std::string& key) const {
    return rows_.at(key).first_event;
  }

 private:
  struct Row {
    std::optional<std::string> stored;
    std::unique_ptr<pb::Message> now;
    // The first event since the row was last as it is stored.
    std::optional<Position> first_event;
    // An event could not be applied to it: it stands still.
    bool is_parked = false;
  };

  void Apply(const PreparedEvent& event, size_t key, Row* row) {
    if (row->is_parked) return;
    std::unique_ptr<pb::Message> after(projection_.row_prototype().New());
    if (row->now != nullptr) after->CopyFrom(*row->now);
    const absl::StatusOr<RowFate> fate =
        ApplyCaught(projection_, event, key, after.get());
    row->is_parked = !fate.ok();
    if (row->is_parked) return;
    row->now = *fate == RowFate::kRemove ? nullptr : std::move(after);
    const bool is_as_stored = row->now == nullptr
                                  ? !row->stored
                                  : row->stored == EncodeRow(*row->now);
    if (is_as_stored) {
      row->first_event.reset();
    } else if (!row->first_event) {
      row->first_event = event.info.position;
    }
  }

  const AnyProjection& projection_;
  std::map<std::string, Row> rows_;
};

std::string JsonOf(const AnyProjection& projection, const std::string& bytes) {
  const std::unique_ptr<pb::Message> row(projection.row_prototype().New());
  row->ParsePartialFromString(bytes);
  return ToJson(*row);
}

}  // namespace

absl::StatusOr<RefoldReport> Refold(
    EventStore& store, const std::shared_ptr<const AnyProjection>& projection,
    const RefoldOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const AnyView stored, StoredRows(store, projection));
  RefoldReport report;
  report.next_position = stored.next_position();
  const SampledProjection::Chooses chooses = PartOfKeys(options.sample);
  DAYBOOK_ASSIGN_OR_RETURN(
      const FoldedRows folded,
      FoldAgain(store, SampledProjection(projection, chooses),
                report.next_position, options));
  Comparison comparison(folded, options);
  DAYBOOK_RETURN_IF_ERROR(comparison.Run(stored.Scan(), chooses));
  report.compared_count = comparison.compared_count();
  report.difference_count = comparison.difference_count();
  if (comparison.different().empty()) return report;

  Search search(*projection, comparison.different());
  DAYBOOK_RETURN_IF_ERROR(search.Run(store, report.next_position));
  for (const auto& [key, bytes] : comparison.different()) {
    RefoldDifference difference{.key = key,
                                .key_json = KeyToJson(*projection, key)};
    if (bytes) difference.stored_json = JsonOf(*projection, *bytes);
    if (const pb::Message* const row = folded.Find(key)) {
      difference.folded_json = ToJson(*row);
    }
    difference.first_event = search.FirstEvent(key);
    report.differences.push_back(std::move(difference));
  }
  return report;
}

}  // namespace daybook
