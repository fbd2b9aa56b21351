// The lowest floor of a durable append: one pwrite() and one fdatasync().

#ifndef DAYBOOK_BENCH_FLOOR_FILE_H_
#define DAYBOOK_BENCH_FLOOR_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::bench {

enum class FileGrowth {
  // Each append makes the file longer: the sync commits its length too.
  kGrowing,
  // Space and length are set at once; the blocks have never been written.
  kAllocated,
  // The file was full of zeros and synced: nothing but data to commit.
  kZeroed,
};

class SyncedFile {
 public:
  SyncedFile(const std::string& path, FileGrowth growth);
  ~SyncedFile();
  SyncedFile(const SyncedFile&) = delete;
  SyncedFile& operator=(const SyncedFile&) = delete;

  // Appends `bytes`; on stable storage when it returns.
  void Append(std::string_view bytes);

 private:
  int file_;
  FileGrowth growth_;
  uint64_t end_ = 0;
};

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_FLOOR_FILE_H_
