#include "tools/producer_arguments.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/producer_signature.h"
#include "store/status_macros.h"
#include "tools/cli.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {

std::string KeyText(std::string_view key_name, uint32_t key_id) {
  return Concat(std::string(key_name), "+", absl::StrFormat("%08x", key_id));
}

absl::StatusOr<std::string> LogOrigin(EventStore& store) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> heads,
                           store.TreeHeads());
  if (!heads.empty()) return heads.back().head.origin;
  DAYBOOK_ASSIGN_OR_RETURN(const KeptTreeHead head, store.MakeTreeHead());
  return head.head.origin;
}

void AddProducerKey(CLI::App& command, std::string& path) {
  command
      .add_option("--producer-key", path,
                  "sign what is appended with the private key in this file, "
                  "which `producer add` made known to the store")
      ->type_name("FILE");
}

absl::StatusOr<std::optional<ProducerSigner>> LoadProducerSigner(
    const std::string& path, EventStore& store) {
  if (path.empty()) return std::nullopt;
  DAYBOOK_ASSIGN_OR_RETURN(audit::NoteSigner signer, LoadKeyArgument(path));
  DAYBOOK_ASSIGN_OR_RETURN(const Producers producers, store.ReadProducers());
  const audit::VerifierKey& key = signer.verifier_key();
  const Producer* const producer = producers.Find(key.name(), key.id());
  if (producer == nullptr) {
    return absl::FailedPreconditionError(
        Concat("key ", Quoted(KeyText(key.name(), key.id())),
               " is no producer's: make it known with `producer add`"));
  }
  if (producer->revoked_at.has_value()) {
    return absl::FailedPreconditionError(
        Concat("key ", Quoted(KeyText(key.name(), key.id())),
               " was revoked at position ", producer->revoked_at->value()));
  }
  return ProducerSigner{std::move(signer), producer->origin};
}

absl::StatusOr<const Producer*> FindProducer(const Producers& producers,
                                             std::string_view which) {
  const Producer* found = nullptr;
  for (const Producer& producer : producers.keys()) {
    const audit::VerifierKey& key = producer.key;
    if (which == key.ToString() || which == KeyText(key.name(), key.id())) {
      return &producer;
    }
    if (which != key.name() && which != absl::StrFormat("%08x", key.id())) {
      continue;
    }
    // One that is revoked is seldom meant.
    if (found != nullptr && producer.revoked_at.has_value()) continue;
    if (found != nullptr && !found->revoked_at.has_value()) {
      return absl::InvalidArgumentError(
          Concat(Quoted(which), " may be ",
                 Quoted(KeyText(found->key.name(), found->key.id())), " or ",
                 Quoted(KeyText(key.name(), key.id())), ": say which"));
    }
    found = &producer;
  }
  if (found != nullptr) return found;
  return absl::NotFoundError(Concat("the store knows no key ", Quoted(which),
                                    ": see `producer list`"));
}

std::string SignedBy(std::string_view signature) {
  if (signature.empty()) return "";
  const absl::StatusOr<audit::ProducerSignature> parsed =
      audit::ParseProducerSignature(signature);
  if (!parsed.ok()) return "what is no signature";
  return KeyText(parsed->key_name, parsed->key_id);
}

absl::StatusOr<std::string> DescribeSignature(const EventView& event,
                                              EventStore& store) {
  DAYBOOK_ASSIGN_OR_RETURN(const Producers producers,
                           store.ReadProducers(event.position));
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<TreeReader> tree,
                           store.ReadTree());
  absl::StatusOr<ProducerVerdict> verdict;
  DAYBOOK_RETURN_IF_ERROR(tree->VisitLeaves(
      event.position, event.position.Next(), [&](const StoredLeaf& stored) {
        const absl::StatusOr<audit::Leaf> leaf = audit::ParseLeaf(stored.bytes);
        if (!leaf.ok()) {
          verdict = leaf.status();
          return false;
        }
        audit::ProducerVerifier verifier;
        verdict = JudgeProducer(producers, audit::StatementOf(*leaf),
                                event.signature, &verifier);
        return false;
      }));
  const absl::StatusOr<audit::ProducerSignature> parsed =
      audit::ParseProducerSignature(event.signature);
  std::string text = SignedBy(event.signature);
  if (parsed.ok()) text += Concat(", for ", std::string(parsed->origin));
  if (!verdict.ok()) {
    return Concat(text, ": WRONG: ", std::string(verdict.status().message()));
  }
  return Concat(text, *verdict == ProducerVerdict::kSigned
                          ? ": right, by a key that was valid then"
                          : ": not looked at, as the stream's policy says");
}

}  // namespace daybook::tools
