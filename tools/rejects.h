// Rejects is what happens to input that can't be used. Without a file, the
// first bad line ends the import with its number and the reason. With one
// (--rejects FILE), each goes there and the import goes on:
//
//   {"line":17,"reason":"no field \"type\"","text":"{\"stream\":\"a\"}"}
//
// `text` is the line itself; `text_base64` stands there instead where it is no
// UTF-8, and `"cut":true` is added where it was too long to be kept whole.

#ifndef DAYBOOK_TOOLS_REJECTS_H_
#define DAYBOOK_TOOLS_REJECTS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/line_reader.h"
#include "tools/output.h"

namespace daybook::tools {

// Not thread-safe.
class Rejects {
 public:
  // Starts the file anew; an empty path is none. `input_path` is what is
  // imported, "-" what `input_descriptor` is open on.
  // Errors: kInvalidArgument if the file can't be written, or is the input.
  static absl::StatusOr<std::unique_ptr<Rejects>> Open(
      const std::string& path, const std::string& input_path,
      int input_descriptor) {
    return Open(path, std::vector<std::string>{input_path}, input_descriptor);
  }
  // The same for several inputs.
  static absl::StatusOr<std::unique_ptr<Rejects>> Open(
      const std::string& path, const std::vector<std::string>& input_paths,
      int input_descriptor);

  ~Rejects();
  Rejects(const Rejects&) = delete;
  Rejects& operator=(const Rejects&) = delete;

  // Says that a line can't be used. OK: go on. Otherwise: stop with this
  // status, which names the line and the reason. `cut` says that the line is
  // longer than this.
  absl::Status Add(uint64_t line_number, std::string_view line,
                   std::string_view reason, bool cut = false);
  // The same for the line a reader stands at, which may be too long.
  absl::Status Add(const LineReader& reader, std::string_view reason);

  uint64_t count() const { return count_; }

  // To be returned at the end of an import that succeeded otherwise: OK if
  // there were none, else exit code 6 with the count and the file.
  absl::Status Finish();

 private:
  Rejects(std::string path, int descriptor);

  const std::string path_;
  const int descriptor_;
  Output out_;
  uint64_t count_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_REJECTS_H_
