// A file system that fails, once or for good, when it is told to: what an
// append says then, what reads show, and what is there after reopening.

#include <atomic>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/file_system.h"
#include "store/open_store.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using rocksdb::IODebugContext;
using rocksdb::IOOptions;
using rocksdb::IOStatus;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::IsOkAndHolds;
using testing::StatusIs;
using testing::TemporaryFolder;

// What fails, in files whose path contains `path`, after `skip` more of it.
struct Fault {
  enum class Operation { kAppend, kSync, kCreate, kRead };
  Operation operation;
  std::string path;
  int skip = 0;
  // How often; -1 for ever.
  int times = 1;
  bool no_space = false;
  // The bytes are written all the same.
  bool after = false;
};

class FailingFileSystem : public rocksdb::FileSystemWrapper {
 public:
  FailingFileSystem() : FileSystemWrapper(rocksdb::FileSystem::Default()) {}
  const char* Name() const override { return "daybook.Failing"; }

  void Set(Fault fault) {
    const std::lock_guard lock(mutex_);
    fault_ = std::move(fault);
    armed_ = true;
  }
  void Clear() { armed_ = false; }
  int failures() const { return failures_; }

  IOStatus Check(Fault::Operation operation, const std::string& path,
                 bool* after = nullptr) {
    if (!armed_) return IOStatus::OK();
    const std::lock_guard lock(mutex_);
    if (!armed_ || operation != fault_.operation ||
        path.find(fault_.path) == std::string::npos || fault_.skip-- > 0) {
      return IOStatus::OK();
    }
    if (fault_.times > 0 && --fault_.times == 0) armed_ = false;
    ++failures_;
    if (after != nullptr) *after = fault_.after;
    return fault_.no_space ? IOStatus::NoSpace("told to fail")
                           : IOStatus::IOError("told to fail");
  }

  IOStatus NewWritableFile(const std::string& path,
                           const rocksdb::FileOptions& options,
                           std::unique_ptr<rocksdb::FSWritableFile>* result,
                           IODebugContext* debug) override;
  IOStatus NewRandomAccessFile(
      const std::string& path, const rocksdb::FileOptions& options,
      std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
      IODebugContext* debug) override;

 private:
  std::mutex mutex_;
  Fault fault_;
  std::atomic<bool> armed_ = false;
  std::atomic<int> failures_ = 0;
};

class FailingFile : public rocksdb::FSWritableFileOwnerWrapper {
 public:
  FailingFile(std::unique_ptr<rocksdb::FSWritableFile>&& target,
              FailingFileSystem* files, std::string path)
      : FSWritableFileOwnerWrapper(std::move(target)),
        files_(files),
        path_(std::move(path)) {}

  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  IODebugContext* debug) override {
    bool after = false;
    IOStatus status = files_->Check(Fault::Operation::kAppend, path_, &after);
    if (!status.ok() && !after) return status;
    IOStatus appended = target()->Append(data, options, debug);
    return status.ok() ? appended : status;
  }
  IOStatus Append(const rocksdb::Slice& data, const IOOptions& options,
                  const rocksdb::DataVerificationInfo&,
                  IODebugContext* debug) override {
    return Append(data, options, debug);
  }
  IOStatus Sync(const IOOptions& options, IODebugContext* debug) override {
    IOStatus status = files_->Check(Fault::Operation::kSync, path_);
    return status.ok() ? target()->Sync(options, debug) : status;
  }
  IOStatus Fsync(const IOOptions& options, IODebugContext* debug) override {
    return Sync(options, debug);
  }

 private:
  FailingFileSystem* const files_;
  const std::string path_;
};

class FailingReads : public rocksdb::FSRandomAccessFileOwnerWrapper {
 public:
  FailingReads(std::unique_ptr<rocksdb::FSRandomAccessFile>&& target,
               FailingFileSystem* files, std::string path)
      : FSRandomAccessFileOwnerWrapper(std::move(target)),
        files_(files),
        path_(std::move(path)) {}

  IOStatus Read(uint64_t offset, size_t size, const IOOptions& options,
                rocksdb::Slice* result, char* scratch,
                IODebugContext* debug) const override {
    IOStatus status = files_->Check(Fault::Operation::kRead, path_);
    return status.ok()
               ? target()->Read(offset, size, options, result, scratch, debug)
               : status;
  }

 private:
  FailingFileSystem* const files_;
  const std::string path_;
};

IOStatus FailingFileSystem::NewWritableFile(
    const std::string& path, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSWritableFile>* result, IODebugContext* debug) {
  if (IOStatus status = Check(Fault::Operation::kCreate, path); !status.ok()) {
    return status;
  }
  std::unique_ptr<rocksdb::FSWritableFile> file;
  IOStatus status = target()->NewWritableFile(path, options, &file, debug);
  if (status.ok()) {
    *result = std::make_unique<FailingFile>(std::move(file), this, path);
  }
  return status;
}

