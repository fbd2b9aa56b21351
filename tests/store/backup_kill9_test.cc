// Kills a process with kill -9 at a random moment while it makes backups,
// prunes them, or restores one. Whatever it left: each backup that is listed is
// whole and restores with the root that its manifest names, no folder that is
// half restored is taken for a store, and the next call goes on.
//
// The child is this binary started afresh.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/backup.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/row_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::ChildProcess;
using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::TemporaryFolder;
using testing::Workload;

constexpr uint64_t kSeed = 11;

using Arguments = std::map<std::string, std::string>;

// --- The children ------------------------------------------------------------

int Fail(const absl::Status& status) {
  std::printf("%s\n", status.ToString().c_str());
  return 3;
}

// Appends and makes backups, until killed.
int BackUpForEver(const Arguments& arguments) {
  uint64_t next;
  if (!absl::SimpleAtoi(arguments.at("next"), &next)) return 2;
  const auto store = EventStore::Open(arguments.at("store"), {});
  if (!store.ok()) return Fail(store.status());
  const Workload workload(kSeed, 5'000);
  std::thread appender([&] {
    for (uint64_t number = next;; ++number) {
      (*store)->Append(workload.Make({0, number})).IgnoreError();
    }
  });
  while (true) {
    const auto made = (*store)->Backup(arguments.at("backups"));
    if (!made.ok()) std::_Exit(Fail(made.status()));
  }
}

int PruneForEver(const Arguments& arguments) {
  // One backup less with each call.
  for (uint64_t keep = 8; keep > 0; --keep) {
    const auto pruned =
        PruneBackups(arguments.at("backups"), keep, PruneMode::kRemove);
    if (!pruned.ok()) return Fail(pruned.status());
  }
  while (true) absl::SleepFor(absl::Seconds(1));
}

int RestoreForEver(const Arguments& arguments) {
  for (int i = 0;; ++i) {
    const auto restored =
        RestoreBackup(arguments.at("backups"), std::nullopt,
                      absl::StrCat(arguments.at("target"), "/", i));
    if (!restored.ok()) return Fail(restored.status());
  }
}

const bool kRegistered = testing::RegisterChild("backup", BackUpForEver) &&
                         testing::RegisterChild("prune", PruneForEver) &&
                         testing::RegisterChild("restore", RestoreForEver);

// --- The parent --------------------------------------------------------------

class BackupKill9Test : public ::testing::Test {
 protected:
  std::string Path(const std::string& name) { return folder_ / name; }
  std::string Backups() { return Path("backups"); }

  // True if there is a folder of backups with some in it.
  std::vector<BackupInfo> Listed() {
    const auto listed = ListBackups(Backups());
    // Killed before it was one.
    if (absl::IsNotFound(listed.status())) return {};
    EXPECT_OK(listed);
    return listed.ok() ? *listed : std::vector<BackupInfo>();
  }
  // A store with some backups.
  void MakeBackups(int count) {
    ASSERT_OK_AND_ASSIGN(const auto store, EventStore::Open(Path("store"), {}));
    for (int i = 0; i < count; ++i) {
      for (int j = 0; j < 5; ++j) {
        ASSERT_OK(store->Append(workload_.Make({0, next_++})));
      }
      ASSERT_OK(store->Backup(Backups()));
    }
  }
  void KillAfter(const std::string& child_name, const Arguments& arguments,
                 absl::Duration wait, FaultRun& run) {
    ChildProcess child(child_name, arguments, folder_ / "output");
    absl::SleepFor(wait);
    child.Kill();
    const int status = child.Wait();
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        << "the child ended by itself: " << status << "\n"
        << child.Output() << run.Replay();
  }
  // Every backup is whole; one of them is restored and looked at.
  void CheckAll(FaultRun& run) {
    const std::vector<BackupInfo> listed = Listed();
    for (const BackupInfo& info : listed) {
      ASSERT_OK(info.damage);
      ASSERT_OK_AND_ASSIGN(const BackupInfo whole,
                           VerifyBackup(Backups(), info.number));
      EXPECT_EQ(whole.tree, info.tree);
    }
    if (listed.empty()) return;
    const BackupInfo& chosen = listed[Draw(run.random(), listed.size())];
    ASSERT_OK(RestoreBackup(Backups(), chosen.number, Path("restored")));
    {
      ASSERT_OK_AND_ASSIGN(const auto store,
                           EventStore::Open(Path("restored"), {}));
      EXPECT_EQ(store->Tree().value(), chosen.tree);
      EXPECT_OK(testing::CheckLog(*store, workload_));
    }
    fs::remove_all(Path("restored"));
  }

  const TemporaryFolder folder_;
  const Workload workload_{kSeed, 5'000};
  uint64_t next_ = 0;
};

TEST_F(BackupKill9Test, EveryBackupThatIsListedRestores) {
  FaultRun run;
  uint64_t seen = 0;
  uint64_t next = 0;
  while (run.More()) {
    // Some die while the folder is being made.
    if (OneIn(run.random(), 4)) fs::remove_all(Backups());
    KillAfter("backup",
              {{"store", Path("store")},
               {"backups", Backups()},
               {"next", absl::StrCat(next += 100'000)}},
              absl::Milliseconds(50 + Draw(run.random(), 600)), run);
    if (HasFatalFailure()) return;
    seen += Listed().size();
    CheckAll(run);
    if (HasFailure()) FAIL() << run.Replay();
    // What was cut short does not stay.
    if (Listed().empty()) continue;
    ASSERT_OK(PruneBackups(Backups(), 2, PruneMode::kRemove));
    ASSERT_OK_AND_ASSIGN(const PrunedBackups rest,
                         PruneBackups(Backups(), 2, PruneMode::kTell));
    EXPECT_EQ(rest.file_count, 0);
  }
  run.Report(absl::StrCat(run.rounds(), " kills, ", seen, " backups seen"));
}

TEST_F(BackupKill9Test, PruneLeavesTheOthersWhole) {
  FaultRun run;
  uint64_t left = 0;
  while (run.More()) {
    MakeBackups(9);
    if (HasFatalFailure()) return;
    const uint64_t newest = Listed().back().number;
    KillAfter("prune", {{"backups", Backups()}},
              absl::Microseconds(Draw(run.random(), 60'000)), run);
    if (HasFatalFailure()) return;
    const std::vector<BackupInfo> listed = Listed();
    ASSERT_FALSE(listed.empty());
    EXPECT_EQ(listed.back().number, newest);
    left += listed.size();
    CheckAll(run);
    if (HasFailure()) FAIL() << run.Replay();
  }
  run.Report(absl::StrCat(run.rounds(), " kills, ", left, " backups left"));
}

TEST_F(BackupKill9Test, AFolderHalfRestoredIsNeverAStore) {
  FaultRun run;
  MakeBackups(2);
  const TreeState tree = Listed().back().tree;
  uint64_t whole = 0;
  uint64_t half = 0;
  while (run.More()) {
    const std::string target = Path("target");
    fs::create_directory(target);
    KillAfter("restore", {{"backups", Backups()}, {"target", target}},
              absl::Milliseconds(10 + Draw(run.random(), 600)), run);
    if (HasFatalFailure()) return;
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(target)) {
      names.push_back(entry.path().filename());
    }
    for (const std::string& name : names) {
      const auto store =
          EventStore::Open(target + "/" + name, {.create_if_missing = false});
      // Under its temporary name it may be a whole one already, never a part.
      if (name.ends_with(".restoring")) ++half;
      if (name.ends_with(".restoring") && !store.ok()) continue;
      ASSERT_OK(store) << name;
      EXPECT_EQ((*store)->Tree().value(), tree) << name;
      ++whole;
    }
    // What was left is in nobody's way.
    ASSERT_OK(RestoreBackup(Backups(), std::nullopt,
                            absl::StrCat(target, "/", names.size())));
    for (const std::string& name : names) {
      if (!name.ends_with(".restoring")) continue;
      const std::string again = target + "/" + name.substr(0, name.size() - 10);
      ASSERT_TRUE(fs::exists(again) ||
                  RestoreBackup(Backups(), std::nullopt, again).ok());
      EXPECT_FALSE(fs::exists(target + "/" + name));
    }
    if (HasFailure()) FAIL() << run.Replay();
    fs::remove_all(target);
  }
  run.Report(absl::StrCat(run.rounds(), " kills, ", whole, " stores restored, ",
                          half, " cut short"));
}

}  // namespace
}  // namespace daybook
