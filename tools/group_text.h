// How the command line shows consumer groups.

#ifndef DAYBOOK_TOOLS_GROUP_TEXT_H_
#define DAYBOOK_TOOLS_GROUP_TEXT_H_

#include <string>

#include "daybook/bus/groups.h"
#include "daybook/store/event.h"

namespace daybook::tools {

// "stream", "tag customer:*", "a function of its program".
std::string LanesText(const Lanes& lanes);
// "1,204, 5m3s"; "0" for one that has done everything.
std::string LagText(const GroupInfo& info);
// One object, without newline; of one that is damaged, its name and the
// problem.
std::string GroupJson(const GroupInfo& info);
// Likewise; `event` is the one that is parked.
std::string ParkedJson(const ParkedEvent& parked, const Event& event);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_GROUP_TEXT_H_
