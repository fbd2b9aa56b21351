#include "tools/import_keys.h"

#include <cstring>

#include "tools/text.h"

namespace daybook::tools {
namespace {

// Leaves room for the digest and the count within kAppendKeyBytesMax.
constexpr size_t kNameBytesMax = 150;

}  // namespace

ImportKeys::ImportKeys(std::string_view name) {
  const bool fits = name.size() <= kNameBytesMax;
  prefix_ =
      Concat("import/", fits ? std::string(name) : Hex(Sha256Of(name)), "/");
}

std::string ImportKeys::KeyOf(std::string_view line) {
  line_hash_.Add(line);
  return KeyOf(line_hash_.Finish());
}

void ImportKeys::AddToGroup(std::string_view line) {
  group_hash_.Add(line);
  group_hash_.Add("\n");
}

std::string ImportKeys::KeyOfGroup() { return KeyOf(group_hash_.Finish()); }

void ImportKeys::StartOver() {
  seen_.clear();
  repeated_.clear();
}

std::string ImportKeys::KeyOf(const Sha256Digest& digest) {
  uint64_t start;
  std::memcpy(&start, digest.data(), sizeof(start));
  uint32_t occurrence = 1;
  if (!seen_.insert(start).second) {
    uint32_t& count = repeated_.try_emplace(start, 1).first->second;
    occurrence = ++count;
  }
  return Concat(prefix_, Hex(digest), "/", occurrence);
}

std::string DefaultImportName(std::string_view path) {
  if (path == "-") return "stdin";
  const size_t slash = path.find_last_of('/');
  return std::string(slash == std::string_view::npos ? path
                                                     : path.substr(slash + 1));
}

}  // namespace daybook::tools
