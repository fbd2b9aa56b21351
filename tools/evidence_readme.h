// README.txt of an evidence bundle: what it is, for somebody who has never
// heard of daybook.

#ifndef DAYBOOK_TOOLS_EVIDENCE_README_H_
#define DAYBOOK_TOOLS_EVIDENCE_README_H_

#include <cstddef>
#include <string>

#include "tools/evidence_manifest.h"

namespace daybook::tools {

inline constexpr size_t kEvidenceReadmeBytesMax = 1 << 20;

// A bundle with another text is refused, as people believe what it says: so the
// text belongs to the version of the manifest, and changes with it only.
std::string EvidenceReadme(const EvidenceManifest& manifest);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_EVIDENCE_README_H_
