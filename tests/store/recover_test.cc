// Damages stores in every kind of file and way, then saves what can be read,
// makes them open again, and kills those who do that half-way.
//
// What must hold: salvage gives right events and only loses what lay in the
// damage; a plan changes nothing; a recovered store opens, is a prefix of what
// was stored, as long as the plan said, and its tree is that of its events.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include "daybook/store/recover.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/tree_head.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "daybook/store/rebuild_tree.h"
#include "daybook/store/salvage.h"
#include "daybook/store/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/db.h"
#include "store/carry_heads.h"
#include "store/head_table.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/small_files.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using testing::ChildProcess;
using testing::CopyFolder;
using testing::Draw;
using testing::FaultRun;
using testing::HashFolder;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Random;
using testing::ReadFile;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Workload;
using testing::WriteFile;

constexpr uint64_t kSeed = 2112;
constexpr uint64_t kAppends = 300;
constexpr size_t kPayloadMax = 2'000;
const Operation kOperation = {
    .user = "ann", .command = "recover", .reason = "a test"};

void NoProgress(const ReindexProgress&) {}

int RecoverInChild(const std::map<std::string, std::string>& arguments) {
  const auto recovered = Recover(arguments.at("store"), StoreOptions(),
                                 kOperation, NoProgress, UINT64_MAX);
  std::printf("%s\n", recovered.status().ToString().c_str());
  return recovered.ok() ? 0 : 1;
}

int RebuildInChild(const std::map<std::string, std::string>& arguments) {
  const auto rebuilt =
      RebuildTree(arguments.at("store"), StoreOptions(), NewRoot::kRefuse);
  std::printf("%s\n", rebuilt.status().ToString().c_str());
  return rebuilt.ok() ? 0 : 1;
}

// Where the damage is, as it says.
int VerifyInChild(const std::map<std::string, std::string>& arguments) {
  const auto verified = VerifyStore(arguments.at("store"), VerifyOptions());
  const auto damage = GetDamage(verified.status());
  if (damage.has_value()) {
    std::printf("damage at %s\n", absl::StrCat(damage->value()).c_str());
  } else {
    std::printf("%s\n", verified.status().ToString().c_str());
  }
  return 0;
}

// Until it goes, this process may have no more than `most` of `resource`.
class Limited {
 public:
  Limited(__rlimit_resource resource, rlim_t most) : resource_(resource) {
    // Of a file that would be too large: the write fails instead.
    before_ = signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(resource_, &limit_), 0);
    const rlimit less = {most, limit_.rlim_max};
    EXPECT_EQ(setrlimit(resource_, &less), 0);
  }
  ~Limited() {
    setrlimit(resource_, &limit_);
    signal(SIGXFSZ, before_);
  }
  Limited(const Limited&) = delete;
  Limited& operator=(const Limited&) = delete;

 private:
  const __rlimit_resource resource_;
  rlimit limit_ = {};
  void (*before_)(int) = nullptr;
};

const bool kRegistered = testing::RegisterChild("recover", RecoverInChild) &&
                         testing::RegisterChild("rebuild", RebuildInChild) &&
                         testing::RegisterChild("verify", VerifyInChild);

