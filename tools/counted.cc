#include "tools/counted.h"

#include "tools/text.h"

namespace daybook::tools {

std::string Counted(uint64_t number, std::string_view one,
                    std::string_view several) {
  if (number == 1) return Concat("1 ", one);
  return several.empty() ? Concat(Grouped(number), " ", one, "s")
                         : Concat(Grouped(number), " ", several);
}

}  // namespace daybook::tools
