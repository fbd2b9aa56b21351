#include "replay/view_build.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "replay/caught_projection.h"
#include "replay/parallel_fold.h"
#include "replay/row_changes.h"
#include "replay/view_catalog.h"
#include "replay/view_keys.h"
#include "store/mutex.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// Tells how far a build is, and how fast.
class ProgressReport {
 public:
  ProgressReport(const RebuildOptions& options, Position end)
      : options_(options), end_(end), start_(absl::Now()) {}

  // False: stop.
  bool Tell(Position done) const {
    if (!options_.progress) return true;
    const double seconds =
        std::max(absl::ToDoubleSeconds(absl::Now() - start_), 1e-6);
    RebuildProgress progress{.done = done, .end = end_};
    progress.events_per_second = static_cast<double>(done.value()) / seconds;
    if (done.value() > 0) {
      progress.remaining =
          absl::Seconds(static_cast<double>(end_.value() - done.value()) /
                        progress.events_per_second);
    }
    return options_.progress(progress);
  }

 private:
  const RebuildOptions& options_;
  const Position end_;
  const absl::Time start_;
};

// Every row's keys in one index, ordered.
absl::StatusOr<std::vector<std::string>> IndexKeys(
    const AnyProjection& projection, uint64_t table, size_t index,
    const std::vector<FoldedRow>& rows) {
  const std::string prefix = IndexPrefix(table, index);
  std::vector<std::string> keys;
  for (const FoldedRow& row : rows) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::optional<std::string> key,
        IndexKeyCaught(projection, index, row.key, *row.row));
    if (key) keys.push_back(absl::StrCat(prefix, *key, row.key));
  }
  std::ranges::sort(keys);
  return keys;
}

absl::Status LoadRows(EventStore& store, const AnyProjection& projection,
                      uint64_t number, const std::vector<FoldedRow>& rows) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowLoader> loader,
                           store.LoadRows());
  const std::string prefix = RowPrefix(number);
  for (const FoldedRow& row : rows) {
    DAYBOOK_RETURN_IF_ERROR(
        loader->Add(absl::StrCat(prefix, row.key), EncodeRow(*row.row)));
  }
  for (size_t i = 0; i < projection.index_count(); ++i) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> keys,
                             IndexKeys(projection, number, i, rows));
    for (const std::string& key : keys) {
      DAYBOOK_RETURN_IF_ERROR(loader->Add(key, ""));
    }
  }
  return loader->Finish();
}

// Empties the table; `next` is where it then says it stands.
absl::Status Empty(EventStore& store, uint64_t number) {
  RowBatch batch;
  DeleteTableRows(number, &batch);
  batch.Put(CheckpointKey(number), EncodeNumber(0));
  return store.WriteRows(batch);
}

absl::Status FoldInStore(EventStore& store,
                         const std::shared_ptr<const AnyProjection>& projection,
                         uint64_t number, Position end, OnApplyError on_error,
                         Clock* clock, const ProgressReport& report) {
  ViewTable table(store, projection, number, on_error, clock);
  DAYBOOK_RETURN_IF_ERROR(table.Load());
  while (table.next_position() < end) {
    DAYBOOK_RETURN_IF_ERROR(table.ApplyNext(end));
    if (!report.Tell(table.next_position())) {
      return absl::CancelledError("the rebuild was cancelled");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status BuildTable(EventStore& store,
                        const std::shared_ptr<const AnyProjection>& projection,
                        uint64_t number, Position end, OnApplyError on_error,
                        Clock* clock, const RebuildOptions& options) {
  const ProgressReport report(options, end);
  DAYBOOK_RETURN_IF_ERROR(Empty(store, number));
  ParallelFoldOptions fold_options{
      .end = end,
      .worker_count = options.worker_count,
      .memory_bytes_max = options.memory_bytes_max,
      .progress = [&](Position done) { return report.Tell(done); }};
  ParallelFold fold(store, *projection, fold_options);
  absl::Status folded = fold.Run();
  if (folded.ok()) {
    DAYBOOK_RETURN_IF_ERROR(
        LoadRows(store, *projection, number, fold.TakeRows()));
    RowBatch batch;
    batch.Put(CheckpointKey(number), EncodeNumber(end.value()));
    return store.WriteRows(batch);
  }
  // Rows that are to be parked, or don't fit, are dealt with one by one.
  const bool is_for_one_by_one =
      absl::IsResourceExhausted(folded) ||
      (on_error == OnApplyError::kPark && !absl::IsCancelled(folded));
  if (!is_for_one_by_one) return folded;
  return FoldInStore(store, projection, number, end, on_error, clock, report);
}

}  // namespace daybook
