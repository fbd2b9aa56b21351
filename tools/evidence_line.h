// A line of events.ndjson in an evidence bundle (evidence_manifest.h):
//
//   {"position":17,"revision":3,"append_first":17,"append_count":1,
//    "append_key":"...","payload_salt":"...","metadata_salt":"...",
//    "previous_in_stream":"...","metadata":"...","event":{...}}
//
// `event` is the event as `export --full` has it (full_export.h), the rest is
// what its leaf is made of beside that (audit/FORMAT.md), bytes in base64;
// `append_key` only if there is one.

#ifndef DAYBOOK_TOOLS_EVIDENCE_LINE_H_
#define DAYBOOK_TOOLS_EVIDENCE_LINE_H_

#include <cstddef>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/audit/hash.h"
#include "daybook/store/event.h"
#include "store/kept_event.h"
#include "tools/witnessed_leaf.h"

namespace daybook::tools {

// An event has 16 MiB at most, a third more in base64.
inline constexpr size_t kEvidenceLineBytesMax = 32 << 20;

// Appends the line of `event`, with newline. REQUIRES: `leaf` is its leaf.
void AppendEvidenceLine(const EventView& event, const WitnessedLeaf& leaf,
                        const audit::Hash& previous_in_stream,
                        std::string* out);

// An event as a line tells it, with the leaf that it must have.
class EvidenceLine {
 public:
  // `line` is without newline. Errors: kInvalidArgument for anything but what
  // AppendEvidenceLine() writes of an event that a store can have.
  static absl::StatusOr<EvidenceLine> Parse(std::string_view line);

  // Valid as long as this is there and not moved.
  EventView event() const;
  const WitnessedLeaf& leaf() const { return leaf_; }
  const audit::Hash& previous_in_stream() const { return previous_; }

 private:
  Event event_;
  std::string append_key_;
  EncodedParts encoded_;
  audit::Hash previous_;
  WitnessedLeaf leaf_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVIDENCE_LINE_H_
