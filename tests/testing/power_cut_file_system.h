// A file system whose power can be cut: it knows what was written and not
// synced, and writes down what a disk may hold after the cut.
//
//   auto files = std::make_shared<PowerCutFileSystem>(folder, seed);
//   files->CutAfter(100, image, [] { /* note what was acknowledged */ });
//   ... OpenWithHooks(folder, options, {.file_system = files}) ...
//
// Below is an ordinary file system. The cut happens under a lock that every
// operation takes; the store goes on afterwards, on what is then another disk.
//
// What the image holds of
//   a file's synced bytes        all of them
//   bytes written since          nothing, a prefix, or any of its pages, the
//                                last kept one perhaps torn
//   a preallocated length        that length, zeros where nothing was kept; or,
//                                if never synced, perhaps not
//   a folder's entries           those of the last sync of the folder, or of
//                                any moment since: metadata is journalled in
//                                order
// Files that are not written through it (ANCHOR, STORE) are up to the caller.

#ifndef DAYBOOK_TESTS_TESTING_POWER_CUT_FILE_SYSTEM_H_
#define DAYBOOK_TESTS_TESTING_POWER_CUT_FILE_SYSTEM_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rocksdb/file_system.h"
#include "tests/testing/fault_run.h"

namespace daybook::testing {

// Thread-safe.
class PowerCutFileSystem : public rocksdb::FileSystemWrapper {
 public:
  // For a store in `folder`, whose files count as synced as they are.
  PowerCutFileSystem(std::string folder, uint64_t seed);
  ~PowerCutFileSystem() override;

  const char* Name() const override { return "daybook.PowerCut"; }

  // Cuts before the `operations`-th change from now: calls `on_cut` and writes
  // log/ and index/ to the folder `image`.
  void CutAfter(uint64_t operations, const std::string& image,
                std::function<void()> on_cut);
  // Cuts now, unless that has happened.
  void CutNow();
  bool cut() const { return cut_; }
  uint64_t operations() const { return operations_; }
  // Bytes that were written but are not in the image.
  uint64_t lost_bytes() const { return lost_bytes_; }

  using rocksdb::FileSystemWrapper::FileSystemWrapper;
  rocksdb::IOStatus NewWritableFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* result,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReopenWritableFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* result,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus ReuseWritableFile(
      const std::string& path, const std::string& old_path,
      const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSWritableFile>* result,
      rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus NewDirectory(const std::string& path,
                                 const rocksdb::IOOptions& options,
                                 std::unique_ptr<rocksdb::FSDirectory>* result,
                                 rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus DeleteFile(const std::string& path,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to,
                               const rocksdb::IOOptions& options,
                               rocksdb::IODebugContext* debug) override;
  rocksdb::IOStatus Truncate(const std::string& path, size_t size,
                             const rocksdb::IOOptions& options,
                             rocksdb::IODebugContext* debug) override;

 private:
  friend class PowerCutFile;
  friend class PowerCutDirectory;

  struct File {
    // Where its bytes are; moves when it is renamed or deleted.
    std::string path;
    uint64_t written = 0;
    uint64_t synced = 0;
    // Length on disk, with what is preallocated.
    uint64_t length = 0;
    uint64_t length_synced = 0;
  };
  using FilePointer = std::shared_ptr<File>;
  using Entries = std::map<std::string, FilePointer>;
  struct Folder {
    Entries entries;
    // What the disk may know of the entries, oldest first; never empty.
    std::vector<Entries> history;
  };

  // Counts one change; cuts when it is time. REQUIRES: mutex_ is held.
  void Step();
  void Cut();
  void WriteImage(const Folder& folder, const std::string& path);
  void WriteImageOf(const File& file, const std::string& path);
  Folder& FolderOf(const std::string& path);
  static void Changed(Folder& folder) {
    folder.history.push_back(folder.entries);
  }
  // Takes the entry out of the way but keeps the bytes.
  void Bury(const std::string& path);

  const std::string folder_;
  const std::string graveyard_;
  std::mutex mutex_;
  Random random_;
  std::map<std::string, Folder> folders_;
  uint64_t buried_ = 0;
  uint64_t cut_at_ = 0;
  std::string image_;
  std::function<void()> on_cut_;
  std::atomic<bool> armed_ = false;
  std::atomic<bool> cut_ = false;
  std::atomic<uint64_t> operations_ = 0;
  std::atomic<uint64_t> lost_bytes_ = 0;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_POWER_CUT_FILE_SYSTEM_H_
