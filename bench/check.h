// How the benchmarks fail: a contestant that can't go on throws BenchError, the
// runner notes it against that contestant and goes on with the next one, so
// that a full disk costs one row and not the whole run. Nothing outside this
// room throws.

#ifndef DAYBOOK_BENCH_CHECK_H_
#define DAYBOOK_BENCH_CHECK_H_

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "rocksdb/status.h"

namespace daybook::bench {

class BenchError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

[[noreturn]] void Fail(std::string_view what, std::string_view why);
// Adds errno's text.
[[noreturn]] void FailErrno(std::string_view what);

inline void Check(bool ok, std::string_view what) {
  if (!ok) Fail(what, "did not hold");
}
inline void Check(const absl::Status& status, std::string_view what) {
  if (!status.ok()) Fail(what, status.ToString());
}
inline void Check(const rocksdb::Status& status, std::string_view what) {
  if (!status.ok()) Fail(what, status.ToString());
}

// The value of `result`, which must have one.
template <typename T>
T Take(absl::StatusOr<T> result, std::string_view what) {
  Check(result.status(), what);
  return *std::move(result);
}

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_CHECK_H_
