// What a command that only tells until --yes says of what it would do:
//
//   this hides 3 events of stream "order-42" from reads of it.
//   nothing was done: add --yes to do it
//
// and of what it did:
//
//   done: hid 3 events of stream "order-42" from reads of it.

#ifndef DAYBOOK_TOOLS_CONFIRMED_CHANGE_H_
#define DAYBOOK_TOOLS_CONFIRMED_CHANGE_H_

#include <string>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "tools/command_context.h"

namespace daybook::tools {

inline constexpr std::string_view kNothingWasDone =
    "nothing was done: add --yes to do it\n";

// The rest of the sentence is `what`.
struct ConfirmedChange {
  // "hides" and "hid".
  std::string_view does;
  std::string_view did;
  std::string what;
};

// Tells what would be done; with `yes` does it by `change`, and then tells
// that.
absl::Status ChangeIfConfirmed(const ConfirmedChange& told, bool yes,
                               absl::FunctionRef<absl::Status()> change,
                               CommandContext& context);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CONFIRMED_CHANGE_H_
