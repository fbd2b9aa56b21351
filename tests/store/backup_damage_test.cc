// Damaged backups, and manifests that mean harm: each is found by verify and by
// restore, nothing of it becomes a store, and nothing outside is touched.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daybook/store/backup.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/backup_manifest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::Draw;
using testing::FaultRun;
using ::testing::HasSubstr;
using testing::OneIn;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Workload;
using testing::WriteFile;

class BackupDamageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_OK_AND_ASSIGN(store_, EventStore::Open(Path("store"), {}));
    for (uint64_t i = 0; i < 10; ++i) {
      ASSERT_OK(store_->Append(workload_.Make({0, i})));
    }
    ASSERT_OK(store_->Backup(Backups()));
    ASSERT_OK(store_->Append(workload_.Make({0, 10})));
    ASSERT_OK(store_->Backup(Backups()));
  }

  std::string Path(const std::string& name) { return folder_ / name; }
  std::string Backups() { return Path("backups"); }
  std::string Manifest() { return Path("backups/backups/2"); }
  // The files that backup 2 needs, and its manifest.
  std::vector<std::string> Files() {
    std::vector<std::string> files = {Manifest()};
    const auto manifest = ParseBackupManifest(ReadFile(Manifest()));
    EXPECT_OK(manifest);
    for (const BackupFile& file : manifest->files) {
      files.push_back(Path("backups/files/" + file.sha256.ToHex()));
    }
    std::sort(files.begin(), files.end());
    files.erase(std::unique(files.begin(), files.end()), files.end());
    return files;
  }
  // Those of them that are tables, the largest one last.
  std::vector<std::string> Tables() {
    std::vector<BackupFile> files;
    const auto manifest = ParseBackupManifest(ReadFile(Manifest()));
    EXPECT_OK(manifest);
    for (const BackupFile& file : manifest->files) {
      if (!file.table_id.empty()) files.push_back(file);
    }
    std::ranges::sort(files, {}, &BackupFile::size);
    std::vector<std::string> paths;
    for (const BackupFile& file : files) {
      paths.push_back(Path("backups/files/" + file.sha256.ToHex()));
    }
    return paths;
  }
  static void Flip(const std::string& path) {
    std::string bytes = ReadFile(path);
    bytes[bytes.size() / 3] ^= 1;
    WriteFile(path, bytes);
  }
  // Writes a manifest of other words, with the hash that it should have.
  void Rewrite(const std::string& from, const std::string& to) {
    std::string text = ReadFile(Manifest());
    text = text.substr(0, text.rfind("sha256 "));
    ASSERT_THAT(text, HasSubstr(from));
    text = absl::StrReplaceAll(text, {{from, to}});
    WriteFile(Manifest(), absl::StrCat(text, "sha256 ",
                                       audit::Sha256({text}).ToHex(), "\n"));
  }
  void ExpectFound(const std::string& what) {
    SCOPED_TRACE(what);
    EXPECT_THAT(VerifyBackup(Backups(), 2),
                StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_THAT(RestoreBackup(Backups(), 2, Path("restored")),
                StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_FALSE(fs::exists(Path("restored")));
    EXPECT_FALSE(fs::exists(Path("restored.restoring")));
  }

  const TemporaryFolder folder_;
  const Workload workload_{7, 2'000};
  std::unique_ptr<EventStore> store_;
};

TEST_F(BackupDamageTest, AFlippedBitAnywhereIsFound) {
  FaultRun run;
  const std::vector<std::string> files = Files();
  while (run.More()) {
    const std::string& path = files[Draw(run.random(), files.size())];
    const std::string whole = ReadFile(path);
    std::string damaged = whole;
    const size_t at = Draw(run.random(), damaged.size());
    damaged[at] = static_cast<char>(damaged[at] ^ (1 << Draw(run.random(), 8)));
    WriteFile(path, damaged);
    // The digit of a newer format is refused as one, not as damage.
    if (VerifyBackup(Backups(), 2).status().code() !=
        absl::StatusCode::kFailedPrecondition) {
      ExpectFound(absl::StrCat(path, " at ", at));
    }
    WriteFile(path, whole);
    if (HasFailure()) FAIL() << run.Replay();
  }
  EXPECT_OK(VerifyBackup(Backups(), 2));
  run.Report(absl::StrCat(run.rounds(), " flips"));
}

TEST_F(BackupDamageTest, FilesThatAreCutOrGrownOrOthersAreFound) {
  const std::vector<std::string> files = Files();
  for (size_t i = 0; i < files.size(); ++i) {
    const std::string whole = ReadFile(files[i]);
    const std::string& other = ReadFile(files[(i + 1) % files.size()]);
    for (const std::string& damaged :
         {whole.substr(0, whole.size() / 2), whole.substr(0, whole.size() - 1),
          std::string(), whole + "x", whole + std::string(4096, '\0'), other}) {
      WriteFile(files[i], damaged);
      ExpectFound(files[i]);
    }
    WriteFile(files[i], whole);
  }
  EXPECT_OK(VerifyBackup(Backups(), 2));
}

TEST_F(BackupDamageTest, AFileThatIsMissingIsFoundAndPutThereAgain) {
  for (const std::string& path : Files()) {
    if (path == Manifest()) continue;
    fs::remove(path);
    ExpectFound(path);
  }

  ASSERT_OK_AND_ASSIGN(const CreatedBackup made, store_->Backup(Backups()));

  EXPECT_EQ(made.backup.number, 3);
  EXPECT_OK(VerifyBackup(Backups(), 3));
}

TEST_F(BackupDamageTest, AFileThatWasDamagedIsNoticedAndPutThereAgain) {
  const std::vector<std::string> tables = Tables();
  for (const std::string& path : tables) Flip(path);
  ExpectFound("every table");

  ASSERT_OK_AND_ASSIGN(const CreatedBackup made, store_->Backup(Backups()));

  EXPECT_EQ(made.mended_count, tables.size());
  EXPECT_OK(VerifyBackup(Backups(), 3));
  EXPECT_OK(VerifyBackup(Backups(), 2));
  ASSERT_OK_AND_ASSIGN(const CreatedBackup next, store_->Backup(Backups()));
  EXPECT_EQ(next.mended_count, 0);
  EXPECT_EQ(next.bytes_copied, made.backup.bytes - next.bytes_shared);
}

// The store's table is not what that manifest says: the earlier backup still
// lacks its own.
TEST_F(BackupDamageTest, AFileOfAnotherHashMendsNothing) {
  const std::string path = Tables().back();
  const std::string hash = fs::path(path).filename();
  Rewrite(hash, std::string(hash.rbegin(), hash.rend()));

  ASSERT_OK_AND_ASSIGN(const CreatedBackup made, store_->Backup(Backups()));

  EXPECT_EQ(made.mended_count, 0);
  EXPECT_OK(VerifyBackup(Backups(), 3));
}

// As a disk that rots.
TEST_F(BackupDamageTest, DamageThatLeavesNoTraceIsNoticedWhenItsTurnComes) {
  const std::string path = Tables().back();
  const fs::file_time_type written = fs::last_write_time(path);
  // In the middle, which opening it does not read.
  Flip(path);
  fs::last_write_time(path, written);
  int backups = 0;
  uint64_t mended_count = 0;
  while (mended_count == 0 && backups < 32) {
    ASSERT_OK_AND_ASSIGN(const CreatedBackup made, store_->Backup(Backups()));
    mended_count = made.mended_count;
    ++backups;
  }
  EXPECT_EQ(mended_count, 1);
  EXPECT_OK(VerifyBackup(Backups(), 2));
}

TEST_F(BackupDamageTest, AnOldManifestUnderANewNameIsFound) {
  fs::remove(Manifest());
  fs::copy_file(Path("backups/backups/1"), Manifest());

  ExpectFound("stale");
}

TEST_F(BackupDamageTest, OneWithADamagedManifestIsListedAndNeverPruned) {
  WriteFile(Manifest(), "daybook backup\nformat 1\n");

  ASSERT_OK_AND_ASSIGN(const std::vector<BackupInfo> listed,
                       ListBackups(Backups()));
  ASSERT_EQ(listed.size(), 2);
  EXPECT_OK(listed[0].damage);
  EXPECT_THAT(listed[1].damage, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(PruneBackups(Backups(), 1, PruneMode::kRemove),
              StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_OK(VerifyBackup(Backups(), 1));
  // The next one does not take its number.
  ASSERT_OK_AND_ASSIGN(const CreatedBackup made, store_->Backup(Backups()));
  EXPECT_EQ(made.backup.number, 3);
}

TEST_F(BackupDamageTest, AManifestOfOtherEventsIsFound) {
  ASSERT_OK_AND_ASSIGN(const TreeState tree, store_->Tree());
  Rewrite(tree.root.ToHex(), audit::LeafHash("x").ToHex());

  ExpectFound("root");
}

TEST_F(BackupDamageTest, AManifestOfFewerEventsIsFound) {
  ASSERT_OK_AND_ASSIGN(const TreeState tree, store_->Tree());
  Rewrite(absl::StrCat("head ", tree.size, "\n"),
          absl::StrCat("head ", tree.size - 1, "\n"));

  ExpectFound("head");
}

TEST_F(BackupDamageTest, NoManifestLeadsOutOfTheFolder) {
  for (const std::string name :
       {"../evil", "log/../../evil", "/tmp/evil", "log/", "log/.", "log/..",
        "log/.hidden", "log//CURRENT", "log/a/b", "STORE", "ANCHOR", "LOCK",
        "index/CURRENT", "log/CURRENT\\0", "log", "HEAD/x", "log/MANIFEST\t"}) {
    const std::string before = ReadFile(Manifest());
    Rewrite("log/CURRENT", name);
    ExpectFound(name);
    EXPECT_FALSE(fs::exists(Path("evil")));
    WriteFile(Manifest(), before);
  }
}

TEST_F(BackupDamageTest, AFileThatIsALinkIsNotFollowed) {
  WriteFile(Path("secret"), "secret");
  for (const std::string& path : Files()) {
    const std::string whole = ReadFile(path);
    WriteFile(Path("same"), whole);
    fs::remove(path);
    fs::create_symlink(Path("same"), path);
    ExpectFound(path);
    fs::remove(path);
    WriteFile(path, whole);
  }
}

TEST_F(BackupDamageTest, ANewerFormatIsRefusedAsOne) {
  Rewrite("format 1\n", "format 2\n");
  EXPECT_THAT(VerifyBackup(Backups(), 2),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("use a newer daybook")));

  WriteFile(Path("backups/BACKUPS"),
            absl::StrReplaceAll(ReadFile(Path("backups/BACKUPS")),
                                {{"format 1", "format 2"}}));
  EXPECT_THAT(ListBackups(Backups()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
  EXPECT_THAT(store_->Backup(Backups()),
              StatusIs(absl::StatusCode::kFailedPrecondition));
}

TEST_F(BackupDamageTest, AStoreOfANewerFormatIsNotVerified) {
  Rewrite("store-format 1\n", "store-format 9\n");

  EXPECT_THAT(VerifyBackup(Backups(), 2),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("a store of format 9")));
}

TEST_F(BackupDamageTest, ADamagedFileOfTheStoreIsNotTakenIn) {
  ASSERT_OK(store_->Append(workload_.Make({0, 11})));
  ASSERT_OK(store_->Branch(Path("branch")));
  ASSERT_OK_AND_ASSIGN(const auto branch, EventStore::Open(Path("branch"), {}));
  // In the largest table, far from what opening it has read.
  fs::path largest;
  for (const auto& entry : fs::directory_iterator(Path("branch/log"))) {
    if (entry.path().extension() == ".sst" &&
        (largest.empty() || entry.file_size() > fs::file_size(largest))) {
      largest = entry.path();
    }
  }
  std::string bytes = ReadFile(largest);
  bytes[100] = static_cast<char>(bytes[100] ^ 1);
  fs::remove(largest);
  WriteFile(largest, bytes);

  EXPECT_THAT(branch->Backup(Path("others")),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("damaged")));

  ASSERT_OK_AND_ASSIGN(const std::vector<BackupInfo> listed,
                       ListBackups(Path("others")));
  EXPECT_TRUE(listed.empty());
}

}  // namespace
}  // namespace daybook
