#include "store/stream_source.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/coding.h"
#include "store/errors_internal.h"
#include "store/index.h"
#include "store/log_reader.h"
#include "store/run.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How many positions of the tail are asked for at once.
constexpr size_t kRecentCount = 256;

// Revisions [begin_, end_) are left to read. Each is looked for in the run at
// hand, then among the positions the tail gave, then in the tail, and last in
// the index, by a seek. What the tail has let go of meanwhile is in the index
// by then, so one of them has it, or it is lost.
class StreamSource final : public EventCursor::Source {
 public:
  StreamSource(const std::shared_ptr<StoreCore>& core, std::string stream,
               const Tail::StreamSnapshot& snapshot,
               const ReadStreamOptions& options)
      : core_(core),
        stream_(std::move(stream)),
        number_(snapshot.state.first_position->value()),
        indexed_to_(snapshot.indexed_to.value()),
        forward_(options.direction == Direction::kForward),
        limit_(options.limit) {
    begin_ = FirstVisible(snapshot.state).value();
    end_ = snapshot.state.next_revision;
    if (options.from.has_value()) {
      begin_ = std::max(begin_, options.from->value());
    }
    if (options.to.has_value()) {
      end_ = std::min(end_, options.to->value() == kNoLimit
                                ? kNoLimit
                                : options.to->value() + 1);
    }
  }

  bool Next(EventView* event) override {
    if (limit_ == 0 || begin_ >= end_) return false;
    const uint64_t revision = forward_ ? begin_ : end_ - 1;
    if (!Read(revision, event)) {
      limit_ = 0;
      return false;
    }
    event->stream = stream_;
    event->append.key = {};
    --limit_;
    if (forward_) {
      ++begin_;
    } else {
      --end_;
    }
    return true;
  }
  const absl::Status& status() const override { return status_; }

 private:
  bool Read(uint64_t revision, EventView* event) {
    if (run_first_ <= revision && revision < run_next_) {
      return ReadFromRun(revision, event);
    }
    if (revision >= indexed_to_) {
      if (ReadFromTail(revision, event)) return true;
      if (!status_.ok()) return false;
    }
    if (LoadRun(revision)) return ReadFromRun(revision, event);
    return Fail(revision, problem_ != nullptr ? problem_ : "event is missing");
  }

  bool ReadFromRun(uint64_t revision, EventView* event) {
    const char* problem =
        run_.Read(static_cast<uint32_t>(revision - run_first_), event);
    return problem == nullptr || Fail(revision, problem);
  }

  bool ReadFromTail(uint64_t revision, EventView* event) {
    if (revision < recent_first_ ||
        revision - recent_first_ >= recent_.size()) {
      // Backward, the slice that ends here.
      const uint64_t span = forward_ ? 0 : kRecentCount - 1;
      const uint64_t first =
          std::max(begin_, revision > span ? revision - span : 0);
      recent_first_ = first;
      recent_ = core_->tail->Recent(stream_, Revision(first), kRecentCount);
      if (recent_.empty() && first != revision) {
        recent_first_ = revision;
        recent_ = core_->tail->Recent(stream_, Revision(revision), 1);
      }
      if (recent_.empty()) return false;
    }
    if (log_ == nullptr) log_ = std::make_unique<LogReader>(*core_->log);
    if (!log_->Read(recent_[revision - recent_first_], event)) {
      status_ = log_->status();
      return false;
    }
    if (event->stream != stream_ || event->revision.value() != revision) {
      return Fail(revision, "another event stands at its position");
    }
    return true;
  }

  // Loads the run that holds `revision` from the index.
  bool LoadRun(uint64_t revision) {
    if (iterator_ != nullptr && run_next_ != run_first_) {
      // Runs of a stream lie side by side; one step is cheaper than a seek.
      if (forward_ && revision == run_next_) {
        iterator_->Next();
        if (AcceptRun(revision)) return true;
      } else if (!forward_ && revision + 1 == run_first_) {
        iterator_->Prev();
        if (AcceptRun(revision)) return true;
      }
    }
    if (iterator_ == nullptr) {
      rocksdb::ReadOptions options;
      options.total_order_seek = true;
      iterator_.reset(core_->index->get()->NewIterator(
          options, core_->index->family(kIndexStreams)));
    } else {
      // It may be older than the run.
      iterator_->Refresh().PermitUncheckedError();
    }
    iterator_->Seek(PairKey(number_, revision));
    return AcceptRun(revision);
  }

  bool AcceptRun(uint64_t revision) {
    run_first_ = run_next_ = 0;
    if (!iterator_->Valid()) return false;
    const std::string_view key = ToView(iterator_->key());
    if (key.size() != 16 || LoadBigEndian64(key.data()) != number_) {
      return false;
    }
    problem_ = run_.Parse(ToView(iterator_->value()));
    if (problem_ != nullptr) return false;
    const uint64_t first = run_.first_revision();
    const uint64_t last = first + run_.count() - 1;
    if (last != LoadBigEndian64(key.data() + 8)) {
      problem_ = "run does not belong to its key";
      return false;
    }
    if (revision < first || revision > last) return false;
    run_first_ = first;
    run_next_ = last + 1;
    return true;
  }

  bool Fail(uint64_t revision, std::string_view problem) {
    status_ = absl::DataLossError(absl::StrCat(
        "read stream ", Quoted(stream_), " at revision ", revision, ": ",
        ToAbsl(problem),
        "; if the log is whole, reindex mends the copy of the stream"));
    if (iterator_ != nullptr && !iterator_->status().ok()) {
      status_ = FromRocks(iterator_->status(),
                          absl::StrCat("read stream ", Quoted(stream_)));
    }
    return false;
  }

  CoreReference core_;
  const std::string stream_;
  const uint64_t number_;
  // Below, all is in the index.
  const uint64_t indexed_to_;
  const bool forward_;
  uint64_t limit_;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;

  std::unique_ptr<rocksdb::Iterator> iterator_;
  RunReader run_;
  uint64_t run_first_ = 0;
  uint64_t run_next_ = 0;  // run_first_ == run_next_: nothing loaded
  const char* problem_ = nullptr;

  std::unique_ptr<LogReader> log_;
  std::vector<Position> recent_;
  uint64_t recent_first_ = 0;

  absl::Status status_;
};

}  // namespace

std::unique_ptr<EventCursor::Source> MakeStreamSource(
    const std::shared_ptr<StoreCore>& core, std::string stream,
    const Tail::StreamSnapshot& snapshot, const ReadStreamOptions& options) {
  return std::make_unique<StreamSource>(core, std::move(stream), snapshot,
                                        options);
}

}  // namespace daybook
