#include "store/producer_check.h"

#include <string>

#include "daybook/audit/leaf.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"
#include "store/system_events.h"

namespace daybook {
namespace {

absl::Status AtPosition(const EventView& event, const absl::Status& status) {
  if (status.ok()) return status;
  return DamageError(event.position, std::string(status.message()));
}

}  // namespace

absl::Status ProducerCheck::Judge(const EventView& event,
                                  const StoredLeaf& leaf) {
  if (event.system()) return absl::OkStatus();
  if (event.signature.empty() && producers_.rules().empty()) {
    ++counts_.unsigned_events;
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const audit::Leaf parsed,
                           audit::ParseLeaf(leaf.bytes));
  const absl::StatusOr<ProducerVerdict> verdict = JudgeProducer(
      producers_, audit::StatementOf(parsed), event.signature, &verifier_);
  DAYBOOK_RETURN_IF_ERROR(AtPosition(event, verdict.status()));
  switch (*verdict) {
    case ProducerVerdict::kSigned:
      ++counts_.signed_events;
      break;
    case ProducerVerdict::kIgnored:
      ++counts_.ignored_events;
      break;
    case ProducerVerdict::kUnsigned:
      ++counts_.unsigned_events;
      break;
  }
  return absl::OkStatus();
}

absl::Status ProducerCheck::See(const EventView& event,
                                const StoredLeaf* leaf) {
  if (leaf != nullptr) DAYBOOK_RETURN_IF_ERROR(Judge(event, *leaf));
  if (event.stream != kProducersStream) return absl::OkStatus();
  return AtPosition(event, producers_.Apply(event));
}

}  // namespace daybook
