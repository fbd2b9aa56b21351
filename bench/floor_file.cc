#include "bench/floor_file.h"

#include <fcntl.h>
#include <unistd.h>

#include "bench/check.h"

namespace daybook::bench {
namespace {

// More than any run appends; wrapping around would be no worse.
constexpr uint64_t kFileBytes = 64 << 20;

void WriteAll(int file, std::string_view bytes, uint64_t at) {
  const ssize_t written =
      pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(at));
  if (written != static_cast<ssize_t>(bytes.size())) FailErrno("pwrite");
}

}  // namespace

SyncedFile::SyncedFile(const std::string& path, FileGrowth growth)
    : file_(open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
      growth_(growth) {
  if (file_ < 0) FailErrno("open " + path);
  if (growth == FileGrowth::kAllocated &&
      posix_fallocate(file_, 0, kFileBytes) != 0) {
    Fail("posix_fallocate", path);
  }
  if (growth == FileGrowth::kZeroed) {
    const std::string zeros(1 << 20, '\0');
    for (uint64_t at = 0; at < kFileBytes; at += zeros.size()) {
      WriteAll(file_, zeros, at);
    }
  }
  if (fsync(file_) != 0) FailErrno("fsync " + path);
}

SyncedFile::~SyncedFile() { close(file_); }

void SyncedFile::Append(std::string_view bytes) {
  if (growth_ != FileGrowth::kGrowing && end_ + bytes.size() > kFileBytes) {
    end_ = 0;
  }
  WriteAll(file_, bytes, end_);
  if (fdatasync(file_) != 0) FailErrno("fdatasync");
  end_ += bytes.size();
}

}  // namespace daybook::bench
