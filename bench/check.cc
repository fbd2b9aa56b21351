#include "bench/check.h"

#include <cerrno>
#include <cstring>

namespace daybook::bench {

void Fail(std::string_view what, std::string_view why) {
  throw BenchError(std::string(what) + ": " + std::string(why));
}

void FailErrno(std::string_view what) { Fail(what, std::strerror(errno)); }

}  // namespace daybook::bench
