// Folders to measure in, what they take on disk, and reading them cold.

#ifndef DAYBOOK_BENCH_FILES_H_
#define DAYBOOK_BENCH_FILES_H_

#include <cstdint>
#include <string>

namespace daybook::bench {

// A folder below Options::directory that starts out empty and is removed with
// all that is in it when this object goes, unless `keep`.
class Folder {
 public:
  Folder(const std::string& parent, const std::string& name, bool keep);
  ~Folder();
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool keep_;
};

void RemoveFolder(const std::string& path);

// Blocks taken on disk by all files below `path`, in bytes.
uint64_t BytesOnDisk(const std::string& path);

// Writes back every file below `path` and asks the kernel to forget its pages,
// so that the next read comes from the device. Files that are mapped keep
// theirs: close them first.
void DropPageCache(const std::string& path);

// What this process has read so far, from /proc/self/io.
struct ReadCounters {
  // read() and pread() calls, from the page cache too.
  uint64_t calls = 0;
  // Bytes that came from the device, read-ahead included.
  uint64_t device_bytes = 0;
  // False where the kernel does not tell.
  bool known = false;
};
ReadCounters ReadsNow();
// What happened between two moments, without the cost of asking.
ReadCounters ReadsBetween(const ReadCounters& before,
                          const ReadCounters& after);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_FILES_H_
