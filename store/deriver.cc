#include "store/deriver.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "rocksdb/write_batch.h"
#include "store/chunk.h"
#include "store/coding.h"
#include "store/errors_internal.h"
#include "store/index.h"
#include "store/log_reader.h"
#include "store/run.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

// A batch is closed when it holds this much.
constexpr uint64_t kBatchCountMax = 65'536;
constexpr size_t kBatchBytesTarget = 24 << 20;

// A batch that holds this much has a file of the index to itself: the next one
// then goes into empty memory, in order, where finding each row's place among
// the last one's would be half of the work.
constexpr size_t kBatchBytesOfAFile = 16 << 20;

// With this many events waiting a batch is started at once; fewer wait.
constexpr uint64_t kBatchCountWorthwhile = 32'768;
constexpr absl::Duration kPatience = absl::Milliseconds(500);

// The log's chunks from one position to another, in memory of their own, so
// that the events of all of them can be gathered by stream.
class BatchInput {
 public:
  // One event of the batch.
  struct Place {
    uint32_t chunk;
    uint32_t index;
  };

  // Replaces what was loaded before.
  absl::Status Load(LogReader& reader, Position from, Position end) {
    chunk_count_ = 0;
    places_.clear();
    size_t bytes = 0;
    Position at = from;
    while (at < end && places_.size() < kBatchCountMax &&
           bytes < kBatchBytesTarget) {
      if (!reader.Load(at)) return reader.status();
      const std::string_view stored = reader.chunk_bytes();
      bytes += stored.size();
      if (chunk_count_ == chunks_.size()) {
        chunks_.push_back(std::make_unique<Chunk>());
      }
      Chunk& loaded = *chunks_[chunk_count_++];
      loaded.bytes.assign(stored);
      if (const char* problem = loaded.reader.Parse(loaded.bytes)) {
        return DamageError(at, problem);
      }
      const auto skip =
          static_cast<uint32_t>(at.value() - reader.first().value());
      const auto chunk = static_cast<uint32_t>(chunk_count_ - 1);
      for (uint32_t i = skip; i < reader.chunk().count(); ++i) {
        if (at.value() + (i - skip) >= end.value()) break;
        places_.push_back({chunk, i});
      }
      at = std::min(end, reader.next());
    }
    return absl::OkStatus();
  }

  size_t size() const { return places_.size(); }
  const ChunkReader& chunk(size_t i) const {
    return chunks_[places_[i].chunk]->reader;
  }
  uint32_t index(size_t i) const { return places_[i].index; }

 private:
  struct Chunk {
    std::string bytes;
    ChunkReader reader;
  };
  std::vector<std::unique_ptr<Chunk>> chunks_;
  size_t chunk_count_ = 0;
  std::vector<Place> places_;
};

// What one pass over the batch collects, to be sorted family by family.
struct Collected {
  // (stream number, place in the batch)
  std::vector<std::pair<uint64_t, uint32_t>> by_stream;
  // By place in the batch. Taken from the chunks in their order: one by one, as
  // streams end, each would come from main memory.
  std::vector<audit::Hash> leaves;
  // (hash of a term, position)
  std::vector<std::pair<uint64_t, uint64_t>> terms;
  std::vector<std::pair<KeyHash, uint64_t>> keys;
  // Rules after the batch, of the streams that the batch says something about.
  std::map<std::string, StreamRules, std::less<>> rules;
  // Where the streams of the batch end after it.
  std::vector<std::pair<std::string_view, StreamHead>> heads;

  void Clear() {
    by_stream.clear();
    leaves.clear();
    terms.clear();
    keys.clear();
    rules.clear();
    heads.clear();
  }
};

absl::Status CollectRules(const RocksDb& index, const EventView& event,
                          Collected* collected) {
  const auto subject = SubjectOf(event.stream);
  if (!subject.has_value()) return absl::OkStatus();
  auto found = collected->rules.find(*subject);
  if (found == collected->rules.end()) {
    DAYBOOK_ASSIGN_OR_RETURN(StreamRules rules, ReadRules(index, *subject));
    found =
        collected->rules.emplace(std::string(*subject), std::move(rules)).first;
  }
  // As the committer: one that does not parse changes nothing.
  ApplySystemEvent(event.type, event.payload, &found->second).IgnoreError();
  return absl::OkStatus();
}

audit::Hash LeafOf(const ChunkReader& chunk, uint32_t i) {
  return chunk.has_audits() ? chunk.Leaf(i) : audit::Hash();
}

