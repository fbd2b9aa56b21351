#include "tools/confirmed_change.h"

#include "tools/text.h"

namespace daybook::tools {

std::string ConfirmedChange::Announced() const {
  return Concat("this ", does, " ", what, "\n", kNothingWasDone);
}

std::string ConfirmedChange::Done() const {
  return Concat("done: ", did, " ", what, "\n");
}

}  // namespace daybook::tools
