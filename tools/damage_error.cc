#include "tools/damage_error.h"

#include "absl/strings/cord.h"
#include "store/strings.h"

namespace daybook::tools {
namespace {

// Marks a status that needs no advice.
constexpr char kFound[] = "daybook.tools/damage-found";

}  // namespace

absl::Status DamageFoundError(std::string_view message) {
  absl::Status status = absl::DataLossError(ToAbsl(message));
  status.SetPayload(kFound, absl::Cord());
  return status;
}

bool NeedsDamageAdvice(const absl::Status& status) {
  return absl::IsDataLoss(status) && !status.GetPayload(kFound).has_value();
}

}  // namespace daybook::tools
