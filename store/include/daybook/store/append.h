// What one append says and what it gives back.

#ifndef DAYBOOK_STORE_APPEND_H_
#define DAYBOOK_STORE_APPEND_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"

namespace daybook {

// What the caller believes about a stream before the append.
//   Any()       nothing
//   NoStream()  it has no events, or all were soft-deleted
//   Exists()    it has at least one event and is not soft-deleted
//   Exactly(r)  its last event has revision r (also of a soft-deleted one)
class ExpectedRevision {
 public:
  enum class Kind : uint8_t { kAny, kNoStream, kExists, kExactly };

  static constexpr ExpectedRevision Any() { return {Kind::kAny, Revision(0)}; }
  static constexpr ExpectedRevision NoStream() {
    return {Kind::kNoStream, Revision(0)};
  }
  static constexpr ExpectedRevision Exists() {
    return {Kind::kExists, Revision(0)};
  }
  static constexpr ExpectedRevision Exactly(Revision revision) {
    return {Kind::kExactly, revision};
  }

  Kind kind() const { return kind_; }
  // REQUIRES: kind() == kExactly.
  Revision revision() const { return revision_; }
  // "any", "no stream", "exists" or the number.
  std::string ToString() const;

  friend bool operator==(const ExpectedRevision&,
                         const ExpectedRevision&) = default;

 private:
  constexpr ExpectedRevision(Kind kind, Revision revision)
      : kind_(kind), revision_(revision) {}

  Kind kind_;
  Revision revision_;
};

// One event and the stream it goes to.
struct StreamEvent {
  std::string stream;
  NewEvent event;
};

// A stream and what must be true of it before anything of the append counts.
struct StreamExpectation {
  std::string stream;
  ExpectedRevision expected = ExpectedRevision::Any();
};

// One append in full: all of it happens or nothing. Events get positions in
// the order given here, whatever streams they go to.
struct AppendRequest {
  std::vector<StreamEvent> events;
  // Checked for streams that are written and for ones that are not, each
  // stream at most once. A stream not named here is not checked.
  std::vector<StreamExpectation> expectations;
  std::optional<AppendCondition> condition;
  // Names this attempt, 1-256 bytes; empty for none. A second append with the
  // same key and the same events writes nothing and returns what the first one
  // did, for ever, whatever it expects. With other events: kAlreadyExists.
  // Ids that the store made or that are signed, signatures, times and schemas
  // are not compared.
  std::string key;
  // Up to 4 KiB that a repeated append gives back, for callers that must
  // answer a retry as they answered first. Needs `key`.
  std::string result;
};

struct AppendOptions {
  // How long to wait for room when the append queue is full; after that
  // kResourceExhausted and nothing is appended. Once queued, an append runs
  // to its end.
  absl::Duration queue_timeout = absl::Seconds(30);
};

// Where a stream stands after an append.
struct StreamEnd {
  std::string stream;
  Revision last_revision;

  friend bool operator==(const StreamEnd&, const StreamEnd&) = default;
};

struct AppendResult {
  Position first_position;
  Position last_position;
  absl::Time recorded_at;
  // Each stream that was written, in order of first mention.
  std::vector<StreamEnd> streams;
  // True when the key had been used before and nothing was written now.
  bool repeated = false;
  // AppendRequest::result of the append that was written.
  std::string result;

  // Last revision of the one stream written, or of the first of several.
  Revision last_revision() const { return streams.front().last_revision; }
  friend bool operator==(const AppendResult&, const AppendResult&) = default;
};

// What may be said about a stream with SetStreamMetadata. Reads of the stream
// show at most the last `max_count` events and none below `truncate_before`;
// the log and queries still show all of them.
struct StreamMetadata {
  std::optional<uint64_t> max_count;
  std::optional<Revision> truncate_before;
  // Free JSON object, or empty; kept as given.
  std::string json;

  friend bool operator==(const StreamMetadata&,
                         const StreamMetadata&) = default;
};

// Who ran a command against a store, what it was, and why; recorded as an
// event in the system stream `$operations`.
struct Operation {
  std::string user;
  std::string command;
  std::string reason;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_APPEND_H_