class RecoverTest : public ::testing::Test {
 protected:
  // `made`: closed. `crashed`: as kill -9 leaves it, with its last appends in
  // the write-ahead log. `many_files`: `made` in many small files.
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    const Workload workload(kSeed, kPayloadMax);
    uint64_t number = 0;
    for (int opening = 0; opening < 3; ++opening) {
      ASSERT_OK_AND_ASSIGN(const auto store,
                           EventStore::Open(*folder_ / "made", StoreOptions()));
      for (; number < kAppends * (opening + 1) / 3; ++number) {
        ASSERT_OK(store->Append(
            workload.Make({static_cast<uint32_t>(number % 3), number})));
      }
      RowBatch rows;
      rows.Put("\x80row", "value");
      ASSERT_OK(store->WriteRows(rows));
      ASSERT_OK(store->Sync());
      if (opening == 2) {
        testing::CopyOpenFolder(*folder_ / "made", *folder_ / "crashed");
        CutPreallocated(*folder_ / "crashed/log");
      }
    }
    CopyFolder(*folder_ / "made", *folder_ / "many_files");
    ASSERT_OK(testing::SplitIntoSmallFiles(*folder_ / "many_files/log",
                                           testing::Database::kLog));
    events_ = std::make_unique<std::vector<Event>>();
    ASSERT_OK_AND_ASSIGN(const auto store,
                         EventStore::Open(*folder_ / "made", StoreOptions()));
    ASSERT_OK_AND_ASSIGN(EventCursor cursor, store->ReadLog());
    for (const EventView& event : cursor) {
      events_->push_back(event.ToEvent());
    }
    ASSERT_OK(cursor.status());
  }
  static void TearDownTestSuite() {
    events_.reset();
    folder_.reset();
  }

  // Write-ahead logs are 70 MB of zeros, which take long to copy.
  static void CutPreallocated(const std::string& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".log") continue;
      fs::resize_file(entry.path(), UsedBytes(entry.path()) + (64 << 10));
    }
  }

  static const std::vector<Event>& events() { return *events_; }

  void Given(const std::string& name) { CopyFolder(*folder_ / name, store()); }
  std::string store() const { return work_ / "store"; }
  // The largest file of the log with this ending.
  std::string LargestFile(std::string_view extension) const {
    std::string largest;
    for (const auto& entry : fs::directory_iterator(store() + "/log")) {
      const std::string path = entry.path();
      if (!path.ends_with(extension)) continue;
      if (largest.empty() || UsedBytes(path) > UsedBytes(largest)) {
        largest = path;
      }
    }
    return largest;
  }
  // Without preallocated zeros.
  static size_t UsedBytes(const std::string& path) {
    return ReadFile(path).find_last_not_of('\0') + 1;
  }
  static void FlipByte(const std::string& path, size_t at) {
    std::string bytes = ReadFile(path);
    ASSERT_LT(at, bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ 0x40);
    WriteFile(path, bytes);
  }

  // One random damage of one file; what it was.
  std::string DamageAtRandom(Random& random) {
    std::vector<std::string> files;
    for (const auto& entry : fs::recursive_directory_iterator(store())) {
      const std::string name = entry.path().filename();
      if (entry.is_regular_file() && !name.starts_with("LOCK") &&
          entry.path().string().find("/index/") == std::string::npos) {
        files.push_back(entry.path());
      }
    }
    std::sort(files.begin(), files.end());
    const std::string path = files[Draw(random, files.size())];
    std::string bytes = ReadFile(path);
    const size_t used = std::max<size_t>(UsedBytes(path), 1);
    const size_t at = Draw(random, used);
    const std::string name = path.substr(store().size());
    switch (Draw(random, 6)) {
      case 0:
        fs::remove(path);
        return "removed " + name;
      case 1:
        fs::resize_file(path, at);
        return absl::StrCat("cut ", name, " at ", at);
      case 2: {
        const size_t page = at / 4096 * 4096;
        for (size_t i = page; i < std::min(page + 4096, bytes.size()); ++i) {
          bytes[i] = '\0';
        }
        WriteFile(path, bytes);
        return absl::StrCat("zeroed a page of ", name, " at ", page);
      }
      case 3:
        bytes.resize(used);
        for (int i = 0; i < 3000; ++i) {
          bytes.push_back(static_cast<char>(random()));
        }
        WriteFile(path, bytes);
        return "garbage behind " + name;
      default:
        if (bytes.empty()) return "nothing done to " + name;
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << Draw(random, 8)));
        WriteFile(path, bytes);
        return absl::StrCat("flipped a bit of ", name, " of ", used, " at ",
                            at);
    }
  }

  // The copy of a process that was killed lets go of the folder a moment later.
  void WaitUntilFree() {
    const auto nothing = [](const SalvagedEvent&) { return absl::OkStatus(); };
    while (absl::IsFailedPrecondition(Salvage(store(), nothing).status())) {
      absl::SleepFor(absl::Milliseconds(1));
    }
  }

  // Kills who recovers the store, or makes its tree anew, when a step of that,
  // drawn at random, can be seen, or a moment later. Whether it was still
  // there.
  bool KillBehindAStep(ChildProcess& child, Random& random) {
    const std::vector<std::string> steps = {"",
                                            "recover-making",
                                            "recover-making/log/CURRENT",
                                            "recover-making/STORE",
                                            "recovered-1",
                                            "damaged-1"};
    const size_t step = Draw(random, steps.size());
    const std::string seen = absl::StrCat(store(), "/", steps[step]);
    while (!child.HasEnded() && !fs::exists(seen)) {
    }
    // The exchange is over soon, what comes before it is not.
    absl::SleepFor(absl::Microseconds(Draw(random, step < 4 ? 20'000 : 500)));
    child.Kill();
    const bool killed = WIFSIGNALED(child.Wait());
    WaitUntilFree();
    return killed;
  }

  // What salvage gives, which must be right.
  SalvageReport SalvageRight() {
    uint64_t next = 0;
    uint64_t count = 0;
    const auto report = Salvage(store(), [&](const SalvagedEvent& salvaged) {
      const uint64_t position = salvaged.event.position.value();
      EXPECT_GE(position, next);
      next = position + 1;
      ++count;
      EXPECT_LT(position, events().size());
      EXPECT_TRUE(position >= events().size() ||
                  salvaged.event.ToEvent() == events()[position])
          << position;
      return absl::OkStatus();
    });
    EXPECT_OK(report);
    if (!report.ok()) return {};
    EXPECT_EQ(report->event_count, count);
    uint64_t missing = 0;
    for (const SalvageGap& gap : report->gaps) {
      missing += gap.to.value() - gap.from.value();
    }
    if (report->acknowledged.has_value()) {
      EXPECT_EQ(count + missing, events().size());
    }
    return *report;
  }

  // The recovered store: a prefix of what was stored, of `keep` events, then
  // the event that says so.
  void ExpectRecovered(Position keep) {
    ASSERT_OK_AND_ASSIGN(const auto opened,
                         EventStore::Open(store(), StoreOptions()));
    ASSERT_EQ(opened->Head().value(), keep.value() + 1);
    ASSERT_OK_AND_ASSIGN(EventCursor cursor, opened->ReadLog());
    for (uint64_t i = 0; i < keep.value(); ++i) {
      ASSERT_TRUE(cursor.Next()) << cursor.status();
      ASSERT_TRUE(cursor.event().ToEvent() == events()[i]) << i;
    }
    ASSERT_TRUE(cursor.Next()) << cursor.status();
    EXPECT_EQ(cursor.event().stream, "$operations");
    EXPECT_THAT(std::string(cursor.event().payload),
                HasSubstr(absl::StrCat("events below ", keep.value())));
    EXPECT_OK(opened->CheckTree(Position(0), opened->Head()));
    ASSERT_OK(
        opened->Append("after", ExpectedRevision::Any(), {{.type = "t"}}));
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::unique_ptr<std::vector<Event>> events_;
  TemporaryFolder work_;
};

std::unique_ptr<TemporaryFolder> RecoverTest::folder_;
std::unique_ptr<std::vector<Event>> RecoverTest::events_;

// --- Salvage ----------------------------------------------------------------

TEST_F(RecoverTest, SalvageOfAWholeStoreGivesEveryEvent) {
  for (const char* name : {"made", "crashed", "many_files"}) {
    Given(name);
    const SalvageReport report = SalvageRight();
    EXPECT_TRUE(report.complete()) << name;
    EXPECT_EQ(report.event_count, events().size());
    EXPECT_THAT(report.notes, ::testing::IsEmpty());
  }
}

TEST_F(RecoverTest, SalvageNeedsNothingAroundTheLog) {
  Given("crashed");
  fs::remove(store() + "/STORE");
  fs::remove_all(store() + "/index");
  for (const auto& entry : fs::directory_iterator(store() + "/log")) {
    const std::string path = entry.path();
    if (!path.ends_with(".sst") && !path.ends_with(".log")) fs::remove(path);
  }
  EXPECT_TRUE(SalvageRight().complete());
  fs::remove(store() + "/ANCHOR");
  const SalvageReport report = SalvageRight();
  EXPECT_EQ(report.event_count, events().size());
  EXPECT_FALSE(report.complete());
}

// A block holds 32 KiB of chunks and one that begins in there.
TEST_F(RecoverTest, ADamagedBlockCostsOnlyItsChunks) {
  Given("made");
  const std::string file = LargestFile(".sst");
  FlipByte(file, UsedBytes(file) / 2);
  const SalvageReport report = SalvageRight();
  ASSERT_EQ(report.gap_count, 1);
  EXPECT_THAT(report.gaps[0].why, HasSubstr("checksum mismatch"));
  size_t lost_bytes = 0;
  for (uint64_t i = report.gaps[0].from.value(); i < report.gaps[0].to.value();
       ++i) {
    lost_bytes += events()[i].payload.size();
  }
  EXPECT_LE(lost_bytes, (64 << 10) + kPayloadMax);
}

TEST_F(RecoverTest, WhatLeadsToTheBlocksOfAFileIsNotNeeded) {
  Given("made");
  const std::string file = LargestFile(".sst");
  const std::string bytes = ReadFile(file);
  // The footer, the properties or the index, all of that.
  for (const size_t from_end : {size_t{20}, size_t{60}, size_t{600}}) {
    FlipByte(file, bytes.size() - from_end);
    EXPECT_EQ(SalvageRight().event_count, events().size()) << from_end;
  }
  WriteFile(file, bytes + "garbage");
  EXPECT_EQ(SalvageRight().event_count, events().size());
}

TEST_F(RecoverTest, ADamagedWriteAheadLogCostsOneAppendAtMost) {
  FaultRun run;
  while (run.More()) {
    Given("crashed");
    const std::string file = LargestFile(".log");
    FlipByte(file, Draw(run.random(), UsedBytes(file)));
    const SalvageReport report = SalvageRight();
    EXPECT_LE(report.gap_count, 1);
    for (const SalvageGap& gap : report.gaps) {
      const Event& first = events()[gap.from.value()];
      EXPECT_LE(gap.to.value(),
                first.append_first_position.value() + first.append_count);
    }
  }
  run.Report(absl::StrCat(run.rounds(), " flips"));
}

TEST_F(RecoverTest, SalvageOfAnyDamageGivesRightEventsAndChangesNothing) {
  FaultRun run;
  uint64_t complete = 0;
  while (run.More()) {
    Given(std::vector{"made", "crashed", "many_files"}[Draw(run.random(), 3)]);
    const std::string done = DamageAtRandom(run.random());
    SCOPED_TRACE(done);
    if (!fs::exists(store() + "/log")) continue;
    const uint64_t before = HashFolder(store());
    complete += SalvageRight().complete() ? 1 : 0;
    EXPECT_EQ(HashFolder(store()), before);
  }
  run.Report(absl::StrCat(complete, " of ", run.rounds(), " complete"));
}

TEST_F(RecoverTest, ADifferentEventInAForeignFileIsToldOfAndNotTaken) {
  {
    ASSERT_OK_AND_ASSIGN(const auto other,
                         EventStore::Open(work_ / "other", StoreOptions()));
    ASSERT_OK(other->Append("x", ExpectedRevision::Any(), {{.type = "t"}}));
  }
  // Older, or newer: then the audit tree tells.
  for (const char* prefix : {"00000", "90000"}) {
    Given("made");
    int number = 0;
    for (const auto& entry : fs::directory_iterator(work_ / "other/log")) {
      if (entry.path().extension() != ".sst") continue;
      fs::copy_file(entry.path(),
                    absl::StrCat(store(), "/log/", prefix, ++number, ".sst"));
    }
    const SalvageReport report = SalvageRight();
    EXPECT_TRUE(report.complete());
    EXPECT_THAT(report.notes,
                ::testing::Contains(
                    AllOf(HasSubstr(absl::StrCat("position 0: ", prefix)),
                          HasSubstr("in the audit tree and was taken"))));
  }
}

TEST_F(RecoverTest, AStoreThatIsOpenIsNotSalvagedNorRecovered) {
  Given("made");
  ASSERT_OK_AND_ASSIGN(const auto open,
                       EventStore::Open(store(), StoreOptions()));
  const auto nothing = [](const SalvagedEvent&) { return absl::OkStatus(); };
  const auto held =
      StatusIs(absl::StatusCode::kFailedPrecondition, HasSubstr("is held by"));
  EXPECT_THAT(Salvage(store(), nothing), held);
  EXPECT_THAT(PlanRecovery(store(), StoreOptions()), held);
  EXPECT_THAT(
      Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX),
      held);
  EXPECT_THAT(RebuildTree(store(), StoreOptions(), NewRoot::kRefuse), held);
}

// --- Recover ----------------------------------------------------------------

TEST_F(RecoverTest, AWholeStoreIsLeftAlone) {
  for (const char* name : {"made", "crashed", "many_files"}) {
    Given(name);
    const uint64_t before = HashFolder(store());
    ASSERT_OK_AND_ASSIGN(const RecoveryPlan plan,
                         PlanRecovery(store(), StoreOptions()));
    EXPECT_OK(plan.problem) << name;
    ASSERT_OK(
        Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
    EXPECT_EQ(HashFolder(store()), before);
  }
}

TEST_F(RecoverTest, AMissingAnchorTakesNothingButWhatIsKnownOfLosses) {
  Given("crashed");
  fs::remove(store() + "/ANCHOR");
  ASSERT_OK_AND_ASSIGN(
      const Recovery done,
      Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
  EXPECT_FALSE(done.plan.acknowledged.has_value());
  EXPECT_FALSE(done.plan.drops_rows);
  EXPECT_EQ(done.plan.keep.value(), events().size());
  ExpectRecovered(done.plan.keep);
  ASSERT_OK_AND_ASSIGN(const auto opened,
                       EventStore::Open(store(), StoreOptions()));
  ASSERT_OK_AND_ASSIGN(const auto rows, opened->ReadRows());
  EXPECT_THAT(rows->Get("\x80row"),
              testing::IsOkAndHolds(std::string("value")));
}

TEST_F(RecoverTest, ADamagedTailIsDroppedAndToldOf) {
  Given("crashed");
  const std::string file = LargestFile(".log");
  FlipByte(file, UsedBytes(file) / 2);
  ASSERT_THAT(EventStore::Open(store(), StoreOptions()),
              StatusIs(absl::StatusCode::kDataLoss));
  const SalvageReport report = SalvageRight();
  ASSERT_EQ(report.gap_count, 1);
  const Position gap = report.gaps[0].from;
  ASSERT_OK_AND_ASSIGN(
      const Recovery done,
      Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
  // Up to the append that is damaged.
  EXPECT_EQ(done.plan.keep, events()[gap.value()].append_first_position);
  EXPECT_EQ(done.plan.first_damage, gap);
  EXPECT_EQ(done.plan.acknowledged, Position(events().size()));
  EXPECT_GT(done.plan.readable_count, 0);
  EXPECT_TRUE(fs::exists(done.damaged_folder + "/log"));
  ExpectRecovered(done.plan.keep);
}

TEST_F(RecoverTest, OfDamageInTheMiddleItSaysThatTheStoreMayStillOpen) {
  Given("made");
  const std::string file = LargestFile(".sst");
  FlipByte(file, UsedBytes(file) / 2);
  ASSERT_OK_AND_ASSIGN(const RecoveryPlan plan,
                       PlanRecovery(store(), StoreOptions()));
  EXPECT_THAT(plan.problem, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_TRUE(plan.may_open);
  EXPECT_OK(EventStore::Open(store(), StoreOptions()));
}

TEST_F(RecoverTest, AHeadThatTheLogDoesNotContinueIsSetAside) {
  Given("made");
  std::string head = ReadFile(store() + "/HEAD");
  // A character of the root.
  head[head.size() - 5] = head[head.size() - 5] == 'A' ? 'B' : 'A';
  WriteFile(store() + "/HEAD", head);
  const absl::Status opened =
      EventStore::Open(store(), StoreOptions()).status();
  ASSERT_THAT(opened, StatusIs(absl::StatusCode::kDataLoss));
  // One root says that something is wrong, not where.
  EXPECT_EQ(GetDamage(opened), std::nullopt);
  ASSERT_OK_AND_ASSIGN(const Recovery done, Recover(store(), StoreOptions(),
                                                    kOperation, NoProgress));
  EXPECT_THAT(done.plan.problem, StatusIs(absl::StatusCode::kDataLoss,
                                          HasSubstr("has another root")));
  EXPECT_EQ(done.plan.keep.value(), events().size());
  EXPECT_FALSE(done.plan.drops_rows);
  EXPECT_EQ(ReadFile(done.damaged_folder + "/HEAD"), head);
  ExpectRecovered(done.plan.keep);
}

TEST_F(RecoverTest, AHeadOfMoreEventsThanThereAreIsAProblem) {
  Given("made");
  std::string head = ReadFile(store() + "/HEAD");
  const size_t size = head.find('\n') + 1;
  WriteFile(store() + "/HEAD", head.insert(size, "9"));
  ASSERT_THAT(EventStore::Open(store(), StoreOptions()),
              StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK_AND_ASSIGN(const RecoveryPlan plan,
                       PlanRecovery(store(), StoreOptions()));
  EXPECT_THAT(plan.problem,
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("/HEAD has 9")));
}

TEST_F(RecoverTest, VerificationNamesTheFirstDamageThatAPlanNames) {
  FaultRun run;
  uint64_t placed = 0;
  while (run.More()) {
    Given(std::vector{"made", "crashed", "many_files"}[Draw(run.random(), 3)]);
    SCOPED_TRACE(DamageAtRandom(run.random()));
    const auto plan = PlanRecovery(store(), StoreOptions());
    if (absl::IsFailedPrecondition(plan.status())) continue;
    ASSERT_OK(plan);
    ChildProcess child("verify", {{"store", store()}}, work_ / "output");
    if (WIFSIGNALED(child.Wait())) continue;
    if (plan->problem.ok() || !plan->first_damage.has_value()) continue;
    ++placed;
    EXPECT_THAT(child.Output(),
                HasSubstr(absl::StrCat("damage at ",
                                       plan->first_damage->value(), "\n")));
  }
  // Of few rounds none may be one that damages the log.
  EXPECT_TRUE(placed > 0 || run.rounds() < 20);
  run.Report(absl::StrCat(placed, " of ", run.rounds(), " at a position"));
}

// Then no one knows by the database where the log ends: it is not too short.
TEST_F(RecoverTest, ALogWhoseLastFileIsDamagedIsNotTakenForOneRolledBack) {
  Given("many_files");
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(store() + "/log")) {
    if (entry.path().extension() == ".sst") files.push_back(entry.path());
  }
  std::ranges::sort(files, std::greater());
  // The first of them that has events, and not those of the tree and so on.
  for (const std::string& path : files) {
    SCOPED_TRACE(path);
    Given("many_files");
    std::string bytes = ReadFile(path);
    if (bytes.size() < 2 * 4096) continue;
    std::fill_n(bytes.begin() + 4096, 4096, '\0');
    WriteFile(path, bytes);
    ASSERT_OK_AND_ASSIGN(const RecoveryPlan plan,
                         PlanRecovery(store(), StoreOptions()));
    if (!plan.first_damage.has_value()) continue;
    EXPECT_EQ(GetDamage(VerifyStore(store(), VerifyOptions()).status()),
              plan.first_damage);
    return;
  }
  FAIL() << "no file has events";
}

TEST_F(RecoverTest, DamageThatWasFoundStandsWhereThereIsNoRoomToLookAgain) {
  Given("crashed");
  const std::string file = LargestFile(".sst");
  FlipByte(file, UsedBytes(file) / 2);
  const absl::Status known = VerifyStore(store(), VerifyOptions()).status();
  ASSERT_TRUE(GetDamage(known).has_value()) << known;
  const absl::Status found = [&] {
    const Limited no_files(RLIMIT_FSIZE, 0);
    return VerifyStore(store(), VerifyOptions()).status();
  }();
  EXPECT_THAT(found, StatusIs(absl::StatusCode::kDataLoss,
                              HasSubstr("could not be looked for")));
  EXPECT_TRUE(GetDamage(found).has_value()) << found;
}

TEST_F(RecoverTest, ASecondLookIsEndedByWhoWatchesIt) {
  Given("crashed");
  const std::string file = LargestFile(".sst");
  FlipByte(file, UsedBytes(file) / 2);
  uint64_t begun = 0;
  VerifyOptions options;
  options.progress = [&](Position at, Position) {
    if (at == Position(0)) ++begun;
    return begun < 2;
  };
  EXPECT_THAT(VerifyStore(store(), options),
              StatusIs(absl::StatusCode::kCancelled));
}

TEST_F(RecoverTest, WhereEveryEventIsWholeVerificationNamesNone) {
  for (const char* file : {"/log/CURRENT", "/ANCHOR", "/STORE"}) {
    Given("made");
    fs::remove(store() + file);
    const absl::Status verified =
        VerifyStore(store(), VerifyOptions()).status();
    EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss)) << file;
    EXPECT_EQ(GetDamage(verified), std::nullopt) << verified;
  }
}

TEST_F(RecoverTest, HeadsBelowTheCutAreKept) {
  const auto sizes = [&] {
    std::vector<uint64_t> found;
    const auto verified = VerifyStore(store(), VerifyOptions());
    EXPECT_OK(verified);
    if (!verified.ok()) return found;
    for (const KeptTreeHead& kept : verified->table) {
      found.push_back(kept.head.size);
    }
    // HEAD has the last one.
    EXPECT_TRUE(verified->head_file.has_value());
    EXPECT_EQ(verified->head_file->text, verified->table.back().text);
    return found;
  };
  Given("crashed");
  const std::vector<uint64_t> before = sizes();
  ASSERT_EQ(before.size(), 2);
  for (const char* damage : {"wal", "database", "anchor"}) {
    SCOPED_TRACE(damage);
    Given("crashed");
    const std::string wal = LargestFile(".log");
    if (damage == std::string_view("wal")) FlipByte(wal, UsedBytes(wal) / 2);
    fs::remove(store() + (damage == std::string_view("database")
                              ? "/log/CURRENT"
                              : "/ANCHOR"));
    ASSERT_OK(
        Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
    EXPECT_EQ(sizes(), before);
  }
}

TEST_F(RecoverTest, HeadsAboveTheCutAreNot) {
  Given("made");
  ASSERT_OK_AND_ASSIGN(const VerifiedStore before,
                       VerifyStore(store(), VerifyOptions()));
  const std::string file = LargestFile(".sst");
  FlipByte(file, UsedBytes(file) / 2);
  ASSERT_OK_AND_ASSIGN(
      const Recovery done,
      Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(store(), VerifyOptions()));
  ASSERT_GT(before.table.back().head.size, done.plan.keep.value());
  for (const KeptTreeHead& kept : verified.table) {
    EXPECT_LE(kept.head.size, done.plan.keep.value());
  }
}

TEST_F(RecoverTest, AppendsRemainWholeOrNotAtAll) {
  FaultRun run;
  while (run.More()) {
    Given("crashed");
    const std::string file = LargestFile(".log");
    fs::resize_file(file, Draw(run.random(), UsedBytes(file)));
    ASSERT_OK_AND_ASSIGN(
        const Recovery done,
        Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
    const uint64_t keep = done.plan.keep.value();
    if (keep == 0 || keep == events().size()) continue;
    EXPECT_EQ(events()[keep].append_first_position.value(), keep);
    ExpectRecovered(done.plan.keep);
  }
  run.Report(absl::StrCat(run.rounds(), " cuts"));
}

TEST_F(RecoverTest, WhatAnOpeningRefusesAPlanNames) {
  Given("many_files");
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(store() + "/log")) {
    if (entry.path().extension() == ".sst") files.push_back(entry.path());
  }
  uint64_t refused = 0;
  for (const std::string& file : files) {
    SCOPED_TRACE(file);
    Given("many_files");
    // In the first block, which may be of events, rows, tiles or heads.
    FlipByte(file, 20);
    const uint64_t before = HashFolder(store());
    ASSERT_OK_AND_ASSIGN(const RecoveryPlan plan,
                         PlanRecovery(store(), StoreOptions()));
    if (EventStore::Open(store(), StoreOptions()).ok()) continue;
    ++refused;
    EXPECT_EQ(HashFolder(store()), before) << "an opening changed something";
    EXPECT_THAT(plan.problem, StatusIs(absl::StatusCode::kDataLoss));
  }
  EXPECT_GT(refused, 0u);
}

TEST_F(RecoverTest, AnyDamageIsRecoveredFromAsThePlanSaid) {
  FaultRun run;
  uint64_t recovered = 0;
  while (run.More()) {
    Given(std::vector{"made", "crashed", "many_files"}[Draw(run.random(), 3)]);
    SCOPED_TRACE(DamageAtRandom(run.random()));
    const uint64_t before = HashFolder(store());
    const auto plan = PlanRecovery(store(), StoreOptions());
    EXPECT_EQ(HashFolder(store()), before) << "a plan changed something";
    // A format that is none is not taken for damage.
    if (absl::IsFailedPrecondition(plan.status())) continue;
    ASSERT_OK(plan);
    if (plan->problem.ok()) {
      EXPECT_OK(EventStore::Open(store(), StoreOptions()));
      continue;
    }
    ASSERT_OK_AND_ASSIGN(
        const Recovery done,
        Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
    ++recovered;
    EXPECT_EQ(done.plan.keep, plan->keep);
    ExpectRecovered(plan->keep);
  }
  run.Report(absl::StrCat(recovered, " of ", run.rounds(), " recovered"));
}

TEST_F(RecoverTest, KilledAtAnyMomentItIsEndedByTheNextOne) {
  FaultRun run;
  uint64_t killed = 0;
  uint64_t begun = 0;
  while (run.More()) {
    Given("crashed");
    const std::string file = LargestFile(".log");
    FlipByte(file, UsedBytes(file) / 2);
    ASSERT_OK_AND_ASSIGN(const RecoveryPlan plan,
                         PlanRecovery(store(), StoreOptions()));
    ChildProcess child("recover", {{"store", store()}}, work_ / "output");
    if (KillBehindAStep(child, run.random())) ++killed;
    ASSERT_OK_AND_ASSIGN(
        const Recovery done,
        Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
    if (done.plan.is_begun) ++begun;
    ASSERT_FALSE(fs::exists(store() + "/recovered-1"));
    ExpectRecovered(plan.keep);
  }
  EXPECT_TRUE(killed > 0 || run.rounds() < 20);
  run.Report(absl::StrCat(killed, " of ", run.rounds(), " killed, ", begun,
                          " between two renames"));
}

// Each step of the exchange is a rename: the folder as it is between two.
TEST_F(RecoverTest, BetweenTwoRenamesAStoreIsRefusedUntilItIsEnded) {
  Given("crashed");
  const std::string file = LargestFile(".log");
  FlipByte(file, UsedBytes(file) / 2);
  ASSERT_OK_AND_ASSIGN(
      const Recovery done,
      Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
  // Backwards, step by step.
  const auto move = [&](const std::string& from, const std::string& to) {
    fs::rename(store() + "/" + from, store() + "/" + to);
  };
  fs::create_directory(store() + "/recovered-1");
  const auto expect_refused = [&] {
    const uint64_t before = HashFolder(store());
    EXPECT_THAT(EventStore::Open(store(), StoreOptions()),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("cut short")));
    EXPECT_EQ(HashFolder(store()), before);
  };
  move("log", "recovered-1/log");
  expect_refused();
  move("index", "recovered-1/index");
  expect_refused();
  move("damaged-1/index", "index");
  expect_refused();
  move("ANCHOR", "recovered-1/ANCHOR");
  expect_refused();
  move("damaged-1/ANCHOR", "ANCHOR");
  expect_refused();
  const std::string head = ReadFile(store() + "/HEAD");
  move("HEAD", "recovered-1/HEAD");
  expect_refused();
  move("damaged-1/HEAD", "HEAD");
  expect_refused();
  ASSERT_OK_AND_ASSIGN(
      const Recovery again,
      Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
  EXPECT_TRUE(again.plan.is_begun);
  EXPECT_EQ(ReadFile(store() + "/HEAD"), head);
  EXPECT_FALSE(fs::exists(store() + "/recovered-1"));
  ExpectRecovered(done.plan.keep);
}

// Then nothing but the new folders says that the exchange was begun.
TEST_F(RecoverTest, AStoreThatHadNoLogGetsItsNewIdentityWhereverItWasCutShort) {
  Given("made");
  fs::remove_all(store() + "/log");
  std::string identity = ReadFile(store() + "/STORE");
  identity[identity.size() - 2] ^= 1;
  WriteFile(store() + "/STORE", identity);
  ASSERT_OK(
      Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
  const std::string new_identity = ReadFile(store() + "/STORE");
  // Back to where the exchange has just begun.
  fs::create_directory(store() + "/recovered-1");
  for (const char* name : {"/log", "/index", "/ANCHOR", "/STORE"}) {
    fs::rename(store() + name, store() + "/recovered-1" + name);
  }
  fs::copy_file(store() + "/damaged-1/STORE", store() + "/STORE");
  CopyFolder(store(), work_ / "begun");
  for (const bool is_kept : {false, true}) {
    SCOPED_TRACE(is_kept);
    CopyFolder(work_ / "begun", store());
    if (!is_kept) fs::remove(store() + "/damaged-1/STORE");

    ASSERT_OK_AND_ASSIGN(
        const Recovery ended,
        Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));

    EXPECT_TRUE(ended.plan.is_begun);
    EXPECT_EQ(ReadFile(store() + "/STORE"), new_identity);
    EXPECT_EQ(ReadFile(store() + "/damaged-1/STORE"), identity);
    EXPECT_OK(EventStore::Open(store(), StoreOptions()));
  }
}

TEST_F(RecoverTest, TwiceDamagedItKeepsWhatWasInUseBothTimes) {
  Given("crashed");
  for (const char* kept : {"damaged-1", "damaged-2"}) {
    fs::remove(store() + "/ANCHOR");
    ASSERT_OK(
        Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
    EXPECT_TRUE(fs::exists(store() + "/" + kept + "/log/CURRENT"));
  }
}

TEST_F(RecoverTest, AFolderWithoutAStoreHasNothingToRecover) {
  EXPECT_THAT(PlanRecovery(work_ / "none", StoreOptions()),
              StatusIs(absl::StatusCode::kNotFound));
}

// --- The audit tree ---------------------------------------------------------

class RebuildTreeTest : public RecoverTest {
 protected:
  // Puts into the family of the tree what no program would.
  void ChangeTree(std::string_view key, std::string_view value) {
    rocksdb::DBOptions options;
    options.info_log_level = rocksdb::FATAL_LEVEL;
    const std::string path = store() + "/log";
    std::vector<std::string> names;
    ASSERT_TRUE(rocksdb::DB::ListColumnFamilies(options, path, &names).ok());
    // One that moved files to other levels would be in the store's way.
    rocksdb::ColumnFamilyOptions as_they_are;
    as_they_are.disable_auto_compactions = true;
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const std::string& name : names) {
      families.emplace_back(name, as_they_are);
    }
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened;
    ASSERT_TRUE(
        rocksdb::DB::Open(options, path, families, &handles, &opened).ok());
    const std::unique_ptr<rocksdb::DB> db(opened);
    for (rocksdb::ColumnFamilyHandle* handle : handles) {
      if (handle->GetName() == "tree") {
        ASSERT_TRUE(db->Put(rocksdb::WriteOptions(), handle,
                            rocksdb::Slice(key.data(), key.size()),
                            rocksdb::Slice(value.data(), value.size()))
                        .ok());
      }
      ASSERT_TRUE(db->DestroyColumnFamilyHandle(handle).ok());
    }
    ASSERT_TRUE(db->Close().ok());
  }

  void ExpectWhole() {
    ASSERT_OK_AND_ASSIGN(const auto opened,
                         EventStore::Open(store(), StoreOptions()));
    EXPECT_EQ(opened->Head().value(), events().size());
    EXPECT_OK(opened->CheckTree(Position(0), opened->Head()));
    ASSERT_OK_AND_ASSIGN(const auto rows, opened->ReadRows());
    EXPECT_THAT(rows->Get("\x80row"),
                testing::IsOkAndHolds(std::string("value")));
  }
};

TEST_F(RebuildTreeTest, AWholeTreeIsLeftAlone) {
  Given("crashed");
  const uint64_t before = HashFolder(store());
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
  EXPECT_FALSE(done.rebuilt);
  EXPECT_EQ(done.made.size, events().size());
  EXPECT_EQ(HashFolder(store()), before);
}

TEST_F(RebuildTreeTest, ADamagedTileIsMadeAnewWithTheSameRoot) {
  Given("made");
  ChangeTree(std::string(9, '\0'), std::string(256 * 32, 'x'));
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
  EXPECT_TRUE(done.rebuilt);
  EXPECT_EQ(done.written, done.made);
  ExpectWhole();
}

TEST_F(RebuildTreeTest, AHeadThatCantBeReadIsMadeAnewAndTheStoreOpens) {
  Given("made");
  ChangeTree("head", "?");
  ASSERT_THAT(EventStore::Open(store(), StoreOptions()),
              StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
  EXPECT_FALSE(done.written.has_value());
  ExpectWhole();
}

TEST_F(RebuildTreeTest, AnotherRootIsRefusedUnlessItIsAccepted) {
  Given("made");
  std::string head(1, '\x01');
  const uint64_t size = events().size();
  head.append(reinterpret_cast<const char*>(&size), sizeof(size));
  head.append(32, 'r');
  ChangeTree("head", head);
  const uint64_t before = HashFolder(store());
  EXPECT_THAT(RebuildTree(store(), StoreOptions(), NewRoot::kRefuse),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("one of them was changed")));
  EXPECT_EQ(HashFolder(store()), before);
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kAccept));
  EXPECT_TRUE(done.rebuilt);
  EXPECT_NE(done.written, done.made);
  ExpectWhole();
}

TEST_F(RebuildTreeTest, HeadsThatWereKeptAreKeptOn) {
  Given("made");
  ASSERT_OK_AND_ASSIGN(const VerifiedStore before,
                       VerifyStore(store(), VerifyOptions()));
  ChangeTree("head", "?");
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
  EXPECT_THAT(done.dropped, ::testing::IsEmpty());
  ASSERT_OK_AND_ASSIGN(const VerifiedStore after,
                       VerifyStore(store(), VerifyOptions()));
  EXPECT_EQ(after.table.size(), before.table.size());
  ASSERT_TRUE(after.head_file.has_value());
  EXPECT_EQ(after.head_file->text, before.head_file->text);
}

TEST_F(RebuildTreeTest,
       AHeadThatTheEventsDoNotContinueIsOnlyDroppedIfAccepted) {
  Given("made");
  ChangeTree("head", "?");
  std::string head = ReadFile(store() + "/HEAD");
  // A character of the root.
  head[head.size() - 5] = head[head.size() - 5] == 'A' ? 'B' : 'A';
  WriteFile(store() + "/HEAD", head);
  const uint64_t before = HashFolder(store());
  EXPECT_THAT(RebuildTree(store(), StoreOptions(), NewRoot::kRefuse),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       HasSubstr("a head that was kept")));
  EXPECT_EQ(HashFolder(store()), before);
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kAccept));
  ASSERT_EQ(done.dropped.size(), 1);
  EXPECT_EQ(done.dropped[0].text, head);
  EXPECT_EQ(ReadFile(done.damaged_folder + "/HEAD"), head);
  ExpectWhole();
}

// One of more events than there are: nothing was changed, something is gone.
TEST_F(RebuildTreeTest, AHeadOfALogThatLostItsEndSaysSoAndIsDroppedIfAccepted) {
  Given("made");
  ASSERT_OK_AND_ASSIGN(audit::TreeHead longer,
                       audit::PeekTreeHead(ReadFile(store() + "/HEAD")));
  longer.size += 5;
  ASSERT_OK_AND_ASSIGN(const std::string text, audit::FormatTreeHead(longer));
  ChangeTree(KeptHeadKey(longer.size), text);
  ChangeTree("head", "?");
  EXPECT_THAT(RebuildTree(store(), StoreOptions(), NewRoot::kRefuse),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("lost its end"),
                             ::testing::Not(HasSubstr("was changed")))));
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kAccept));
  ASSERT_EQ(done.dropped.size(), 1);
  EXPECT_EQ(done.dropped[0].text, text);
  // It is not in the way again.
  ChangeTree("head", "?");
  EXPECT_OK(RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
  ExpectWhole();
}

