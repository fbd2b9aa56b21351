#include "bench/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <system_error>

#include "bench/check.h"

namespace daybook::bench {
namespace {

namespace fs = std::filesystem;

// read() calls that one ReadsNow() itself makes.
uint64_t OwnReadCalls() {
  static const uint64_t calls = [] {
    const ReadCounters before = ReadsNow();
    const ReadCounters after = ReadsNow();
    return after.calls - before.calls;
  }();
  return calls;
}

}  // namespace

Folder::Folder(const std::string& parent, const std::string& name, bool keep)
    : path_(parent + "/" + name), keep_(keep) {
  RemoveFolder(path_);
  std::error_code error;
  fs::create_directories(path_, error);
  if (error) Fail("create " + path_, error.message());
}

Folder::~Folder() {
  if (!keep_) RemoveFolder(path_);
}

void RemoveFolder(const std::string& path) {
  std::error_code ignored;
  fs::remove_all(path, ignored);
}

uint64_t BytesOnDisk(const std::string& path) {
  uint64_t bytes = 0;
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
    struct stat info;
    if (lstat(entry.path().c_str(), &info) == 0 && S_ISREG(info.st_mode)) {
      bytes += static_cast<uint64_t>(info.st_blocks) * 512;
    }
  }
  return bytes;
}

void DropPageCache(const std::string& path) {
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(path, error)) {
    if (!entry.is_regular_file(error)) continue;
    const int file = open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    // Dirty pages can't be dropped.
    fdatasync(file);
    posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    close(file);
  }
}

ReadCounters ReadsNow() {
  ReadCounters counters;
  std::FILE* file = std::fopen("/proc/self/io", "re");
  if (file == nullptr) return counters;
  char line[128];
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    unsigned long long value;
    if (std::sscanf(line, "syscr: %llu", &value) == 1) {
      counters.calls = value;
      counters.known = true;
    } else if (std::sscanf(line, "read_bytes: %llu", &value) == 1) {
      counters.device_bytes = value;
    }
  }
  std::fclose(file);
  return counters;
}

ReadCounters ReadsBetween(const ReadCounters& before,
                          const ReadCounters& after) {
  ReadCounters result = after;
  result.calls -= before.calls;
  result.calls -= std::min(result.calls, OwnReadCalls());
  result.device_bytes -= before.device_bytes;
  return result;
}

}  // namespace daybook::bench
