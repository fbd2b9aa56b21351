// The format of an evidence bundle, `daybook audit bundle`: a zip file with
//
//   README.txt                  what it is and how to check it, without daybook
//   manifest.json               what was asked for, of which log, how many
//   head.txt                    the signed head (c2sp.org/tlog-checkpoint)
//   schemas/9f86d081884c7d65.binpb  FileDescriptorSet, for each schema named
//   events.ndjson               a line for each event
//   proofs/17.tlog-proof        and its proof (c2sp.org/tlog-proof)
//   bundle.note                 that it is whole, where a key signed that
//                               (evidence_note.h)
//
// in this order and nothing else, in a zip file of one form (zip_record.h).
// Whatever is read is written again as the same bytes, or refused: so nothing
// in it means two things.

#ifndef DAYBOOK_TOOLS_EVIDENCE_MANIFEST_H_
#define DAYBOOK_TOOLS_EVIDENCE_MANIFEST_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/query.h"
#include "daybook/store/schema.h"
#include "tools/log_selection.h"

namespace daybook::tools {

inline constexpr char kEvidenceReadme[] = "README.txt";
inline constexpr char kEvidenceManifest[] = "manifest.json";
inline constexpr char kEvidenceHead[] = "head.txt";
inline constexpr char kEvidenceEvents[] = "events.ndjson";
std::string EvidenceSchemaName(SchemaHash hash);
std::string EvidenceProofName(Position position);

// Of one bundle; a zip file has room for no more files than 65,534.
inline constexpr size_t kEvidenceEventsMax = 50'000;
inline constexpr size_t kEvidenceSchemasMax = 10'000;
inline constexpr size_t kEvidenceManifestBytesMax = 4 << 20;

struct EvidenceManifest {
  struct NamedSchema {
    SchemaHash hash;
    std::string type;
    std::string message;
  };

  // What was asked for: a stream, a query, or neither for all events.
  std::string stream;
  std::optional<Query> query;
  bool system = false;
  // Points in history; times in UTC.
  std::string from;
  std::string to;
  bool occurred = false;
  // The head's.
  std::string log;
  uint64_t head_size = 0;
  uint64_t events = 0;
  // In order of hash.
  std::vector<NamedSchema> schemas;

  static EvidenceManifest Of(const LogSelection& selection);
  // 'stream "order-42", from "@7"': for people.
  std::string Selection() const;
  // Whether the selection means `event`, wherever it stands.
  bool Selects(const EventView& event) const;
};

std::string FormatEvidenceManifest(const EvidenceManifest& manifest);
// Errors: kInvalidArgument with the reason.
absl::StatusOr<EvidenceManifest> ParseEvidenceManifest(std::string_view text);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVIDENCE_MANIFEST_H_