TEST_F(RebuildTreeTest, ARowOfTheHeadsThatCantBeReadIsMendedFromHead) {
  Given("made");
  ASSERT_OK_AND_ASSIGN(const VerifiedStore before,
                       VerifyStore(store(), VerifyOptions()));
  ChangeTree(KeptHeadKey(before.tree.size), "?");
  ASSERT_THAT(EventStore::Open(store(), StoreOptions()),
              StatusIs(absl::StatusCode::kDataLoss));
  ASSERT_OK_AND_ASSIGN(const TreeRebuild done,
                       RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
  EXPECT_TRUE(done.rebuilt);
  ASSERT_OK_AND_ASSIGN(const VerifiedStore after,
                       VerifyStore(store(), VerifyOptions()));
  EXPECT_EQ(after.table.size(), before.table.size());
  EXPECT_EQ(after.table.back().text, before.table.back().text);
  ExpectWhole();
}

TEST_F(RebuildTreeTest, OfHeadsOfOneSizeTheOneWithMoreSignaturesIsKept) {
  Given("made");
  ASSERT_OK_AND_ASSIGN(const audit::TreeHead head,
                       audit::PeekTreeHead(ReadFile(store() + "/HEAD")));
  std::vector<audit::NoteSigner> signers;
  for (const char* name : {"log.example/old", "log.example/new"}) {
    ASSERT_OK_AND_ASSIGN(audit::NoteSigner signer,
                         audit::NoteSigner::Generate(name));
    signers.push_back(std::move(signer));
  }
  ASSERT_OK_AND_ASSIGN(const std::string two,
                       audit::SignTreeHead(head, signers));
  ASSERT_OK_AND_ASSIGN(const std::string one,
                       audit::SignTreeHead(head, {signers.data(), 1}));
  ChangeTree(KeptHeadKey(head.size), two);
  WriteFile(store() + "/HEAD", one);
  ChangeTree("head", "?");
  ASSERT_OK(RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
  ASSERT_OK_AND_ASSIGN(const VerifiedStore after,
                       VerifyStore(store(), VerifyOptions()));
  EXPECT_EQ(after.table.back().text, two);
  EXPECT_EQ(ReadFile(store() + "/HEAD"), two);
}

// Left out, heads would be gone for good.
TEST_F(RebuildTreeTest, HeadsThatThisMachineCantReadAreNotTakenForDamaged) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizers need descriptors of their own";
#endif
  Given("made");
  const auto heads = [&] {
    const Limited no_files(RLIMIT_NOFILE, 0);
    return SalvageHeads(store());
  }();
  EXPECT_THAT(heads, StatusIs(absl::StatusCode::kResourceExhausted));
}

TEST_F(RebuildTreeTest, ADamagedEventIsNoBaseForATree) {
  Given("made");
  ChangeTree("head", "?");
  const std::string file = LargestFile(".sst");
  FlipByte(file, UsedBytes(file) / 2);
  EXPECT_THAT(RebuildTree(store(), StoreOptions(), NewRoot::kAccept),
              StatusIs(absl::StatusCode::kDataLoss));
}

TEST_F(RebuildTreeTest, KilledAtAnyMomentItIsEndedByTheNextOne) {
  FaultRun run;
  uint64_t killed = 0;
  while (run.More()) {
    Given("made");
    ChangeTree("head", "?");
    ChildProcess child("rebuild", {{"store", store()}}, work_ / "output");
    if (KillBehindAStep(child, run.random())) ++killed;
    // One that was killed between two renames is for Recover().
    if (!fs::exists(store() + "/log")) {
      ASSERT_OK(
          Recover(store(), StoreOptions(), kOperation, NoProgress, UINT64_MAX));
    }
    ASSERT_OK(RebuildTree(store(), StoreOptions(), NewRoot::kRefuse));
    ExpectWhole();
  }
  EXPECT_TRUE(killed > 0 || run.rounds() < 20);
  run.Report(absl::StrCat(killed, " of ", run.rounds(), " killed"));
}

}  // namespace
}  // namespace daybook
