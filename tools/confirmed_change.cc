#include "tools/confirmed_change.h"

#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {

absl::Status ChangeIfConfirmed(const ConfirmedChange& told, bool yes,
                               absl::FunctionRef<absl::Status()> change,
                               CommandContext& context) {
  if (!yes) {
    context.out->Write(
        Concat("this ", told.does, " ", told.what, "\n", kNothingWasDone));
    return absl::OkStatus();
  }
  DAYBOOK_RETURN_IF_ERROR(change());
  context.out->Write(Concat("done: ", told.did, " ", told.what, "\n"));
  return absl::OkStatus();
}

}  // namespace daybook::tools
