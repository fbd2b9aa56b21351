// Reads a log, and each family of its index as it lies on disk, as facts
// (index_fact.h).

#ifndef DAYBOOK_STORE_INDEX_SCAN_H_
#define DAYBOOK_STORE_INDEX_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/numbers.h"
#include "rocksdb/iterator.h"
#include "store/fact_sums.h"
#include "store/index_fact.h"
#include "store/rocks_db.h"

namespace daybook {

// The rows of a family in the order of their keys, past the cache.
std::unique_ptr<rocksdb::Iterator> RowsOf(const RocksDb& db, size_t family,
                                          size_t readahead_bytes);

// Not thread-safe. Each call ends with OK or with an error: of the log,
// kDataLoss with a position; of `progress`. What is wrong with a row of the
// index is no error: see odd(). `Sink`: FactSums or FactList.
class IndexScan {
 public:
  // Of what is below `watermark`, in both. `progress` is called now and then
  // with how many events of both were read.
  IndexScan(const RocksDb& log, const RocksDb& index, Position watermark,
            std::function<absl::Status(uint64_t done)> progress);

  // What the events in the range imply: events, terms, append keys, and the
  // last leaves of the streams that ReadStreams() saw end there.
  template <typename Sink>
  absl::Status ReadLog(const FactRange& range, Facts<Sink>* expected);
  // The events in the runs; and what they imply of heads.
  template <typename Sink>
  absl::Status ReadStreams(Facts<Sink>* found, Facts<Sink>* expected);
  // Heads and last leaves.
  template <typename Sink>
  absl::Status ReadHeads(Facts<Sink>* found);
  template <typename Sink>
  absl::Status ReadTerms(Facts<Sink>* found);
  template <typename Sink>
  absl::Status ReadKeys(Facts<Sink>* found);

  // The first thing that was wrong with a row itself. What it lacks then shows
  // in the sums; if nothing does, this is what differs.
  struct Odd {
    std::string what;
    std::optional<Position> position;
  };
  const std::optional<Odd>& odd() const { return odd_; }

 private:
  void NoteOdd(std::string what, std::optional<Position> position = {});
  // Calls visit(key, value) for each row of a family.
  template <typename Visit>
  absl::Status ForEachRow(size_t family, const Visit& visit);
  // Errors: those of `progress`.
  absl::Status Step(uint64_t count);

  const RocksDb& log_;
  const RocksDb& index_;
  const uint64_t watermark_;
  const std::function<absl::Status(uint64_t done)> progress_;
  const FactHasher hasher_;
  uint64_t done_ = 0;
  // Of each position, whether it is the last of its stream.
  std::vector<bool> is_last_;
  std::optional<Odd> odd_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_INDEX_SCAN_H_