absl::Status Collect(const StoreCore& core, const BatchInput& input,
                     Position from, const std::vector<uint64_t>& numbers,
                     Collected* collected) {
  for (uint32_t i = 0; i < input.size(); ++i) {
    const uint64_t position = from.value() + i;
    EventView event;
    if (const char* problem = input.chunk(i).Read(input.index(i), &event)) {
      return DamageError(Position(position), problem);
    }
    collected->by_stream.emplace_back(numbers[i], i);
    collected->leaves.push_back(LeafOf(input.chunk(i), input.index(i)));
    ForEachTerm(event, [&](uint64_t hash) {
      collected->terms.emplace_back(hash, position);
    });
    if (!event.append.key.empty() &&
        event.append.first_position == event.position) {
      collected->keys.emplace_back(AppendKeyHash(event.append.key), position);
    }
    if (event.system()) {
      DAYBOOK_RETURN_IF_ERROR(CollectRules(*core.index, event, collected));
    }
  }
  std::sort(collected->by_stream.begin(), collected->by_stream.end());
  std::sort(collected->terms.begin(), collected->terms.end());
  std::sort(collected->keys.begin(), collected->keys.end());
  return absl::OkStatus();
}

// Runs of each stream in the batch, and where the stream ends now.
void PutStreams(const RocksDb& index, const BatchInput& input,
                Collected* collected, rocksdb::WriteBatch* batch) {
  RunBuilder run;
  Revision last;
  const auto finish = [&](uint64_t number) {
    batch->Put(index.family(kIndexStreams), PairKey(number, last.value()),
               ToSlice(run.Finish()));
  };
  const auto& events = collected->by_stream;
  for (size_t i = 0; i < events.size(); ++i) {
    const auto [number, place] = events[i];
    const ChunkReader& chunk = input.chunk(place);
    EventView event;
    // Read before without a problem.
    (void)chunk.Read(input.index(place), &event);
    if (run.full()) finish(number);
    AppendHeader append;
    append.first_position = event.append.first_position;
    append.count = event.append.count;
    append.recorded_at_micros = absl::ToUnixMicros(event.recorded_at);
    run.Add(append,
            {event.position, event.revision, event.stream, event.type,
             event.source, event.content_type},
            chunk.Body(input.index(place)),
            chunk.BodyChecksum(input.index(place)));
    last = event.revision;
    if (i + 1 == events.size() || events[i + 1].first != number) {
      finish(number);
      collected->heads.emplace_back(
          event.stream, StreamHead{Position(number), last.value() + 1,
                                   event.position, collected->leaves[place]});
    }
  }
  std::sort(collected->heads.begin(), collected->heads.end(),
            [](const auto& a, const auto& b) { return a.first < b.first; });
  for (const auto& [name, head] : collected->heads) {
    batch->Put(index.family(kIndexHeads), ToSlice(name), EncodeHead(head));
  }
}

void PutTerms(const RocksDb& index, const Collected& collected,
              rocksdb::WriteBatch* batch) {
  const auto& terms = collected.terms;
  std::vector<uint64_t> positions;
  for (size_t i = 0; i < terms.size(); ++i) {
    const auto [hash, position] = terms[i];
    // An event may bear two terms of one hash.
    if (positions.empty() || positions.back() != position) {
      positions.push_back(position);
    }
    const bool last = i + 1 == terms.size() || terms[i + 1].first != hash;
    if (last || positions.size() == kPostingCountMax) {
      batch->Put(index.family(kIndexTerms), PairKey(hash, position),
                 EncodePositions(positions.data(), positions.size()));
      positions.clear();
    }
  }
}

void PutRest(const RocksDb& index, const Collected& collected,
             Position watermark, rocksdb::WriteBatch* batch) {
  for (const auto& [hash, position] : collected.keys) {
    std::string row;
    PutFixed<uint64_t>(&row, position);
    batch->Put(
        index.family(kIndexKeys),
        rocksdb::Slice(reinterpret_cast<const char*>(hash.data()), hash.size()),
        row);
  }
  for (const auto& [name, rules] : collected.rules) {
    batch->Put(index.family(kIndexRules), name, EncodeRules(rules));
  }
  std::string row;
  PutFixed<uint64_t>(&row, watermark.value());
  batch->Put(index.family(kIndexMeta), kWatermarkKey, row);
}

}  // namespace

struct BatchDeriver::Memory {
  BatchInput input;
  Collected collected;
  // As much as most batches need: growing copies.
  rocksdb::WriteBatch batch{kBatchBytesTarget + kBatchBytesTarget / 2};
};

BatchDeriver::BatchDeriver(StoreCore& core)
    : core_(core), memory_(std::make_unique<Memory>()) {}

BatchDeriver::~BatchDeriver() = default;

