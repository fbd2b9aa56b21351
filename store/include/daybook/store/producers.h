// Producers: who may sign events, since when, and where they must.
//
// A producer signs what it appends with a key of its own, so that the log shows
// who said it, and whoever else writes to the store can't say it in its name:
//
//   AppendRequest request;
//   request.events = {{"till-3", {.type = "sold", .payload = "tea"}}};
//   if (auto made = SignEvents(signer, "shop.example/log", &request);
//   !made.ok())
//     return made;
//   return store.Append(request).status();  // here or in another process
//
// Keys and rules are events in the system stream `$producers`, so that "was
// this key valid then" has an answer for ever: a key is valid for the events
// between the event that added it and the one that revoked it. Only positions
// count, no clock: what was signed before a key was revoked, but is appended
// after, is refused.
//
// What a signature is of: audit/producer_signature.h.

#ifndef DAYBOOK_STORE_PRODUCERS_H_
#define DAYBOOK_STORE_PRODUCERS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/producer_signature.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"

namespace daybook {

// What becomes of events, by the stream they go to.
enum class ProducerPolicy : uint8_t {
  kAccept,   // signed or not; a signature must be right
  kRequire,  // signed, and right
  kIgnore,   // nobody looks; what comes as a signature is stored as it is
};

// "accept", "require" or "ignore".
std::string_view ToString(ProducerPolicy policy);

// A key that may sign, or might.
struct Producer {
  audit::VerifierKey key;
  // The log that it signs for: a signature that names another one is refused.
  std::string origin;
  // Where the events stand that say so.
  Position added_at;
  absl::Time added_time;
  std::optional<Position> revoked_at;
  absl::Time revoked_time;
  std::string revoked_reason;

  friend bool operator==(const Producer&, const Producer&) = default;
};

struct ProducerRule {
  // Of streams' names. Empty: of all that are no system streams.
  std::string prefix;
  ProducerPolicy policy = ProducerPolicy::kAccept;
  Position set_at;

  friend bool operator==(const ProducerRule&, const ProducerRule&) = default;
};

// All keys and rules there are below some position. A value. Reading from it is
// thread-safe.
class Producers {
 public:
  // Takes in the next event of `$producers`. Kinds of events that it does not
  // know, and what can't be (a key added twice, an unknown one revoked), change
  // nothing. Errors: kInvalidArgument when the payload is not what its type
  // says.
  absl::Status Apply(const EventView& event);

  // In the order they were added.
  const std::vector<Producer>& keys() const { return keys_; }
  // Those with the longest prefix first.
  const std::vector<ProducerRule>& rules() const { return rules_; }

  // Null if there is no such key. Valid as long as this is not changed.
  const Producer* Find(std::string_view key_name, uint32_t key_id) const;

  // The policy of the longest prefix of `stream` that has one; kAccept if none
  // has, and kIgnore for system streams: the store's own, and schedules.
  ProducerPolicy PolicyOf(std::string_view stream) const;

 private:
  std::vector<Producer> keys_;
  std::unordered_multimap<uint32_t, size_t> places_;  // by key id
  std::vector<ProducerRule> rules_;
};

// What is known of who made an event.
enum class ProducerVerdict : uint8_t {
  kUnsigned,  // nothing
  kSigned,    // the signature is right, of a key that was valid
  kIgnored,   // there is a signature, and by the policy nobody looks at it
};

// Judges an event by the keys and rules that stand below it. `signature` is
// EventView::signature. With `verifier` null, the signature itself is taken for
// one that was verified.
//
// Errors:
//   kFailedPrecondition  it must be signed and is not; or the key is unknown,
//                        revoked, or for another log: add the key, or sign anew
//   kInvalidArgument     what stands there is no signature, or not one of this
//                        event
absl::StatusOr<ProducerVerdict> JudgeProducer(
    const Producers& producers, const audit::ProducerStatement& statement,
    std::string_view signature, audit::ProducerVerifier* verifier);

// Signs all events of `request`, as one batch if they are several, for the log
// called `origin` (that of its tree heads). Nothing of the request may be
// changed afterwards, but for expectations and condition; it may be sent and
// stored later, and by somebody else. Events without an id get one. `source`
// is signed as it is: the store puts nothing in place of an empty one.
//
// An append key is signed too. A retry may be the same request again, or be
// signed anew: the append is the same, whatever ids events got here.
//
// Errors: kInvalidArgument when there are no events, for an origin that is
// none, and for names above what a signature holds.
// Cost: one signature (some 90 µs), and a few hashes an event.
absl::Status SignEvents(const audit::NoteSigner& signer,
                        std::string_view origin, AppendRequest* request);

}  // namespace daybook

#endif  // DAYBOOK_STORE_PRODUCERS_H_
