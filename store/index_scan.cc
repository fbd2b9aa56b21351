#include "store/index_scan.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "rocksdb/options.h"
#include "store/coding.h"
#include "store/fingerprint.h"
#include "store/log_reader.h"
#include "store/run.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How many rows or events are read between two reports of progress.
constexpr uint64_t kProgressCount = 1 << 12;

std::string_view BytesOf(const Fingerprint& hash) {
  return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

}  // namespace

std::unique_ptr<rocksdb::Iterator> RowsOf(const RocksDb& db, size_t family,
                                          size_t readahead_bytes) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  options.fill_cache = false;
  options.readahead_size = readahead_bytes;
  return std::unique_ptr<rocksdb::Iterator>(
      db->NewIterator(options, db.family(family)));
}

IndexScan::IndexScan(const RocksDb& log, const RocksDb& index,
                     Position watermark,
                     std::function<absl::Status(uint64_t done)> progress)
    : log_(log),
      index_(index),
      watermark_(watermark.value()),
      progress_(std::move(progress)),
      is_last_(watermark.value()) {}

void IndexScan::NoteOdd(std::string what, std::optional<Position> position) {
  if (!odd_.has_value()) odd_ = {std::move(what), position};
}

absl::Status IndexScan::Step(uint64_t count) {
  done_ += count;
  return progress_(done_);
}

template <typename Visit>
absl::Status IndexScan::ForEachRow(size_t family, const Visit& visit) {
  const std::unique_ptr<rocksdb::Iterator> rows =
      RowsOf(index_, family, 1 << 20);
  uint64_t count = 0;
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    DAYBOOK_RETURN_IF_ERROR(visit(ToView(rows->key()), ToView(rows->value())));
    if (++count % kProgressCount == 0) DAYBOOK_RETURN_IF_ERROR(Step(0));
  }
  // What comes after is missing in the sums.
  if (!rows->status().ok()) {
    NoteOdd(absl::StrCat("it can't be read: ", rows->status().ToString()));
  }
  return absl::OkStatus();
}

template <typename Sink>
absl::Status IndexScan::ReadLog(const FactRange& range, Facts<Sink>* expected) {
  LogReader reader(log_);
  std::vector<uint64_t> hashes;
  for (uint64_t at = range.begin; at < range.end; ++at) {
    if (at % kProgressCount == 0) DAYBOOK_RETURN_IF_ERROR(Step(kProgressCount));
    EventView event;
    if (!reader.Read(Position(at), &event)) return reader.status();
    const auto place = static_cast<uint32_t>(at - reader.first().value());
    const std::string_view body = reader.chunk().Body(place);
    (*expected)[kEvents].Add(
        at, hasher_.HashEvent(event, body, hasher_.Hash(event.stream)),
        [&] { return EventText(event, body, event.stream); });
    hashes.clear();
    ForEachTerm(event, [&](uint64_t hash) { hashes.push_back(hash); });
    // An event may bear two terms of one hash.
    std::sort(hashes.begin(), hashes.end());
    hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
    for (const uint64_t hash : hashes) {
      (*expected)[kTerms].Add(at, hasher_.HashNumbers(hash, at),
                              [&] { return TermText(event, hash); });
    }
    if (!event.append.key.empty() &&
        event.append.first_position == event.position) {
      const Fingerprint key = AppendKeyHash(event.append.key);
      (*expected)[kKeys].Add(
          at, hasher_.HashNumbers(hasher_.Hash(BytesOf(key)), at),
          [&] { return absl::StrCat("the key ", Quoted(event.append.key)); });
    }
    if (at < is_last_.size() && is_last_[at]) {
      const audit::Hash leaf = reader.chunk().has_audits()
                                   ? reader.chunk().Leaf(place)
                                   : audit::Hash();
      (*expected)[kLastLeaves].Add(
          at, hasher_.HashNumbers(hasher_.Hash(leaf.view()), at),
          [&] { return LeafText(leaf); });
    }
  }
  return absl::OkStatus();
}