absl::StatusOr<Position> BatchDeriver::Derive(Position end) {
  const Position from = core_.tail->trimmed_to();
  if (end <= from) return from;
  auto& [input, collected, batch] = *memory_;
  {
    LogReader reader(*core_.log);
    DAYBOOK_RETURN_IF_ERROR(input.Load(reader, from, end));
  }
  const Position to(from.value() + input.size());
  collected.Clear();
  DAYBOOK_RETURN_IF_ERROR(Collect(
      core_, input, from, core_.tail->StreamNumbers(from, to), &collected));
  batch.Clear();
  PutStreams(*core_.index, input, &collected, &batch);
  PutTerms(*core_.index, collected, &batch);
  PutRest(*core_.index, collected, to, &batch);
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  const rocksdb::Status written = (*core_.index)->Write(options, &batch);
  if (!written.ok()) return FromRocks(written, "write to the index");
  core_.tail->Trim(to);
  if (batch.GetDataSize() >= kBatchBytesOfAFile) {
    DAYBOOK_RETURN_IF_ERROR(core_.index->Flush(RocksDb::FlushMode::kSoon));
  }
  return to;
}

Deriver::Deriver(std::shared_ptr<StoreCore> core,
                 std::function<void()> on_progress)
    : core_(std::move(core)),
      on_progress_(std::move(on_progress)),
      shared_(std::make_shared<Shared>()) {
  MutexLock lock(&shared_->mutex);
  shared_->deriver = this;
}

void Deriver::Notify() {
  const uint64_t behind =
      core_->tail->head().value() - core_->tail->trimmed_to().value();
  MutexLock lock(&mutex_);
  if (running_ || stopped_ || !health_.ok() || behind == 0) return;
  // Half a tail is enough, or appends would wait for a batch to be worthwhile.
  const uint64_t enough =
      std::min(kBatchCountWorthwhile, core_->options.tail_count_max / 2);
  if (behind < enough && waiters_ == 0) {
    RunLater();
    return;
  }
  running_ = true;
  core_->options.executor->Schedule([this] { Run(); });
}

void Deriver::RunLater() {
  if (delayed_) return;
  delayed_ = true;
  core_->options.executor->ScheduleAfter(kPatience, [shared = shared_] {
    MutexLock shared_lock(&shared->mutex);
    Deriver* deriver = shared->deriver;
    if (deriver == nullptr) return;
    MutexLock lock(&deriver->mutex_);
    deriver->delayed_ = false;
    if (deriver->running_ || deriver->stopped_) return;
    deriver->running_ = true;
    deriver->core_->options.executor->Schedule([deriver] { deriver->Run(); });
  });
}

void Deriver::Run() {
  BatchDeriver batches(*core_);
  absl::Status status;
  while (true) {
    const Position head = core_->tail->head();
    const absl::StatusOr<Position> done = batches.Derive(head);
    status = done.status();
    if (!done.ok()) break;
    on_progress_();
    MutexLock lock(&mutex_);
    changed_.SignalAll();
    const uint64_t behind = core_->tail->head().value() - done->value();
    if (stopped_ ||
        (behind < kBatchCountWorthwhile && (waiters_ == 0 || behind == 0))) {
      running_ = false;
      if (behind > 0 && !stopped_) RunLater();
      return;
    }
  }
  if (core_->options.logger != nullptr) {
    core_->options.logger->Log(
        LogLevel::kError, std::string_view(absl::StrCat("indexing stopped: ",
                                                        status.ToString())));
  }
  MutexLock lock(&mutex_);
  health_ = std::move(status);
  running_ = false;
  changed_.SignalAll();
}

absl::Status Deriver::WaitFor(Position position, absl::Duration timeout) {
  const absl::Duration deadline = Clock::System()->Monotonic() + timeout;
  {
    MutexLock lock(&mutex_);
    ++waiters_;
  }
  Notify();
  MutexLock lock(&mutex_);
  absl::Status status;
  while (core_->tail->trimmed_to() < position) {
    if (!health_.ok()) {
      status = health_;
      break;
    }
    const absl::Duration left = deadline - Clock::System()->Monotonic();
    if (left <= absl::ZeroDuration() || stopped_) {
      status = absl::DeadlineExceededError(
          absl::StrCat("the index is at ", core_->tail->trimmed_to().value(),
                       " of ", position.value()));
      break;
    }
    changed_.WaitWithTimeout(&mutex_, left);
  }
  --waiters_;
  return status;
}

void Deriver::Stop() {
  {
    MutexLock lock(&shared_->mutex);
    shared_->deriver = nullptr;
  }
  MutexLock lock(&mutex_);
  stopped_ = true;
  while (running_) changed_.Wait(&mutex_);
}

absl::Status Deriver::health() const {
  MutexLock lock(&mutex_);
  return health_;
}

}  // namespace daybook
