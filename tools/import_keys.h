// ImportKeys names the appends of an import, so that running it again, or
// going on after an interruption, appends nothing twice.
//
// The key of a line is made from what it says, not from where it stands: the
// import's name, the line's SHA-256, and which of the equal lines it is.
//
//   import/wikiticker.ndjson/9f86d081...0a08/1
//
// So lines may be added anywhere, and a line that is there three times is
// three events, every time. Several lines that are one append have one key,
// made likewise of all of them.
//
//   ImportKeys keys(name);
//   request.key = keys.KeyOf(line);
//
// Memory: about 20 bytes for each distinct line, and as many again for each
// distinct one that is repeated.

#ifndef DAYBOOK_TOOLS_IMPORT_KEYS_H_
#define DAYBOOK_TOOLS_IMPORT_KEYS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "tools/sha256.h"

namespace daybook::tools {

// Not thread-safe.
class ImportKeys {
 public:
  // `name` tells imports apart: a line that is in two imports is two events. A
  // name that is too long for a key counts by its hash.
  explicit ImportKeys(std::string_view name);

  // The key of the append that `line` makes, at its next occurrence.
  std::string KeyOf(std::string_view line);

  // The same for an append of several lines.
  void AddToGroup(std::string_view line);
  std::string KeyOfGroup();

  // Equal lines are counted from the first again, as another run would.
  void StartOver();

 private:
  std::string KeyOf(const Sha256Digest& digest);

  std::string prefix_;
  Sha256 line_hash_;
  Sha256 group_hash_;
  // The first bytes of each digest seen. Two lines that agree in them by
  // chance are merely counted on from 2.
  absl::flat_hash_set<uint64_t> seen_;
  absl::flat_hash_map<uint64_t, uint32_t> repeated_;
};

// The name of an import that was given none: the file's, without its folder;
// "stdin" for "-".
std::string DefaultImportName(std::string_view path);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_KEYS_H_
