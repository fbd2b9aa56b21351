// Postings: the positions at which the index has a term, and what becomes of
// them under AND and OR, in either direction.
//
// Positions come in order of the direction. They are candidates: a hash may
// stand for two terms, so the event itself is asked in the end.

#ifndef DAYBOOK_STORE_POSTINGS_H_
#define DAYBOOK_STORE_POSTINGS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/query.h"
#include "daybook/store/read.h"
#include "store/rocks_db.h"

namespace daybook {

class Postings {
 public:
  virtual ~Postings() = default;
  // Steps to the first position that is not before `target` in the direction
  // of reading; stays where it is if that is so already. False when there is
  // none, and then always.
  virtual bool Advance(uint64_t target) = 0;
  // REQUIRES: the last Advance() returned true.
  virtual uint64_t position() const = 0;
  virtual absl::Status status() const = 0;
};

// The candidates for `query`. Null if the index can't narrow it down, because
// an item matches whatever the type and tags. `index` must outlive it.
std::unique_ptr<Postings> PostingsFor(const Query& query, const RocksDb& index,
                                      Direction direction);

}  // namespace daybook

#endif  // DAYBOOK_STORE_POSTINGS_H_