template <typename Sink>
absl::Status IndexScan::ReadStreams(Facts<Sink>* found, Facts<Sink>* expected) {
  // Runs do not name their stream: its number is where its first event is.
  LogReader names(log_);
  RunReader run;
  std::string name;
  uint64_t name_hash = 0;
  StreamHead end;
  const auto finish_stream = [&] {
    if (end.next_revision == 0) return;
    (*expected)[kHeads].Add(end.first_position.value(),
                            hasher_.HashHead(name_hash, end),
                            [&] { return HeadText(name, end); });
    is_last_[end.last_position.value()] = true;
  };
  const auto begin_stream = [&](uint64_t number) -> absl::Status {
    finish_stream();
    end = StreamHead();
    end.first_position = Position(number);
    EventView first;
    if (!names.Read(Position(number), &first)) return names.status();
    name = first.stream;
    name_hash = hasher_.Hash(name);
    return absl::OkStatus();
  };
  std::optional<uint64_t> current;
  const auto read_run = [&](std::string_view key,
                            std::string_view value) -> absl::Status {
    const char* problem =
        key.size() == 16 ? run.Parse(value) : "its key is of another size";
    const uint64_t number =
        problem == nullptr ? LoadBigEndian64(key.data()) : uint64_t{0};
    if (problem == nullptr && number >= watermark_) {
      problem = "it is of a stream that begins later";
    }
    if (problem != nullptr) {
      NoteOdd(absl::StrCat("a run: ", problem));
      return absl::OkStatus();
    }
    if (current != number) {
      DAYBOOK_RETURN_IF_ERROR(begin_stream(number));
      current = number;
    }
    if (run.first_revision() != end.next_revision ||
        run.first_revision() + run.count() - 1 !=
            LoadBigEndian64(key.data() + 8)) {
      NoteOdd(absl::StrCat("a run of stream ", Quoted(name),
                           " does not follow the one before, or is under "
                           "another revision than its last"),
              Position(number));
    }
    for (uint32_t i = 0; i < run.count(); ++i) {
      EventView event;
      problem = run.Read(i, &event);
      if (problem == nullptr && event.position.value() >= watermark_) {
        problem = "an event is above the watermark";
      }
      if (problem != nullptr) {
        NoteOdd(absl::StrCat("a run of stream ", Quoted(name), ": ", problem),
                Position(number));
        continue;
      }
      const std::string_view body = run.Body(i);
      (*found)[kEvents].Add(event.position.value(),
                            hasher_.HashEvent(event, body, name_hash),
                            [&] { return EventText(event, body, name); });
      end.next_revision = event.revision.value() + 1;
      end.last_position = event.position;
    }
    return Step(run.count());
  };
  DAYBOOK_RETURN_IF_ERROR(ForEachRow(kIndexStreams, read_run));
  finish_stream();
  return absl::OkStatus();
}

template <typename Sink>
absl::Status IndexScan::ReadHeads(Facts<Sink>* found) {
  return ForEachRow(kIndexHeads, [&](std::string_view name,
                                     std::string_view value) {
    StreamHead head;
    if (!DecodeHead(value, &head) ||
        head.first_position.value() >= watermark_ ||
        head.last_position.value() >= watermark_) {
      NoteOdd(absl::StrCat("the head of stream ", Quoted(name),
                           " does not decode, or is beyond the watermark"));
      return absl::OkStatus();
    }
    (*found)[kHeads].Add(head.first_position.value(),
                         hasher_.HashHead(hasher_.Hash(name), head),
                         [&] { return HeadText(name, head); });
    const uint64_t last = head.last_position.value();
    (*found)[kLastLeaves].Add(
        last, hasher_.HashNumbers(hasher_.Hash(head.last_leaf.view()), last),
        [&] { return LeafText(head.last_leaf); });
    return absl::OkStatus();
  });
}

template <typename Sink>
absl::Status IndexScan::ReadTerms(Facts<Sink>* found) {
  std::vector<uint64_t> positions;
  // The term and the last position of the row before.
  std::pair<uint64_t, uint64_t> before;
  bool first = true;
  return ForEachRow(kIndexTerms, [&](std::string_view key,
                                     std::string_view value) {
    if (key.size() != 16 || !DecodePositions(value, &positions) ||
        !std::is_sorted(positions.begin(), positions.end()) ||
        positions.back() != LoadBigEndian64(key.data() + 8) ||
        positions.back() >= watermark_) {
      NoteOdd(
          "a row of terms does not decode, or is not under the last of its "
          "positions, or goes beyond the watermark");
      return absl::OkStatus();
    }
    const uint64_t hash = LoadBigEndian64(key.data());
    if (!first && before.first == hash && before.second >= positions.front()) {
      NoteOdd("two rows of one term overlap", Position(positions.front()));
    }
    first = false;
    before = {hash, positions.back()};
    for (const uint64_t position : positions) {
      (*found)[kTerms].Add(position, hasher_.HashNumbers(hash, position), [&] {
        return absl::StrFormat("a term with the hash %016x", hash);
      });
    }
    return absl::OkStatus();
  });
}

template <typename Sink>
absl::Status IndexScan::ReadKeys(Facts<Sink>* found) {
  return ForEachRow(
      kIndexKeys, [&](std::string_view key, std::string_view value) {
        uint64_t position;
        if (key.size() != kFingerprintSize || !TakeFixed(&value, &position) ||
            !value.empty() || position >= watermark_) {
          NoteOdd(
              "the row of an append key does not decode, or goes beyond the "
              "watermark");
          return absl::OkStatus();
        }
        (*found)[kKeys].Add(
            position, hasher_.HashNumbers(hasher_.Hash(key), position), [&] {
              return absl::StrFormat("a key with the hash %016x...",
                                     LoadBigEndian64(key.data()));
            });
        return absl::OkStatus();
      });
}

template absl::Status IndexScan::ReadLog(const FactRange&, Facts<FactSums>*);
template absl::Status IndexScan::ReadLog(const FactRange&, Facts<FactList>*);
template absl::Status IndexScan::ReadStreams(Facts<FactSums>*,
                                             Facts<FactSums>*);
template absl::Status IndexScan::ReadStreams(Facts<FactList>*,
                                             Facts<FactList>*);
template absl::Status IndexScan::ReadHeads(Facts<FactSums>*);
template absl::Status IndexScan::ReadHeads(Facts<FactList>*);
template absl::Status IndexScan::ReadTerms(Facts<FactSums>*);
template absl::Status IndexScan::ReadTerms(Facts<FactList>*);
template absl::Status IndexScan::ReadKeys(Facts<FactSums>*);
template absl::Status IndexScan::ReadKeys(Facts<FactList>*);

}  // namespace daybook
