// The index database: what each family holds, how it is written and looked up.
//
//   streams  (stream number, last revision) -> run of that stream's events
//   terms    (hash of a term, last position) -> positions of events with it
//   keys     hash of an append key -> first position of the append
//   heads    stream name -> where the stream ends
//   rules    stream name -> metadata and deletes, for the few that have any
//   default  "watermark" -> everything below is in the index
//
// A stream's number is the position of its first event: unique, small and the
// same however often the index is derived anew. All of it is derived: a batch
// changes every family and the watermark at once. Grammar: store/FORMAT.md.

#ifndef DAYBOOK_STORE_INDEX_H_
#define DAYBOOK_STORE_INDEX_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "store/fingerprint.h"
#include "store/rocks_db.h"
#include "store/stream_state.h"

namespace daybook {

// What an event can be found by; seeds its hash. Stored; never renumber.
enum class TermKind : uint64_t {
  kType = 1,
  kTag = 2,
  kCategory = 3,
  kCorrelation = 4,
};

uint64_t TermHash(TermKind kind, std::string_view text);

// Calls `visit(hash)` for each term of `event`.
template <typename Visitor>
void ForEachTerm(const EventView& event, Visitor visit) {
  visit(TermHash(TermKind::kType, event.type));
  visit(TermHash(TermKind::kCategory, CategoryOf(event.stream)));
  for (std::string_view tag : event.tags) {
    visit(TermHash(TermKind::kTag, tag));
  }
  if (!event.encoded_metadata.empty()) {
    const std::string correlation_id = event.metadata().correlation_id;
    if (!correlation_id.empty()) {
      visit(TermHash(TermKind::kCorrelation, correlation_id));
    }
  }
}

// At most this many positions in one value of the terms family.
inline constexpr size_t kPostingCountMax = 512;

// Two numbers, each sorting as a number: keys of streams and terms.
std::string PairKey(uint64_t first, uint64_t second);

// Where a stream ends, as the heads family has it.
struct StreamHead {
  Position first_position;
  uint64_t next_revision = 0;
  Position last_position;
  // Zeros in a store without an audit tree.
  audit::Hash last_leaf;
};
std::string EncodeHead(const StreamHead& head);
bool DecodeHead(std::string_view bytes, StreamHead* head);

std::string EncodeRules(const StreamRules& rules);
bool DecodeRules(std::string_view bytes, StreamRules* rules);

// Positions in rising order, `count` of them.
std::string EncodePositions(const uint64_t* positions, size_t count);
// Replaces `*positions`. False if malformed.
bool DecodePositions(std::string_view bytes, std::vector<uint64_t>* positions);

inline constexpr char kWatermarkKey[] = "watermark";

// Point lookups. Each reads what is in the index at that moment.
absl::StatusOr<Position> ReadWatermark(const RocksDb& index);
// A stream that the index does not know comes back with `known` false.
// `with_rules` false leaves its rules alone: there are none in the store.
absl::StatusOr<StreamState> ReadStreamState(const RocksDb& index,
                                            std::string_view stream,
                                            bool with_rules);
// Whether the index has rules of any stream.
// REQUIRES: just opened, nothing was written since.
bool HasRules(const RocksDb& index);
absl::StatusOr<StreamRules> ReadRules(const RocksDb& index,
                                      std::string_view stream);
absl::StatusOr<std::optional<Position>> ReadKey(const RocksDb& index,
                                                const Fingerprint& key_hash);

}  // namespace daybook

#endif  // DAYBOOK_STORE_INDEX_H_
