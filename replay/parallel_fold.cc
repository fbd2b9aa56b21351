#include "replay/parallel_fold.h"

#include <algorithm>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/thread.h"

namespace daybook {
namespace {

constexpr uint64_t kSegmentEventCount = 2048;
// More than threads, so that one with much to do holds up little.
constexpr size_t kPartitionsPerWorker = 4;
// Segments that are decoded, or about to be, for each thread.
constexpr size_t kSegmentsPerWorker = 3;
constexpr int kWorkerCountMax = 64;

}  // namespace

struct ParallelFold::Segment {
  enum class State { kWaiting, kDecoding, kDecoded };

  Segment(Position begin, Position end, size_t partition_count)
      : content(begin, end, partition_count), unfolded_count(partition_count) {}

  FoldSegment content;
  State state = State::kWaiting;
  // Partitions that it is not applied to yet.
  size_t unfolded_count;
};

struct ParallelFold::Partition {
  explicit Partition(RowPartition partition) : rows(std::move(partition)) {}

  RowPartition rows;
  // Number of the segment to be applied next.
  uint64_t next_number = 0;
  bool busy = false;
  size_t memory_bytes = 0;
};

ParallelFold::ParallelFold(EventStore& store, const AnyProjection& projection,
                           ParallelFoldOptions options)
    : store_(store),
      projection_(projection),
      options_(std::move(options)),
      worker_count_(std::clamp(options_.worker_count, 1, kWorkerCountMax)),
      next_begin_(options_.begin) {
  const size_t partition_count =
      worker_count_ == 1 ? 1 : worker_count_ * kPartitionsPerWorker;
  for (size_t i = 0; i < partition_count; ++i) {
    partitions_.push_back(std::make_unique<Partition>(
        RowPartition(&projection_, options_.on_failure)));
  }
}

ParallelFold::~ParallelFold() = default;

absl::Status ParallelFold::Run() {
  std::vector<std::thread> threads;
  for (size_t i = 1; i < worker_count_; ++i) {
    absl::StatusOr<std::thread> thread = StartThread([this] { Work(); });
    // Slower, with those that there are.
    if (!thread.ok()) break;
    threads.push_back(*std::move(thread));
  }
  Work();
  for (std::thread& thread : threads) thread.join();
  MutexLock lock(&mutex_);
  return status_;
}

void ParallelFold::Work() {
  MutexLock lock(&mutex_);
  while (status_.ok() && !IsDone()) {
    // What is decoded takes memory, so it is used up first.
    if (FoldSome() || DecodeSome()) continue;
    changed_.Wait(&mutex_);
  }
}

bool ParallelFold::IsDone() const {
  return segments_.empty() && next_begin_ >= options_.end;
}

ParallelFold::Segment* ParallelFold::Ready(const Partition& partition) {
  const uint64_t place = partition.next_number - first_number_;
  if (partition.busy || place >= segments_.size()) return nullptr;
  Segment* const segment = segments_[place].get();
  return segment->state == Segment::State::kDecoded ? segment : nullptr;
}

bool ParallelFold::FoldSome() {
  // The one that is furthest behind.
  Partition* chosen = nullptr;
  size_t chosen_index = 0;
  for (size_t i = 0; i < partitions_.size(); ++i) {
    Partition& partition = *partitions_[i];
    if (Ready(partition) == nullptr) continue;
    if (chosen != nullptr && chosen->next_number <= partition.next_number) {
      continue;
    }
    chosen = &partition;
    chosen_index = i;
  }
  if (chosen == nullptr) return false;
  Segment* const segment = Ready(*chosen);
  chosen->busy = true;
  mutex_.Unlock();
  const absl::Status folded =
      chosen->rows.Fold(segment->content.UsesOf(chosen_index));
  const size_t memory_bytes = chosen->rows.memory_bytes();
  mutex_.Lock();
  chosen->busy = false;
  chosen->memory_bytes = memory_bytes;
  ++chosen->next_number;
  if (!folded.ok()) Fail(folded);
  if (--segment->unfolded_count == 0) DropFolded();
  CheckMemory();
  changed_.SignalAll();
  return true;
}

bool ParallelFold::DecodeSome() {
  const size_t place = NextToDecode();
  if (place == segments_.size()) return false;
  Segment* const segment = segments_[place].get();
  const uint64_t number = first_number_ + place;
  const Position end = segment->content.end();
  segment->state = Segment::State::kDecoding;
  mutex_.Unlock();
  const absl::Status decoded =
      segment->content.Decode(store_, projection_, options_.where);
  mutex_.Lock();
  segment->state = Segment::State::kDecoded;
  if (!decoded.ok()) Fail(decoded);
  if (segment->content.end() < end) {
    // It stopped early: the rest is a segment of its own, right behind.
    segments_.insert(segments_.begin() +
                         static_cast<std::ptrdiff_t>(number - first_number_) +
                         1,
                     std::make_unique<Segment>(segment->content.end(), end,
                                               partitions_.size()));
  }
  changed_.SignalAll();
  return true;
}

size_t ParallelFold::NextToDecode() {
  const auto waiting = std::ranges::find(
      segments_, Segment::State::kWaiting,
      [](const std::unique_ptr<Segment>& segment) { return segment->state; });
  const auto place = static_cast<size_t>(waiting - segments_.begin());
  if (place < segments_.size() || next_begin_ >= options_.end ||
      segments_.size() >= worker_count_ * kSegmentsPerWorker) {
    return place;
  }
  const Position begin = next_begin_;
  next_begin_ =
      std::min(options_.end, Position(begin.value() + kSegmentEventCount));
  segments_.push_back(
      std::make_unique<Segment>(begin, next_begin_, partitions_.size()));
  return place;
}

void ParallelFold::DropFolded() {
  while (!segments_.empty() && segments_.front()->unfolded_count == 0) {
    const Position end = segments_.front()->content.end();
    segments_.pop_front();
    ++first_number_;
    if (options_.progress && status_.ok() && !options_.progress(end)) {
      Fail(absl::CancelledError("the fold was cancelled"));
    }
  }
}

void ParallelFold::CheckMemory() {
  size_t bytes = 0;
  for (const std::unique_ptr<Partition>& partition : partitions_) {
    bytes += partition->memory_bytes;
  }
  if (bytes <= options_.memory_bytes_max) return;
  Fail(absl::ResourceExhaustedError(absl::StrCat(
      "projection ", Quoted(projection_.name()), ": its rows take more than ",
      options_.memory_bytes_max, " bytes of memory")));
}

void ParallelFold::Fail(const absl::Status& status) {
  if (status_.ok()) status_ = status;
}

std::vector<FoldedRow> ParallelFold::TakeRows() {
  MutexLock lock(&mutex_);
  std::vector<FoldedRow> rows;
  size_t count = 0;
  for (const auto& partition : partitions_)
    count += partition->rows.rows().size();
  rows.reserve(count);
  for (const std::unique_ptr<Partition>& partition : partitions_) {
    RowMap& map = partition->rows.rows();
    for (auto row = map.begin(); row != map.end();) {
      auto node = map.extract(row++);
      rows.push_back({std::move(node.key()), std::move(node.mapped())});
    }
  }
  std::ranges::sort(rows, {}, &FoldedRow::key);
  return rows;
}

}  // namespace daybook
