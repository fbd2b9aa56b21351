// From an event to its leaf in the audit tree (audit/FORMAT.md), in two halves:
//
//   the thread that appends  draws salts and commits to payload and metadata,
//                            which is most of the work and needs no order
//   whoever commits          adds what only the order gives: position,
//                            revision, time, the leaf before in the stream
//
// And from a stored event to the leaf it must have, for whoever verifies.

#ifndef DAYBOOK_STORE_EVENT_LEAF_H_
#define DAYBOOK_STORE_EVENT_LEAF_H_

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "daybook/audit/commitment.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/store/event.h"
#include "store/chunk.h"

namespace daybook {

// What a leaf has of payload and metadata.
struct EventCommitments {
  audit::Salt payload_salt{};
  audit::Salt metadata_salt{};
  audit::Hash payload;
  audit::Hash metadata;
};

// Makes leaf after leaf in the same memory. Not thread-safe.
class LeafMaker {
 public:
  // Commits to `event`, stored as from `source`, under new salts, or those that
  // it was signed or is restored with. Of `append` its key counts; for the
  // append's first event also what else is stored with the key.
  EventCommitments Commit(const NewEvent& event, std::string_view source,
                          const AppendHeader& append, bool first_of_append);

  // The hash of the leaf. REQUIRES: audit::CheckLeaf().
  audit::Hash HashOf(const audit::Leaf& leaf);

  // The hash of the leaf that `event`, read from a log chunk, must have.
  // `append` is the event's, `salts` are what is stored with it, `previous` is
  // the hash of the leaf before it in its stream. Nothing if no event that the
  // store writes can be so.
  std::optional<audit::Hash> HashOf(const EventView& event,
                                    const AppendHeader& append,
                                    const EventAudit& salts,
                                    const audit::Hash& previous);
  // The bytes of that leaf, until the next call. REQUIRES: it gave a hash.
  std::string_view bytes() const { return encoded_; }

 private:
  // Fills `encoded_` from what is in `tags_` already, and the rest.
  void EncodeMetadata(const Metadata& metadata, std::string_view source,
                      std::optional<absl::Time> occurred_at,
                      const AppendHeader& append, bool first_of_append);

  std::vector<std::string_view> tags_;
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
  std::string encoded_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_EVENT_LEAF_H_
