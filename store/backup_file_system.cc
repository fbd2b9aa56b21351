#include "store/backup_file_system.h"

#include <utility>
#include <vector>

namespace daybook {
namespace {

using rocksdb::FileOptions;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;

class BackupFileSystem final : public rocksdb::FileSystemWrapper {
 public:
  explicit BackupFileSystem(std::map<std::string, std::string> files)
      : FileSystemWrapper(rocksdb::FileSystem::Default()),
        files_(std::move(files)) {}

  const char* Name() const override { return "daybook.Backup"; }

  // --- What can be read -----------------------------------------------------

  IOStatus NewSequentialFile(const std::string& path,
                             const FileOptions& options,
                             std::unique_ptr<rocksdb::FSSequentialFile>* file,
                             IODebugContext* debug) override {
    const std::string* real = Find(path);
    if (real == nullptr) return NotThere(path);
    return target()->NewSequentialFile(*real, options, file, debug);
  }
  IOStatus NewRandomAccessFile(
      const std::string& path, const FileOptions& options,
      std::unique_ptr<rocksdb::FSRandomAccessFile>* file,
      IODebugContext* debug) override {
    const std::string* real = Find(path);
    if (real == nullptr) return NotThere(path);
    return target()->NewRandomAccessFile(*real, options, file, debug);
  }
  IOStatus FileExists(const std::string& path, const IOOptions&,
                      IODebugContext*) override {
    return Find(path) == nullptr ? IOStatus::NotFound(path) : IOStatus::OK();
  }
  IOStatus GetFileSize(const std::string& path, const IOOptions& options,
                       uint64_t* size, IODebugContext* debug) override {
    const std::string* real = Find(path);
    if (real == nullptr) return NotThere(path);
    return target()->GetFileSize(*real, options, size, debug);
  }
  IOStatus GetFileModificationTime(const std::string& path,
                                   const IOOptions& options, uint64_t* time,
                                   IODebugContext* debug) override {
    const std::string* real = Find(path);
    if (real == nullptr) return NotThere(path);
    return target()->GetFileModificationTime(*real, options, time, debug);
  }
  IOStatus GetChildren(const std::string& folder, const IOOptions&,
                       std::vector<std::string>* names,
                       IODebugContext*) override {
    names->clear();
    const std::string prefix = folder.ends_with('/') ? folder : folder + '/';
    for (const auto& [path, real] : files_) {
      if (path.starts_with(prefix) &&
          path.find('/', prefix.size()) == std::string::npos) {
        names->push_back(path.substr(prefix.size()));
      }
    }
    return names->empty() ? NotThere(folder) : IOStatus::OK();
  }
  IOStatus GetChildrenFileAttributes(const std::string& folder,
                                     const IOOptions& options,
                                     std::vector<rocksdb::FileAttributes>* all,
                                     IODebugContext* debug) override {
    // What asks the functions here, where the wrapper's asks its target.
    // NOLINTNEXTLINE(bugprone-parent-virtual-call)
    return FileSystem::GetChildrenFileAttributes(folder, options, all, debug);
  }
  IOStatus GetAbsolutePath(const std::string& path, const IOOptions&,
                           std::string* absolute, IODebugContext*) override {
    *absolute = path;
    return IOStatus::OK();
  }
  IOStatus IsDirectory(const std::string& path, const IOOptions&,
                       bool* is_folder, IODebugContext*) override {
    *is_folder = Find(path) == nullptr;
    return IOStatus::OK();
  }
  // It is asked for before anything is looked at.
  IOStatus CreateDirIfMissing(const std::string&, const IOOptions&,
                              IODebugContext*) override {
    return IOStatus::OK();
  }

  // --- What would write -----------------------------------------------------

  IOStatus NewWritableFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSWritableFile>*,
                           IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus ReopenWritableFile(const std::string& path, const FileOptions&,
                              std::unique_ptr<rocksdb::FSWritableFile>*,
                              IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus ReuseWritableFile(const std::string& path, const std::string&,
                             const FileOptions&,
                             std::unique_ptr<rocksdb::FSWritableFile>*,
                             IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus NewRandomRWFile(const std::string& path, const FileOptions&,
                           std::unique_ptr<rocksdb::FSRandomRWFile>*,
                           IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus NewDirectory(const std::string& path, const IOOptions&,
                        std::unique_ptr<rocksdb::FSDirectory>*,
                        IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus DeleteFile(const std::string& path, const IOOptions&,
                      IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus Truncate(const std::string& path, size_t, const IOOptions&,
                    IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus CreateDir(const std::string& path, const IOOptions&,
                     IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus DeleteDir(const std::string& path, const IOOptions&,
                     IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus RenameFile(const std::string& path, const std::string&,
                      const IOOptions&, IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus LinkFile(const std::string& path, const std::string&,
                    const IOOptions&, IODebugContext*) override {
    return ReadOnly(path);
  }
  IOStatus LockFile(const std::string& path, const IOOptions&,
                    rocksdb::FileLock**, IODebugContext*) override {
    return ReadOnly(path);
  }

 private:
  const std::string* Find(const std::string& path) const {
    const auto found = files_.find(path);
    return found == files_.end() ? nullptr : &found->second;
  }
  static IOStatus NotThere(const std::string& path) {
    return IOStatus::PathNotFound(path, "not in the backup");
  }
  static IOStatus ReadOnly(const std::string& path) {
    return IOStatus::NotSupported(path, "a backup is only read");
  }

  const std::map<std::string, std::string> files_;
};

}  // namespace

std::shared_ptr<rocksdb::FileSystem> MakeBackupFileSystem(
    std::map<std::string, std::string> files) {
  return std::make_shared<BackupFileSystem>(std::move(files));
}

}  // namespace daybook