IOStatus FailingFileSystem::NewRandomAccessFile(
    const std::string& path, const rocksdb::FileOptions& options,
    std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
    IODebugContext* debug) {
  std::unique_ptr<rocksdb::FSRandomAccessFile> file;
  IOStatus status = target()->NewRandomAccessFile(path, options, &file, debug);
  if (status.ok()) {
    *result = std::make_unique<FailingReads>(std::move(file), this, path);
  }
  return status;
}

class IoErrorTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::unique_ptr<EventStore>> Open() {
    OpenHooks hooks;
    hooks.file_system = files_;
    StoreOptions options;
    options.durability = durability_;
    return OpenWithHooks(folder_ / "store", options, hooks);
  }

  static AppendRequest Request(int number) {
    AppendRequest request;
    for (int i = 0; i < 3; ++i) {
      request.events.push_back(
          {"s", {.type = "t", .payload = absl::StrCat(number, ".", i)}});
    }
    request.key = absl::StrCat("key-", number);
    return request;
  }

  static uint64_t CountAll(EventStore& store) {
    auto cursor = store.ReadLog();
    EXPECT_OK(cursor);
    uint64_t count = 0;
    while (cursor->Next()) ++count;
    EXPECT_OK(cursor->status());
    return count;
  }

  // Given a store with ten appends, `fault` strikes the next.
  void ExpectUnknownThenOnceAfterRetry(const Fault& fault);

  TemporaryFolder folder_;
  std::shared_ptr<FailingFileSystem> files_ =
      std::make_shared<FailingFileSystem>();
  Durability durability_ = Durability::Sync();
};

void IoErrorTest::ExpectUnknownThenOnceAfterRetry(const Fault& fault) {
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    for (int i = 0; i < 10; ++i) ASSERT_OK(store->Append(Request(i)));
    files_->Set(fault);
    const auto failed = store->Append(Request(10));
    EXPECT_EQ(files_->failures(), 1);
    EXPECT_THAT(failed, StatusIs(absl::StatusCode::kUnknown));
    EXPECT_EQ(GetAppendOutcome(failed.status()), AppendOutcome::kUnknown);

    const auto later = store->Append(Request(11));
    EXPECT_THAT(later, StatusIs(absl::StatusCode::kFailedPrecondition,
                                HasSubstr("reopen")));
    EXPECT_EQ(GetAppendOutcome(later.status()), AppendOutcome::kNotAppended);
    EXPECT_THAT(store->Append(Request(10)),
                StatusIs(absl::StatusCode::kFailedPrecondition));
    // An earlier one is still known.
    EXPECT_OK(store->Append(Request(3)));
    EXPECT_FALSE(store->Status().health.ok());
    EXPECT_THAT(store->Sync(), StatusIs(absl::StatusCode::kFailedPrecondition));

    EXPECT_EQ(store->Head(), Position(30));
    EXPECT_EQ(CountAll(*store), 30);
    EXPECT_THAT(store->FindAppend("key-10"),
                StatusIs(absl::StatusCode::kNotFound));
    EXPECT_THAT(store->ReadEvent(Position(30)),
                StatusIs(absl::StatusCode::kNotFound));
    EXPECT_OK(store->WaitForIndexes(absl::Minutes(1)));
    EXPECT_EQ(CountAll(*store), 30);
  }
  files_->Clear();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  const uint64_t head = store->Head().value();
  EXPECT_THAT(head, AnyOf(30, 33));
  ASSERT_OK_AND_ASSIGN(const AppendResult retried, store->Append(Request(10)));
  EXPECT_EQ(retried.repeated, head == 33);
  EXPECT_EQ(retried.first_position, Position(30));
  EXPECT_EQ(CountAll(*store), 33);
  ASSERT_OK_AND_ASSIGN(const AppendResult next, store->Append(Request(11)));
  EXPECT_EQ(next.first_position, Position(33));
}

TEST_F(IoErrorTest, AWriteThatFailsIsOfUnknownOutcome) {
  ExpectUnknownThenOnceAfterRetry(
      {.operation = Fault::Operation::kAppend, .path = "/log/0"});
}

TEST_F(IoErrorTest, AWriteThatFailsAfterItWroteIsOfUnknownOutcome) {
  ExpectUnknownThenOnceAfterRetry({.operation = Fault::Operation::kAppend,
                                   .path = "/log/0",
                                   .after = true});
}

TEST_F(IoErrorTest, ASyncThatFailsIsOfUnknownOutcome) {
  ExpectUnknownThenOnceAfterRetry(
      {.operation = Fault::Operation::kSync, .path = "/log/0"});
}

TEST_F(IoErrorTest, AFullDiskIsOfUnknownOutcome) {
  ExpectUnknownThenOnceAfterRetry({.operation = Fault::Operation::kAppend,
                                   .path = "/log/0",
                                   .no_space = true});
}

TEST_F(IoErrorTest, ASyncThatFailsOnAFullDiskIsOfUnknownOutcome) {
  ExpectUnknownThenOnceAfterRetry({.operation = Fault::Operation::kSync,
                                   .path = "/log/0",
                                   .no_space = true});
}

