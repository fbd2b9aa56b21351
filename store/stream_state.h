// What the store knows about one stream, and what follows from it: which of
// its events are shown, whether it counts as deleted, whether an append may
// go ahead. Both engines decide with these functions and no others.
//
// An append is judged in this order; the first that fails is the error:
//   1. the request itself                          store/validate.h
//   2. its key, if used before: the old result, or kAlreadyExists
//   3. CheckWritable() of each stream written, in order of first mention
//   4. CheckExpectation() of each expectation, in the order given
//   5. the append condition
//   6. the clock: kFailedPrecondition when it jumped

#ifndef DAYBOOK_STORE_STREAM_STATE_H_
#define DAYBOOK_STORE_STREAM_STATE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "daybook/audit/hash.h"
#include "daybook/store/append.h"
#include "daybook/store/numbers.h"
#include "daybook/store/read.h"

namespace daybook {

// What was said about a stream: the fold of the events in its "$$" stream.
struct StreamRules {
  StreamMetadata metadata;
  // Events below are hidden by deletes, whatever the metadata says.
  Revision deleted_before{0};
  bool tombstoned = false;

  friend bool operator==(const StreamRules&, const StreamRules&) = default;
};

struct StreamState {
  // Both absent while the stream never had an event.
  std::optional<Position> first_position;
  std::optional<Position> last_position;
  // Revision of the next event, that is, how many there ever were.
  uint64_t next_revision = 0;
  // Of the leaf of its last event in the audit tree; zeros where there is none.
  audit::Hash last_leaf;
  StreamRules rules;
  // Anything was ever said about the stream or appended to it.
  bool known = false;

  std::optional<Revision> last_revision() const {
    if (next_revision == 0) return std::nullopt;
    return Revision(next_revision - 1);
  }
  friend bool operator==(const StreamState&, const StreamState&) = default;
};

// Folds one event of a "$$" stream into `*rules`. Types of later formats are
// ignored. Errors: kDataLoss when the payload does not parse; then `*rules` is
// as it was.
absl::Status ApplySystemEvent(std::string_view type, std::string_view payload,
                              StreamRules* rules);

// The first revision that reads of the stream show; the next revision when
// they show none.
Revision FirstVisible(const StreamState& state);

// Soft-deleted with no append since, or tombstoned.
bool IsDeleted(const StreamState& state);

// OK if events may be appended to `stream`, and things said about it.
// Errors: kFailedPrecondition when it is tombstoned, whatever is expected.
absl::Status CheckWritable(std::string_view stream, const StreamState& state);

// Errors: kAborted with a RevisionConflict.
absl::Status CheckExpectation(std::string_view stream,
                              ExpectedRevision expected,
                              const StreamState& state);

// Whether the stream may be deleted or tombstoned now. All three check that it
// is writable, then what is expected of it. Deleting then needs something to
// hide (kNotFound); a tombstone may also be put on a name never used or a
// stream already deleted.
absl::Status CheckSetMetadata(std::string_view stream,
                              ExpectedRevision expected,
                              const StreamState& state);
absl::Status CheckDelete(std::string_view stream, ExpectedRevision expected,
                         const StreamState& state);
absl::Status CheckTombstone(std::string_view stream, ExpectedRevision expected,
                            const StreamState& state);

// kNotFound: nothing of the stream can be read. Not the same as nothing being
// shown: a stream whose events are all truncated reads as empty.
absl::Status CheckReadable(std::string_view stream, const StreamState& state);

StreamInfo ToStreamInfo(std::string name, const StreamState& state);

}  // namespace daybook

#endif  // DAYBOOK_STORE_STREAM_STATE_H_
