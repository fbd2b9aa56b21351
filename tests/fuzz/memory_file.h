// Files for parsers that want a path or a folder.

#ifndef DAYBOOK_TESTS_FUZZ_MEMORY_FILE_H_
#define DAYBOOK_TESTS_FUZZ_MEMORY_FILE_H_

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ios>
#include <string>
#include <string_view>
#include <system_error>

namespace daybook::fuzz {

// A file that is nowhere on a disk.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view bytes)
      : file_(memfd_create("fuzz", MFD_CLOEXEC)) {
    if (file_ < 0 || fchmod(file_, S_IRUSR | S_IWUSR) != 0) std::abort();
    if (write(file_, bytes.data(), bytes.size()) !=
        static_cast<ssize_t>(bytes.size())) {
      std::abort();
    }
  }
  ~MemoryFile() { close(file_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  std::string path() const { return "/proc/self/fd/" + std::to_string(file_); }

 private:
  const int file_;
};

// A folder that is gone in the end, in memory where there is such a place.
class ScratchFolder {
 public:
  ScratchFolder() {
    const bool in_memory = access("/dev/shm", W_OK) == 0;
    path_ = in_memory ? "/dev/shm/daybook_XXXXXX" : "/tmp/daybook_XXXXXX";
    if (mkdtemp(path_.data()) == nullptr) std::abort();
  }
  ~ScratchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  const std::string& path() const { return path_; }
  void Write(const std::string& name, std::string_view bytes) const {
    std::ofstream out(path_ + "/" + name, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  std::string path_;
};

}  // namespace daybook::fuzz

#endif  // DAYBOOK_TESTS_FUZZ_MEMORY_FILE_H_