TEST_F(IoErrorTest, AWriteOfRowsThatFailsStopsAppends) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  ASSERT_OK(store->Append(Request(0)));
  RowBatch batch;
  batch.Put("row", "1");
  files_->Set({.operation = Fault::Operation::kAppend, .path = "/log/0"});

  EXPECT_THAT(store->WriteRows(batch), StatusIs(absl::StatusCode::kUnknown));

  EXPECT_THAT(store->WriteRows(batch),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store->Append(Request(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_FALSE(store->Status().health.ok());
}

TEST_F(IoErrorTest, ALoadOfRowsThatFailsAddsNothingAndHurtsNothing) {
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<RowLoader> loader, store->LoadRows());
  ASSERT_OK(loader->Add("row", "1"));
  files_->Set({.operation = Fault::Operation::kAppend, .path = "/load/"});

  EXPECT_FALSE(loader->Finish().ok());

  loader.reset();
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<RowReader> rows,
                       store->ReadRows());
  EXPECT_THAT(rows->Get("row"), IsOkAndHolds(std::nullopt));
  EXPECT_TRUE(std::filesystem::is_empty(folder_ / "store/load"));
  EXPECT_OK(store->Append(Request(1)));
}

TEST_F(IoErrorTest, ASyncThatFailsInTheBackgroundStopsAppends) {
  durability_ = Durability::None();
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventStore> store, Open());
  ASSERT_OK(store->Append(Request(0)));
  files_->Set({.operation = Fault::Operation::kSync, .path = "/log/0"});
  EXPECT_THAT(store->Sync(), StatusIs(absl::StatusCode::kInternal));
  EXPECT_EQ(store->DurableHead(), Position(0));
  EXPECT_THAT(store->Append(Request(1)),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_EQ(CountAll(*store), 3);
  EXPECT_FALSE(store->Close(absl::Seconds(5)).ok());
  store.reset();
  ASSERT_OK_AND_ASSIGN(store, Open());
  EXPECT_EQ(CountAll(*store), 3);
}

TEST_F(IoErrorTest, AFullDiskWhileOpeningIsSaidAndCostsNothing) {
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    for (int i = 0; i < 10; ++i) ASSERT_OK(store->Append(Request(i)));
  }
  for (const auto operation :
       {Fault::Operation::kCreate, Fault::Operation::kAppend,
        Fault::Operation::kSync}) {
    for (int skip = 0; skip < 12; ++skip) {
      files_->Set({.operation = operation,
                   .path = "/log/",
                   .skip = skip,
                   .times = -1,
                   .no_space = true});
      const auto opened = Open();
      if (!opened.ok()) {
        EXPECT_THAT(opened, StatusIs(absl::StatusCode::kResourceExhausted));
      } else {
        EXPECT_EQ(CountAll(**opened), 30);
      }
      files_->Clear();
    }
  }
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
  EXPECT_EQ(CountAll(*store), 30);
  EXPECT_OK(store->Append(Request(10)));
}

TEST_F(IoErrorTest, AnIndexThatCannotBeWrittenCostsNoRead) {
  ASSERT_OK_AND_ASSIGN(std::unique_ptr<EventStore> store, Open());
  files_->Set({.operation = Fault::Operation::kCreate,
               .path = "/index/",
               .times = -1,
               .no_space = true});
  for (int i = 0; i < 10; ++i) ASSERT_OK(store->Append(Request(i)));
  store->WaitForIndexes(absl::Seconds(5)).IgnoreError();
  EXPECT_EQ(CountAll(*store), 30);
  {
    ASSERT_OK_AND_ASSIGN(EventCursor stream, store->ReadStream("s"));
    uint64_t count = 0;
    while (stream.Next()) ++count;
    EXPECT_EQ(count, 30);
  }
  store->Close(absl::Seconds(5)).IgnoreError();
  store.reset();
  files_->Clear();
  ASSERT_OK_AND_ASSIGN(store, Open());
  EXPECT_TRUE(store->FindAppend("key-9").ok());
}

TEST_F(IoErrorTest, AReadThatFailsIsNeverTheEndOfAScan) {
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    for (int i = 0; i < 1000; ++i) {
      NewEvent event{.type = "t", .payload = std::string(3000, 'x')};
      ASSERT_OK(store->Append("s", ExpectedRevision::Any(), {event}));
    }
  }
  for (int skip = 0; skip < 30; ++skip) {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store, Open());
    files_->Set(
        {.operation = Fault::Operation::kRead, .path = ".sst", .skip = skip});
    const int before = files_->failures();
    ASSERT_OK_AND_ASSIGN(EventCursor cursor, store->ReadLog());
    uint64_t count = 0;
    while (cursor.Next()) ++count;
    if (cursor.status().ok()) {
      EXPECT_EQ(count, 1000) << skip;
    } else {
      EXPECT_EQ(files_->failures(), before + 1);
    }
    files_->Clear();
  }
}

}  // namespace
}  // namespace daybook
