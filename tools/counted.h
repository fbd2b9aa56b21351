// "1 event", "1,234 events".

#ifndef DAYBOOK_TOOLS_COUNTED_H_
#define DAYBOOK_TOOLS_COUNTED_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::tools {

// `number` of what one is called so; `several` where it is not the word with an
// s.
std::string Counted(uint64_t number, std::string_view one,
                    std::string_view several = "");

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_COUNTED_H_
