#include "tools/rejects.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/escaping.h"
#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/exit_code.h"
#include "tools/file_argument.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// To start it anew would empty the input.
bool IsSameFile(const std::string& path, const std::string& input_path,
                int input_descriptor) {
  struct stat file {};
  struct stat input {};
  if (stat(path.c_str(), &file) != 0 || !S_ISREG(file.st_mode)) return false;
  const int failed = input_path == "-" ? fstat(input_descriptor, &input)
                                       : stat(input_path.c_str(), &input);
  return failed == 0 && file.st_dev == input.st_dev &&
         file.st_ino == input.st_ino;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Rejects>> Rejects::Open(
    const std::string& path, const std::vector<std::string>& input_paths,
    int input_descriptor) {
  int descriptor = -1;
  if (!path.empty()) {
    DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(path));
    for (const std::string& input_path : input_paths) {
      if (!IsSameFile(path, input_path, input_descriptor)) continue;
      return absl::InvalidArgumentError(
          Concat("--rejects ", Quoted(path),
                 " is the input itself: name another file"));
    }
    descriptor =
        open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0) {
      return CantWrite(path, errno);
    }
  }
  return std::unique_ptr<Rejects>(new Rejects(path, descriptor));
}

Rejects::Rejects(std::string path, int descriptor)
    : path_(std::move(path)),
      descriptor_(descriptor),
      out_(descriptor, Output::Buffering::kNone) {}

Rejects::~Rejects() {
  if (descriptor_ >= 0) close(descriptor_);
}

absl::Status Rejects::Add(const LineReader& reader, std::string_view reason) {
  return Add(reader.line_number(), reader.line(), reason,
             !reader.line_status().ok());
}

absl::Status Rejects::Add(uint64_t line_number, std::string_view line,
                          std::string_view reason, bool cut) {
  if (descriptor_ < 0) {
    return InputError(Concat("line ", line_number, ": ", reason));
  }
  ++count_;
  std::string json = Concat("{\"line\":", line_number, ",\"reason\":");
  AppendJsonString(reason, &json);
  if (IsUtf8(line)) {
    json += ",\"text\":";
    AppendJsonString(line, &json);
  } else {
    json += ",\"text_base64\":\"";
    json += absl::Base64Escape(ToAbsl(line));
    json += '"';
  }
  if (cut) json += ",\"cut\":true";
  json += "}\n";
  out_.Write(json);
  return out_.status();
}

absl::Status Rejects::Finish() {
  if (count_ == 0) return absl::OkStatus();
  return RejectsError(Concat(Counted(count_, "line was", "lines were"),
                             " rejected: see ", Quoted(path_)));
}

}  // namespace daybook::tools
