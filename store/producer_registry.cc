#include "store/producer_registry.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "daybook/audit/producer_signature.h"
#include "daybook/store/limits.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"
#include "store/validate.h"

namespace daybook {
namespace {

// More than ever change producers at once.
constexpr int kAttemptsMax = 10'000;

std::string NameOf(std::string_view key_name, uint32_t key_id) {
  return absl::StrCat(Quoted(key_name), "+", absl::StrFormat("%08x", key_id));
}

}  // namespace

absl::Status ProducerRegistry::ReadInto(std::optional<Position> before,
                                        Producers* producers,
                                        uint64_t* next_revision) {
  ReadStreamOptions options;
  options.from = Revision(*next_revision);
  absl::StatusOr<EventCursor> cursor =
      store_.ReadStream(kProducersStream, options);
  if (absl::IsNotFound(cursor.status())) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  for (const EventView& event : *cursor) {
    if (before.has_value() && event.position >= *before) break;
    if (absl::Status status = producers->Apply(event); !status.ok()) {
      return DamageError(event.position, std::string(status.message()));
    }
    *next_revision = event.revision.value() + 1;
  }
  return cursor->status();
}

absl::StatusOr<Producers> ProducerRegistry::Read(
    std::optional<Position> before) {
  Producers producers;
  uint64_t next_revision = 0;
  DAYBOOK_RETURN_IF_ERROR(ReadInto(before, &producers, &next_revision));
  return producers;
}

absl::StatusOr<AppendResult> ProducerRegistry::Change(
    NewEvent event,
    absl::FunctionRef<absl::Status(const Producers& producers)> judge) {
  AppendRequest request;
  request.events.push_back({std::string(kProducersStream), std::move(event)});
  request.expectations.push_back({std::string(kProducersStream)});
  Producers producers;
  uint64_t next_revision = 0;
  // Each turn but the last means that somebody else changed something.
  for (int attempt = 1;; ++attempt) {
    if (absl::Status status =
            ReadInto(std::nullopt, &producers, &next_revision);
        !status.ok()) {
      return Refused(std::move(status));
    }
    if (absl::Status status = judge(producers); !status.ok()) {
      return Refused(std::move(status));
    }
    request.expectations[0].expected =
        next_revision == 0
            ? ExpectedRevision::NoStream()
            : ExpectedRevision::Exactly(Revision(next_revision - 1));
    absl::StatusOr<AppendResult> appended = append_(request);
    if (!absl::IsAborted(appended.status()) || attempt == kAttemptsMax) {
      return appended;
    }
  }
}

absl::StatusOr<AppendResult> ProducerRegistry::Add(
    const audit::VerifierKey& key, std::string_view origin) {
  if (absl::Status status = audit::CheckOrigin(origin); !status.ok()) {
    return Refused(std::move(status));
  }
  if (key.name().size() + origin.size() > kProducerNamesBytesMax) {
    return Refused(absl::InvalidArgumentError(absl::StrCat(
        "the names of key and log are ", key.name().size() + origin.size(),
        " bytes together, the limit is ", kProducerNamesBytesMax)));
  }
  return Change(
      ProducerAddedEvent(key, origin),
      [&](const Producers& producers) -> absl::Status {
        const Producer* const found = producers.Find(key.name(), key.id());
        if (found == nullptr) return absl::OkStatus();
        return absl::AlreadyExistsError(absl::StrCat(
            "key ", NameOf(key.name(), key.id()), " was added at position ",
            found->added_at.value(),
            found->revoked_at.has_value() ? ", and revoked: make another one"
                                          : ""));
      });
}

absl::StatusOr<AppendResult> ProducerRegistry::Revoke(std::string_view key_name,
                                                      uint32_t key_id,
                                                      std::string_view reason) {
  if (absl::Status status = audit::CheckKeyName(key_name); !status.ok()) {
    return Refused(std::move(status));
  }
  if (absl::Status status = ValidateReason(reason); !status.ok()) {
    return Refused(std::move(status));
  }
  return Change(ProducerRevokedEvent(key_name, key_id, reason),
                [&](const Producers& producers) -> absl::Status {
                  const Producer* const found =
                      producers.Find(key_name, key_id);
                  if (found == nullptr) {
                    return absl::NotFoundError(absl::StrCat(
                        "key ", NameOf(key_name, key_id), " is no producer's"));
                  }
                  if (!found->revoked_at.has_value()) return absl::OkStatus();
                  return absl::FailedPreconditionError(absl::StrCat(
                      "key ", NameOf(key_name, key_id),
                      " was revoked at position ", found->revoked_at->value()));
                });
}

absl::StatusOr<AppendResult> ProducerRegistry::SetPolicy(
    std::string_view prefix, ProducerPolicy policy) {
  if (!prefix.empty()) {
    // What no stream's name begins with would be a rule in vain.
    if (absl::Status status = ValidateStreamName(prefix); !status.ok()) {
      return Refused(std::move(status));
    }
  }
  return Change(ProducerPolicySetEvent(prefix, policy),
                [](const Producers&) { return absl::OkStatus(); });
}

}  // namespace daybook
