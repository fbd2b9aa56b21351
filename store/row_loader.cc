#include "store/row_loader.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "rocksdb/sst_file_writer.h"
#include "store/rocks_db.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

namespace daybook {
namespace {

std::string LoadFolder(const std::string& path) { return path + "/load"; }

std::string NewFilePath(const std::string& path) {
  static std::atomic<uint64_t> next = 0;
  return absl::StrCat(LoadFolder(path), "/", next.fetch_add(1), ".sst");
}

class Loader final : public RowLoader {
 public:
  Loader(const std::shared_ptr<StoreCore>& core,
         std::shared_ptr<LogWriter> writer)
      : core_(core),
        writer_(std::move(writer)),
        path_(NewFilePath(core->path)),
        file_(rocksdb::EnvOptions(), Options(*core)) {}
  ~Loader() override {
    std::error_code ignored;
    std::filesystem::remove(path_, ignored);
  }
  Loader(const Loader&) = delete;
  Loader& operator=(const Loader&) = delete;

  absl::Status Add(std::string_view key, std::string_view value) override {
    DAYBOOK_RETURN_IF_ERROR(status_);
    return status_ = AddInOrder(key, value);
  }

  absl::Status Finish() override {
    DAYBOOK_RETURN_IF_ERROR(status_);
    status_ = absl::FailedPreconditionError("the rows were loaded already");
    if (last_key_.empty()) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(FromRocks(file_.Finish(), "write rows to load"));
    return writer_->IngestRows(path_);
  }

 private:
  static rocksdb::Options Options(const StoreCore& core) {
    return (*core.log)->GetOptions(core.log->family(kLogRows));
  }

  absl::Status AddInOrder(std::string_view key, std::string_view value) {
    DAYBOOK_RETURN_IF_ERROR(ValidateRow(key, value));
    if (last_key_.empty()) {
      DAYBOOK_RETURN_IF_ERROR(writer_->health());
      DAYBOOK_RETURN_IF_ERROR(MakeFolder(LoadFolder(core_->path)));
      DAYBOOK_RETURN_IF_ERROR(
          FromRocks(file_.Open(path_), "write rows to load"));
    } else if (key <= last_key_) {
      return absl::InvalidArgumentError(absl::StrCat(
          "row key ", Quoted(key), " does not come after ", Quoted(last_key_),
          ": load rows in order of their keys"));
    }
    last_key_ = key;
    return FromRocks(file_.Put(ToSlice(key), ToSlice(value)),
                     "write rows to load");
  }

  CoreReference core_;
  const std::shared_ptr<LogWriter> writer_;
  const std::string path_;
  rocksdb::SstFileWriter file_;
  // Empty: nothing was added yet.
  std::string last_key_;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<RowLoader> MakeRowLoader(const std::shared_ptr<StoreCore>& core,
                                         std::shared_ptr<LogWriter> writer) {
  return std::make_unique<Loader>(core, std::move(writer));
}

absl::Status RemoveLoadFolder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(LoadFolder(path), error);
  if (!error) return absl::OkStatus();
  return ErrnoStatus(error.value(), "remove " + LoadFolder(path));
}

}  // namespace daybook
