#include "tools/line_reader.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "tools/exit_code.h"
#include "tools/file_argument.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr size_t kBufferBytes = 256 << 10;
// How much of a line that is too long is shown.
constexpr size_t kShownBytes = 1024;
constexpr int kFollowMilliseconds = 200;

}  // namespace

// Bytes of the file, unpacked. Errors leave the line number to the reader.
class LineReader::Input {
 public:
  Input(std::string path, int descriptor, bool owned,
        const LineReaderOptions& options)
      : path_(std::move(path)),
        descriptor_(descriptor),
        owned_(owned),
        options_(options),
        raw_(kBufferBytes) {
    FindSize();
  }
  ~Input() {
    if (gzip_) inflateEnd(&stream_);
    if (owned_) close(descriptor_);
  }
  Input(const Input&) = delete;
  Input& operator=(const Input&) = delete;

  // More bytes, valid until the next call; empty at the end.
  absl::StatusOr<std::string_view> Read() {
    if (!sniffed_) {
      if (absl::Status status = Sniff(); !status.ok()) return status;
      if (started_over_) return std::string_view();
    }
    if (gzip_) return Unpack();
    if (!first_.empty()) return std::exchange(first_, {});
    return ReadRaw(raw_.data(), raw_.size());
  }

  // Whether what comes next is the rest of a line that was too long.
  bool in_long_line = false;

  uint64_t bytes_read() const { return bytes_read_; }
  std::optional<uint64_t> size() const { return size_; }

  // True if it was not the input that ended the reading, but on_idle.
  bool stopped() const { return stopped_; }
  // True once after each time that reading ended to start over.
  bool TakeStartedOver() { return std::exchange(started_over_, false); }

 private:
  void FindSize() {
    struct stat facts {};
    size_.reset();
    if (fstat(descriptor_, &facts) == 0 && S_ISREG(facts.st_mode)) {
      size_ = static_cast<uint64_t>(facts.st_size);
    }
  }

  // Why the file must be read from its beginning; empty if it need not.
  std::string_view WhatHappened() const {
    struct stat facts {};
    if (fstat(descriptor_, &facts) != 0 || !S_ISREG(facts.st_mode)) return "";
    if (static_cast<uint64_t>(facts.st_size) < bytes_read_) {
      return "was truncated";
    }
    struct stat named {};
    if (!owned_ || stat(path_.c_str(), &named) != 0) return "";
    const bool same =
        named.st_dev == facts.st_dev && named.st_ino == facts.st_ino;
    return same ? "" : "was replaced by another file";
  }

  // Goes to the beginning of the file that has the name now. False if there is
  // none at the moment.
  bool StartOver(std::string_view what_happened) {
    if (owned_) {
      const int fresh = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
      if (fresh < 0) return false;
      close(descriptor_);
      descriptor_ = fresh;
    } else if (lseek(descriptor_, 0, SEEK_SET) != 0) {
      return false;
    }
    if (gzip_) inflateEnd(&stream_);
    gzip_ = false;
    sniffed_ = false;
    member_ended_ = false;
    bytes_read_ = 0;
    FindSize();
    started_over_ = true;
    if (options_.on_start_over) {
      options_.on_start_over(Concat(Quoted(path_), " ", what_happened));
    }
    return true;
  }

  // At the end of the file: empty, or with `follow` whatever comes; empty also
  // before it starts over.
  absl::StatusOr<std::string_view> ReadRaw(char* to, size_t size) {
    std::string_view happened;
    while (true) {
      if (Interrupted()) return InterruptedError();
      const ssize_t count = read(descriptor_, to, size);
      if (count > 0) {
        bytes_read_ += static_cast<uint64_t>(count);
        return std::string_view(to, static_cast<size_t>(count));
      }
      if (count < 0 && errno != EINTR) {
        return InputError(
            Concat("can't read ", Quoted(path_), ": ", std::strerror(errno)));
      }
      if (count == 0) {
        // Only a file grows.
        const bool ends = !owned_ && !size_.has_value();
        if (!options_.follow || ends) return std::string_view();
        if (!happened.empty() && StartOver(happened)) return std::string_view();
        // Once more: what was written before it happened.
        happened = WhatHappened();
        if (!happened.empty()) continue;
        if (options_.on_idle) {
          if (absl::Status status = options_.on_idle(); !status.ok()) {
            stopped_ = true;
            return status;
          }
        }
        poll(nullptr, 0, kFollowMilliseconds);
      }
    }
  }

