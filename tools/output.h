// Output is where a command writes: standard output, standard error, a file,
// or a string in tests. Buffered; the first failure is kept and everything
// after it dropped, so that a command looks once in a while, not at each word.

#ifndef DAYBOOK_TOOLS_OUTPUT_H_
#define DAYBOOK_TOOLS_OUTPUT_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace daybook::tools {

// Not thread-safe.
class Output {
 public:
  enum class Buffering { kFull, kNone };

  // Writes to an open file descriptor, which stays the caller's.
  Output(int descriptor, Buffering buffering)
      : descriptor_(descriptor), buffering_(buffering) {}
  // Collects everything in `*text`, for tests.
  explicit Output(std::string* text) : text_(text) {}
  ~Output() { Flush(); }
  Output(const Output&) = delete;
  Output& operator=(const Output&) = delete;

  void Write(std::string_view text);
  void Flush();

  // kCancelled when the reader of a pipe went away ("read | head"), else what
  // went wrong with the file, say a full disk.
  const absl::Status& status() const { return status_; }
  bool ok() const { return status_.ok(); }

 private:
  int descriptor_ = -1;
  Buffering buffering_ = Buffering::kFull;
  std::string* text_ = nullptr;
  std::string buffer_;
  absl::Status status_;
};

// True for the status of an output whose reader went away.
bool IsReaderGone(const absl::Status& status);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_OUTPUT_H_
