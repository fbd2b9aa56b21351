#include "tools/output_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/functional/function_ref.h"
#include "store/status_macros.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr size_t kBufferBytes = 256 << 10;

}  // namespace

// Same input, same bytes: the header has neither name nor time.
class OutputFile::Gzip {
 public:
  using Sink = absl::FunctionRef<void(std::string_view)>;

  bool Begin() {
    constexpr int kGzip = 16;
    constexpr int kMemoryLevel = 8;
    return deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                        MAX_WBITS + kGzip, kMemoryLevel,
                        Z_DEFAULT_STRATEGY) == Z_OK;
  }
  ~Gzip() { deflateEnd(&stream_); }

  void Pack(std::string_view bytes, bool last, Sink sink) {
    // zlib does not write to its input.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::string packed(kBufferBytes, '\0');
    do {
      stream_.next_out = reinterpret_cast<Bytef*>(packed.data());
      stream_.avail_out = static_cast<uInt>(packed.size());
      deflate(&stream_, last ? Z_FINISH : Z_NO_FLUSH);
      sink(std::string_view(packed).substr(0,
                                           packed.size() - stream_.avail_out));
    } while (stream_.avail_out == 0);
  }

 private:
  z_stream stream_{};
};

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Create(
    const std::string& path) {
  DAYBOOK_RETURN_IF_ERROR(CheckNamesFile(path));
  std::unique_ptr<OutputFile> file(new OutputFile(path));
  struct stat there;
  if (stat(path.c_str(), &there) == 0 && !S_ISREG(there.st_mode)) {
    // A device or a pipe: written to, never replaced.
    file->descriptor_ = open(path.c_str(), O_WRONLY | O_CLOEXEC);
    if (file->descriptor_ >= 0) return Packed(std::move(file));
    return CantWrite(path, errno);
  }
  DAYBOOK_ASSIGN_OR_RETURN(file->part_, PartFile::Create(path));
  file->descriptor_ = file->part_->descriptor();
  return Packed(std::move(file));
}

absl::StatusOr<std::unique_ptr<OutputFile>> OutputFile::Packed(
    std::unique_ptr<OutputFile> file) {
  if (!file->path_.ends_with(".gz")) return file;
  file->gzip_ = std::make_unique<Gzip>();
  if (!file->gzip_->Begin()) {
    return absl::ResourceExhaustedError("no memory to pack gzip");
  }
  return file;
}

OutputFile::OutputFile(std::string path) : path_(std::move(path)) {}

OutputFile::~OutputFile() {
  if (part_ == nullptr && descriptor_ >= 0) close(descriptor_);
}

void OutputFile::Write(std::string_view bytes) {
  buffer_.append(bytes);
  if (buffer_.size() < kBufferBytes) return;
  const std::string full = std::exchange(buffer_, {});
  if (gzip_ == nullptr) {
    WriteRaw(full);
  } else {
    gzip_->Pack(full, false, [this](std::string_view p) { WriteRaw(p); });
  }
}

void OutputFile::WriteRaw(std::string_view bytes) {
  while (status_.ok() && !bytes.empty()) {
    const ssize_t written = write(descriptor_, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      status_ = absl::ResourceExhaustedError(Concat(
          "can't write ", Quoted(part_ == nullptr ? path_ : part_->part()),
          ": ", std::strerror(errno)));
    }
  }
}

absl::Status OutputFile::Commit() {
  if (gzip_ == nullptr) {
    WriteRaw(buffer_);
  } else {
    gzip_->Pack(buffer_, true, [this](std::string_view p) { WriteRaw(p); });
  }
  buffer_.clear();
  if (status_.ok() && part_ != nullptr) status_ = part_->Commit();
  return status_;
}

}  // namespace daybook::tools
