#include "tests/testing/power_cut_file_system.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

namespace daybook::testing {

namespace fs = std::filesystem;
using rocksdb::FSDirectory;
using rocksdb::FSWritableFile;
using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using rocksdb::Slice;

namespace {

constexpr uint64_t kPage = 4096;

std::string ParentOf(const std::string& path) {
  return fs::path(path).lexically_normal().parent_path().string();
}
std::string NameOf(const std::string& path) {
  return fs::path(path).filename().string();
}
uint64_t LengthOf(const std::string& path) {
  std::error_code error;
  const uint64_t length = fs::file_size(path, error);
  return error ? 0 : length;
}

}  // namespace

class PowerCutFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  PowerCutFile(std::unique_ptr<FSWritableFile>&& target,
               PowerCutFileSystem* files, PowerCutFileSystem::FilePointer file)
      : FSWritableFileOwnerWrapper(std::move(target)),
        files_(files),
        file_(std::move(file)) {}
  ~PowerCutFile() override = default;

  IOStatus Append(const Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    const std::lock_guard lock(files_->mutex_);
    files_->Step();
    IOStatus status = target()->Append(data, options, debug);
    if (status.ok()) file_->written += data.size();
    file_->length = LengthOf(file_->path);
    return status;
  }
  IOStatus Append(const Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Truncate(uint64_t size, const IOOptions& options,
                    IODebugContext* debug) override {
    const std::lock_guard lock(files_->mutex_);
    files_->Step();
    IOStatus status = target()->Truncate(size, options, debug);
    if (status.ok()) {
      file_->written = std::min(file_->written, size);
      file_->synced = std::min(file_->synced, size);
    }
    file_->length = LengthOf(file_->path);
    return status;
  }
  IOStatus Close(const IOOptions& options, IODebugContext* debug) override {
    const std::lock_guard lock(files_->mutex_);
    files_->Step();
    IOStatus status = target()->Close(options, debug);
    file_->length = LengthOf(file_->path);
    return status;
  }
  // Power is the only thing that could take away what was written, so nothing
  // need reach the disk below.
  IOStatus Sync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(files_->mutex_);
    files_->Step();
    file_->synced = file_->written;
    file_->length_synced = file_->length;
    return IOStatus::OK();
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }
  IOStatus RangeSync(uint64_t, uint64_t, const IOOptions&,
                     IODebugContext*) override {
    return IOStatus::OK();
  }
  void PrepareWrite(size_t offset, size_t length, const IOOptions& options,
                    IODebugContext* debug) override {
    const std::lock_guard lock(files_->mutex_);
    files_->Step();
    target()->PrepareWrite(offset, length, options, debug);
    file_->length = LengthOf(file_->path);
  }

 private:
  PowerCutFileSystem* const files_;
  const PowerCutFileSystem::FilePointer file_;
};

class PowerCutDirectory : public rocksdb::FSDirectoryWrapper {
 public:
  PowerCutDirectory(std::unique_ptr<FSDirectory>&& target,
                    PowerCutFileSystem* files, std::string path)
      : FSDirectoryWrapper(std::move(target)),
        files_(files),
        path_(std::move(path)) {}

  IOStatus Fsync(const IOOptions&, IODebugContext*) override {
    const std::lock_guard lock(files_->mutex_);
    files_->Step();
    PowerCutFileSystem::Folder& folder = files_->folders_[path_];
    folder.history = {folder.entries};
    return IOStatus::OK();
  }
  IOStatus FsyncWithDirOptions(const IOOptions& options, IODebugContext* debug,
                               const rocksdb::DirFsyncOptions&) override {
    return Fsync(options, debug);
  }

 private:
  PowerCutFileSystem* const files_;
  const std::string path_;
};

PowerCutFileSystem::PowerCutFileSystem(std::string folder, uint64_t seed)
    : FileSystemWrapper(rocksdb::FileSystem::Default()),
      folder_(fs::path(folder).lexically_normal()),
      graveyard_(folder_ + ".graveyard"),
      random_(seed) {
  fs::create_directories(graveyard_);
  for (const char* name : {"log", "index"}) {
    const std::string path = folder_ + "/" + name;
    Folder& known = folders_[path];
    if (fs::exists(path)) {
      for (const auto& entry : fs::directory_iterator(path)) {
        auto file = std::make_shared<File>();
        file->path = entry.path();
        file->written = file->synced = file->length = file->length_synced =
            entry.file_size();
        known.entries.emplace(NameOf(file->path), std::move(file));
      }
    }
    known.history = {known.entries};
  }
}

PowerCutFileSystem::~PowerCutFileSystem() {
  std::error_code error;
  fs::remove_all(graveyard_, error);
}

PowerCutFileSystem::Folder& PowerCutFileSystem::FolderOf(
    const std::string& path) {
  Folder& folder = folders_[ParentOf(path)];
  if (folder.history.empty()) folder.history.emplace_back();
  return folder;
}

void PowerCutFileSystem::CutAfter(uint64_t operations, const std::string& image,
                                  std::function<void()> on_cut) {
  const std::lock_guard lock(mutex_);
  cut_at_ = operations_ + operations;
  image_ = image;
  on_cut_ = std::move(on_cut);
  armed_ = true;
}

void PowerCutFileSystem::CutNow() {
  const std::lock_guard lock(mutex_);
  if (armed_ && !cut_) Cut();
}

void PowerCutFileSystem::Step() {
  ++operations_;
  if (armed_ && !cut_ && operations_ >= cut_at_) Cut();
}

void PowerCutFileSystem::Cut() {
  on_cut_();
  fs::create_directories(image_);
  for (const auto& [path, folder] : folders_) {
    if (!fs::exists(path)) continue;
    WriteImage(folder, image_ + "/" + NameOf(path));
  }
  cut_ = true;
}