  // Looks at the first two bytes.
  absl::Status Sniff() {
    sniffed_ = true;
    size_t have = 0;
    while (have < 2) {
      absl::StatusOr<std::string_view> more =
          ReadRaw(raw_.data() + have, raw_.size() - have);
      if (!more.ok()) return more.status();
      if (more->empty()) break;
      have += more->size();
    }
    first_ = std::string_view(raw_.data(), have);
    gzip_ = first_.starts_with("\x1f\x8b");
    if (!gzip_) return absl::OkStatus();
    unpacked_.resize(kBufferBytes);
    stream_.next_in = reinterpret_cast<Bytef*>(raw_.data());
    stream_.avail_in = static_cast<uInt>(have);
    constexpr int kGzipOnly = 16;
    if (inflateInit2(&stream_, MAX_WBITS + kGzipOnly) != Z_OK) {
      return absl::ResourceExhaustedError("no memory to unpack gzip");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string_view> Unpack() {
    stream_.next_out = reinterpret_cast<Bytef*>(unpacked_.data());
    stream_.avail_out = static_cast<uInt>(unpacked_.size());
    while (stream_.avail_out == unpacked_.size()) {
      if (stream_.avail_in == 0) {
        absl::StatusOr<std::string_view> more =
            ReadRaw(raw_.data(), raw_.size());
        if (!more.ok()) return more.status();
        if (more->empty()) {
          if (member_ended_ || started_over_) return std::string_view();
          return InputError(Concat(Quoted(path_), " is cut off: the gzip data ",
                                   "ends before its end"));
        }
        stream_.next_in = reinterpret_cast<Bytef*>(raw_.data());
        stream_.avail_in = static_cast<uInt>(more->size());
      }
      // A file may hold several gzip members, one after the other.
      if (member_ended_) {
        inflateReset(&stream_);
        member_ended_ = false;
      }
      const int result = inflate(&stream_, Z_NO_FLUSH);
      if (result == Z_STREAM_END) {
        member_ended_ = true;
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return InputError(Concat(
            Quoted(path_), " is damaged: ",
            stream_.msg != nullptr ? stream_.msg : "the gzip data is wrong"));
      }
    }
    return std::string_view(unpacked_.data(),
                            unpacked_.size() - stream_.avail_out);
  }

  const std::string path_;
  int descriptor_;
  const bool owned_;
  const LineReaderOptions& options_;
  std::optional<uint64_t> size_;
  uint64_t bytes_read_ = 0;
  std::vector<char> raw_;
  bool sniffed_ = false;
  bool started_over_ = false;
  bool stopped_ = false;
  std::string_view first_;

  bool gzip_ = false;
  bool member_ended_ = false;
  z_stream stream_{};
  std::vector<char> unpacked_;
};

absl::StatusOr<std::unique_ptr<LineReader>> LineReader::Open(
    const std::string& path, int input_descriptor,
    const LineReaderOptions& options) {
  if (path == "-") {
    std::unique_ptr<LineReader> reader(new LineReader(nullptr, options));
    reader->input_ = std::make_unique<Input>("standard input", input_descriptor,
                                             false, reader->options_);
    return reader;
  }
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return CantRead(path, errno);
  struct stat info;
  if (fstat(descriptor, &info) == 0 && S_ISDIR(info.st_mode)) {
    close(descriptor);
    return CantRead(path, EISDIR);
  }
  std::unique_ptr<LineReader> reader(new LineReader(nullptr, options));
  reader->input_ =
      std::make_unique<Input>(path, descriptor, true, reader->options_);
  return reader;
}

LineReader::LineReader(std::unique_ptr<Input> input,
                       const LineReaderOptions& options)
    : options_(options), input_(std::move(input)) {}

LineReader::~LineReader() = default;

bool LineReader::Next() {
  line_ = {};
  line_status_ = absl::OkStatus();
  assembled_.clear();
  if (!status_.ok()) return false;
  if (Interrupted()) {
    status_ = InterruptedError();
    return false;
  }
  SkipRestOfLine();
  StartOver();
  std::string_view piece;
  bool ends_line = false;
  bool any = false;
  while (!ends_line) {
    if (!TakePiece(&piece, &ends_line)) {
      // What the file said before it was replaced ended there.
      if (any || !status_.ok() || !StartOver()) break;
      continue;
    }
    any = true;
    if (assembled_.size() + piece.size() > options_.line_bytes_max) {
      assembled_.append(piece.substr(0, kShownBytes));
      assembled_.resize(std::min(assembled_.size(), kShownBytes));
      assembled_.shrink_to_fit();
      input_->in_long_line = !ends_line;
      if (!std::exchange(in_line_, false)) ++line_number_;
      line_ = assembled_;
      terminated_ = true;
      line_status_ = InputError(Concat("the line is longer than ",
                                       options_.line_bytes_max, " bytes"));
      return true;
    }
    if (ends_line && assembled_.empty()) {
      line_ = piece;
    } else {
      assembled_.append(piece);
      line_ = assembled_;
    }
  }
  // The rest of a line before trouble is no line.
  if (!any || !status_.ok()) return false;
  terminated_ = ends_line;
  if (!std::exchange(in_line_, false)) ++line_number_;
  return true;
}

bool LineReader::StartOver() {
  if (!input_->TakeStartedOver()) return false;
  line_number_ = 0;
  ++times_started_over_;
  return true;
}

bool LineReader::NextPiece() {
  line_ = {};
  line_status_ = absl::OkStatus();
  if (!status_.ok()) return false;
  if (Interrupted()) {
    status_ = InterruptedError();
    return false;
  }
  SkipRestOfLine();
  StartOver();
  if (!TakePiece(&line_, &terminated_)) return false;
  if (!in_line_) ++line_number_;
  in_line_ = !terminated_;
  return true;
}

std::string_view LineReader::Ahead() {
  if (!available_.empty() || !status_.ok()) return available_;
  absl::StatusOr<std::string_view> more = input_->Read();
  if (more.ok()) {
    available_ = *more;
    return available_;
  }
  status_ = more.status();
  if (!absl::IsCancelled(status_) && !input_->stopped()) {
    status_ = absl::Status(
        status_.code(),
        Concat(std::string(status_.message()), ", after line ", line_number_));
  }
  return available_;
}

bool LineReader::TakePiece(std::string_view* piece, bool* ends_line) {
  if (Ahead().empty()) return false;
  const size_t newline = available_.find('\n');
  *ends_line = newline != std::string_view::npos;
  *piece = available_.substr(0, newline);
  available_.remove_prefix(*ends_line ? newline + 1 : available_.size());
  return true;
}

void LineReader::SkipRestOfLine() {
  if (!std::exchange(input_->in_long_line, false)) return;
  std::string_view piece;
  bool ends_line = false;
  while (!ends_line && TakePiece(&piece, &ends_line)) {
  }
}

uint64_t LineReader::bytes_read() const { return input_->bytes_read(); }

std::optional<uint64_t> LineReader::bytes_total() const {
  return input_->size();
}

}  // namespace daybook::tools
