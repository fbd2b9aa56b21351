#include "daybook/audit/leaf_chain.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "audit/coding.h"
#include "audit/text.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"

namespace daybook::audit {
namespace {

// Stored in proofs; never changes.
constexpr std::string_view kDomain = "daybook leaf chain v1\n";

absl::Status NoChain(std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("no chain of leaves: ", std::string(why)));
}

}  // namespace

void BeginLeafChain(std::string* out) { out->append(kDomain); }

void AppendToLeafChain(std::string_view leaf, std::string* out) {
  PutString(out, leaf);
}

bool IsLeafChain(std::string_view bytes) { return bytes.starts_with(kDomain); }

absl::StatusOr<std::vector<std::string_view>> ParseLeafChain(
    std::string_view bytes) {
  if (!IsLeafChain(bytes)) return NoChain("it does not begin as one");
  bytes.remove_prefix(kDomain.size());
  std::vector<std::string_view> chain;
  Leaf last;
  Hash last_hash;
  while (!bytes.empty()) {
    std::string_view encoded;
    if (!TakeString(&bytes, &encoded)) return NoChain("it is cut");
    const absl::StatusOr<Leaf> leaf = ParseLeaf(encoded);
    if (!leaf.ok()) return leaf.status();
    if (leaf->revision != chain.size()) {
      return NoChain(absl::StrCat("revision ", leaf->revision, " where ",
                                  chain.size(), " belongs"));
    }
    if (!chain.empty() && leaf->stream != last.stream) {
      return NoChain(absl::StrCat("revision ", leaf->revision,
                                  " is of the stream ", Quoted(leaf->stream),
                                  ", those before of ", Quoted(last.stream)));
    }
    if (!chain.empty() && leaf->position <= last.position) {
      return NoChain(absl::StrCat("revision ", leaf->revision,
                                  " is not behind the one before"));
    }
    // The first one names no leaf.
    if (leaf->previous_in_stream != last_hash) {
      return NoChain(absl::StrCat("revision ", leaf->revision,
                                  " names another leaf than the one before"));
    }
    last = *leaf;
    last_hash = LeafHash(encoded);
    chain.push_back(encoded);
  }
  if (chain.empty()) return NoChain("it has no leaves");
  return chain;
}

}  // namespace daybook::audit