void PowerCutFileSystem::WriteImage(const Folder& folder,
                                    const std::string& path) {
  fs::create_directories(path);
  // Mostly the newest, since a journal is written every few seconds and with
  // every sync of a file.
  const size_t last = folder.history.size() - 1;
  const Entries& entries =
      folder.history[OneIn(random_, 2) ? last : Draw(random_, last + 1)];
  for (const auto& [name, file] : entries) {
    WriteImageOf(*file, path + "/" + name);
  }
}

void PowerCutFileSystem::WriteImageOf(const File& file,
                                      const std::string& path) {
  std::ifstream in(file.path, std::ios::binary);
  std::string bytes(file.written, '\0');
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  const uint64_t unsynced = file.written - file.synced;
  // Whether the disk knows of the length that was preallocated.
  bool preallocated = file.length > file.written;
  if (file.length_synced < file.length && OneIn(random_, 2)) {
    preallocated = false;
  }
  uint64_t end = file.synced;
  if (unsynced > 0) {
    const uint64_t way = Draw(random_, 4);
    if (way == 0) {
      // Nothing of it.
    } else if (way == 1) {
      end = file.synced + Draw(random_, unsynced + 1);
    } else {
      // Any of its pages; half the time the last one kept is torn.
      const uint64_t odds = 2 + Draw(random_, 4);
      for (uint64_t at = file.synced; at < file.written;) {
        const uint64_t next = std::min(file.written, (at / kPage + 1) * kPage);
        const bool lost = OneIn(random_, odds);
        if (lost) {
          std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(at),
                    bytes.begin() + static_cast<std::ptrdiff_t>(next), '\0');
          lost_bytes_ += next - at;
        } else {
          end = next;
        }
        at = next;
      }
      if (way == 3 && end > file.synced) {
        end -= Draw(random_, std::min(kPage, end - file.synced) + 1);
      }
    }
  }
  lost_bytes_ += file.written - end;
  bytes.resize(end);
  std::ofstream(path, std::ios::binary)
      .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  if (preallocated) fs::resize_file(path, file.length);
}

void PowerCutFileSystem::Bury(const std::string& path) {
  Folder& folder = FolderOf(path);
  const auto found = folder.entries.find(NameOf(path));
  if (found == folder.entries.end()) return;
  const std::string grave = graveyard_ + "/" + std::to_string(++buried_);
  fs::rename(path, grave);
  found->second->path = grave;
  folder.entries.erase(found);
}

IOStatus PowerCutFileSystem::NewWritableFile(
    const std::string& path, const rocksdb::FileOptions& options,
    std::unique_ptr<FSWritableFile>* result, IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  Step();
  Bury(path);
  std::unique_ptr<FSWritableFile> target_file;
  IOStatus status =
      target()->NewWritableFile(path, options, &target_file, debug);
  if (!status.ok()) return status;
  auto file = std::make_shared<File>();
  file->path = path;
  Folder& folder = FolderOf(path);
  folder.entries[NameOf(path)] = file;
  Changed(folder);
  *result = std::make_unique<PowerCutFile>(std::move(target_file), this, file);
  return status;
}

IOStatus PowerCutFileSystem::ReopenWritableFile(
    const std::string&, const rocksdb::FileOptions&,
    std::unique_ptr<FSWritableFile>*, IODebugContext*) {
  return IOStatus::NotSupported("nobody reopens files");
}

IOStatus PowerCutFileSystem::ReuseWritableFile(const std::string&,
                                               const std::string&,
                                               const rocksdb::FileOptions&,
                                               std::unique_ptr<FSWritableFile>*,
                                               IODebugContext*) {
  return IOStatus::NotSupported("nobody reuses files");
}

IOStatus PowerCutFileSystem::NewDirectory(const std::string& path,
                                          const IOOptions& options,
                                          std::unique_ptr<FSDirectory>* result,
                                          IODebugContext* debug) {
  std::unique_ptr<FSDirectory> target_directory;
  IOStatus status =
      target()->NewDirectory(path, options, &target_directory, debug);
  if (status.ok()) {
    *result = std::make_unique<PowerCutDirectory>(
        std::move(target_directory), this,
        fs::path(path + "/x").lexically_normal().parent_path().string());
  }
  return status;
}

IOStatus PowerCutFileSystem::DeleteFile(const std::string& path,
                                        const IOOptions& options,
                                        IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  Step();
  Folder& folder = FolderOf(path);
  if (!folder.entries.contains(NameOf(path))) {
    return target()->DeleteFile(path, options, debug);
  }
  Bury(path);
  Changed(folder);
  return IOStatus::OK();
}

IOStatus PowerCutFileSystem::RenameFile(const std::string& from,
                                        const std::string& to,
                                        const IOOptions& options,
                                        IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  Step();
  Bury(to);
  IOStatus status = target()->RenameFile(from, to, options, debug);
  if (!status.ok()) return status;
  Folder& folder = FolderOf(to);
  const auto found = folder.entries.find(NameOf(from));
  if (found != folder.entries.end()) {
    FilePointer file = found->second;
    folder.entries.erase(found);
    file->path = to;
    folder.entries[NameOf(to)] = std::move(file);
    Changed(folder);
  }
  return status;
}

IOStatus PowerCutFileSystem::Truncate(const std::string& path, size_t size,
                                      const IOOptions& options,
                                      IODebugContext* debug) {
  const std::lock_guard lock(mutex_);
  Step();
  return target()->Truncate(path, size, options, debug);
}

}  // namespace daybook::testing
