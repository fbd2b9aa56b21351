#include "daybook/store/producers.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

// "till-3.example+1234abcd", quoted where it could do harm: names may hold any
// character but controls.
std::string NameOf(std::string_view key_name, uint32_t key_id) {
  return absl::StrCat(Quoted(key_name), "+", absl::StrFormat("%08x", key_id));
}

absl::Status CheckKey(const Producer* producer,
                      const audit::ProducerSignature& signature) {
  const std::string name = NameOf(signature.key_name, signature.key_id);
  if (producer == nullptr) {
    return absl::FailedPreconditionError(
        absl::StrCat("signed with key ", name, ", which is no producer's"));
  }
  if (producer->revoked_at.has_value()) {
    return absl::FailedPreconditionError(absl::StrCat(
        "signed with key ", name, ", which was revoked at position ",
        producer->revoked_at->value()));
  }
  if (producer->origin != signature.origin) {
    return absl::FailedPreconditionError(absl::StrCat(
        "signed for the log ", Quoted(signature.origin), " with key ", name,
        ", which signs for ", Quoted(producer->origin)));
  }
  return absl::OkStatus();
}

}  // namespace

std::string_view ToString(ProducerPolicy policy) {
  switch (policy) {
    case ProducerPolicy::kRequire:
      return "require";
    case ProducerPolicy::kIgnore:
      return "ignore";
    case ProducerPolicy::kAccept:
      break;
  }
  return "accept";
}

absl::Status Producers::Apply(const EventView& event) {
  if (event.type == kProducerAddedType) {
    DAYBOOK_ASSIGN_OR_RETURN(NewProducer added,
                             DecodeProducerAdded(event.payload));
    if (Find(added.key.name(), added.key.id()) != nullptr) {
      return absl::OkStatus();
    }
    places_.emplace(added.key.id(), keys_.size());
    keys_.push_back({.key = std::move(added.key),
                     .origin = std::move(added.origin),
                     .added_at = event.position,
                     .added_time = event.recorded_at});
  } else if (event.type == kProducerRevokedType) {
    DAYBOOK_ASSIGN_OR_RETURN(ProducerRevocation revoked,
                             DecodeProducerRevoked(event.payload));
    const Producer* const found = Find(revoked.key_name, revoked.key_id);
    if (found == nullptr || found->revoked_at.has_value()) {
      return absl::OkStatus();
    }
    Producer& producer = keys_[static_cast<size_t>(found - keys_.data())];
    producer.revoked_at = event.position;
    producer.revoked_time = event.recorded_at;
    producer.revoked_reason = std::move(revoked.reason);
  } else if (event.type == kProducerPolicySetType) {
    DAYBOOK_ASSIGN_OR_RETURN(ProducerRule rule,
                             DecodeProducerPolicySet(event.payload));
    rule.set_at = event.position;
    std::erase_if(rules_, [&](const ProducerRule& old) {
      return old.prefix == rule.prefix;
    });
    const auto place = std::find_if(
        rules_.begin(), rules_.end(), [&](const ProducerRule& other) {
          return other.prefix.size() < rule.prefix.size();
        });
    rules_.insert(place, std::move(rule));
  }
  return absl::OkStatus();
}

const Producer* Producers::Find(std::string_view key_name,
                                uint32_t key_id) const {
  const auto [begin, end] = places_.equal_range(key_id);
  for (auto place = begin; place != end; ++place) {
    const Producer& producer = keys_[place->second];
    if (producer.key.name() == key_name) return &producer;
  }
  return nullptr;
}

ProducerPolicy Producers::PolicyOf(std::string_view stream) const {
  if (stream.starts_with('$')) return ProducerPolicy::kIgnore;
  for (const ProducerRule& rule : rules_) {
    if (stream.starts_with(rule.prefix)) return rule.policy;
  }
  return ProducerPolicy::kAccept;
}

absl::StatusOr<ProducerVerdict> JudgeProducer(
    const Producers& producers, const audit::ProducerStatement& statement,
    std::string_view signature, audit::ProducerVerifier* verifier) {
  const ProducerPolicy policy = producers.PolicyOf(statement.stream);
  if (signature.empty()) {
    if (policy != ProducerPolicy::kRequire) return ProducerVerdict::kUnsigned;
    return absl::FailedPreconditionError(
        absl::StrCat("no producer signed it, and events of stream ",
                     Quoted(statement.stream), " must be signed"));
  }
  if (policy == ProducerPolicy::kIgnore) return ProducerVerdict::kIgnored;
  DAYBOOK_ASSIGN_OR_RETURN(const audit::ProducerSignature parsed,
                           audit::ParseProducerSignature(signature));
  const Producer* const producer =
      producers.Find(parsed.key_name, parsed.key_id);
  DAYBOOK_RETURN_IF_ERROR(CheckKey(producer, parsed));
  if (verifier == nullptr) return ProducerVerdict::kSigned;
  if (absl::Status status = verifier->Verify(parsed, statement, producer->key);
      !status.ok()) {
    return absl::InvalidArgumentError(status.message());
  }
  return ProducerVerdict::kSigned;
}

}  // namespace daybook
