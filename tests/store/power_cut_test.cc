// Cuts the power at a random operation of RocksDB, while a store is opened,
// appended to, indexed or closed, and looks at what a disk may hold then
// (tests/testing/power_cut_file_system.h). Under Sync and Anchored nothing
// acknowledged may be missing; under Interval and None the store must open with
// all up to the durable head and no hole after it. Rows are as the log says,
// and none of their batches is missing before others. A store goes through a
// dozen cuts, some during the recovery from the one before.
//
// ANCHOR and STORE are written past the file system: the anchor is taken as it
// is, as it was when the store was opened, or with its newer slot torn; a store
// that is being made may lack its identity.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <atomic>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/coding.h"
#include "store/open_store.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/power_cut_file_system.h"
#include "tests/testing/row_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::AppendId;
using testing::CheckRows;
using testing::CheckStore;
using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::PowerCutFileSystem;
using testing::Random;
using testing::ReadFile;
using testing::RowChain;
using testing::StoredAppends;
using testing::TemporaryFolder;
using testing::Workload;
using testing::WriteFile;

constexpr uint32_t kWriters = 4;
constexpr size_t kPayloadMax = 60'000;

Durability DurabilityNamed(const std::string& name) {
  if (name == "Anchored") return Durability::Anchored();
  if (name == "Interval") return Durability::Interval(absl::Milliseconds(10));
  if (name == "None") return Durability::None();
  return Durability::Sync();
}

// The turn in the anchor's slot at `slot`.
uint64_t TurnOf(const std::string& anchor, size_t slot) {
  return LoadFixed<uint64_t>(anchor.data() + slot + 8);
}

class PowerCutTest : public ::testing::TestWithParam<std::string> {
 protected:
  StoreOptions Options() {
    StoreOptions options;
    options.durability = DurabilityNamed(GetParam());
    options.memory_budget = MemoryBudget::Create(16 << 20);
    return options;
  }

  void LiveThroughCuts(FaultRun& run);
  // One opening of the store in `folder`, cut; what is left is in `image`.
  void CutOnce(FaultRun& run, const std::string& folder,
               const std::string& image);
  void AppendUntilCut(EventStore& store, PowerCutFileSystem& files,
                      uint32_t writer);
  void WriteRowsUntilCut(EventStore& store, PowerCutFileSystem& files,
                         uint64_t seed);
  void WriteOtherFiles(Random& random, const std::string& folder,
                       const std::string& image);
  void Check(const std::string& folder);

  uint64_t workload_seed_ = 0;
  std::atomic<uint64_t> numbers_[kWriters];

  std::mutex mutex_;
  // What was acknowledged, and what of it stood when the power went.
  StoredAppends acknowledged_;
  StoredAppends promised_;
  // The store must hold everything below.
  uint64_t durable_head_ = 0;
  std::atomic<bool> opened_ = false;
  std::atomic<bool> stop_ = false;
  bool is_new_ = true;
  std::string anchor_at_open_;

  uint64_t cuts_ = 0;
  uint64_t cuts_while_opening_ = 0;
  uint64_t checks_ = 0;
  uint64_t promised_count_ = 0;
  uint64_t lost_bytes_ = 0;
};

void PowerCutTest::AppendUntilCut(EventStore& store, PowerCutFileSystem& files,
                                  uint32_t writer) {
  const Workload workload(workload_seed_, kPayloadMax);
  while (!files.cut() && !stop_) {
    const AppendId id{writer, numbers_[writer]++};
    const absl::StatusOr<AppendResult> result = store.Append(workload.Make(id));
    if (!result.ok()) {
      ADD_FAILURE() << result.status();
      return;
    }
    {
      const std::lock_guard lock(mutex_);
      acknowledged_.emplace(id, result->first_position);
    }
    if (writer == 0 && id.number % 29 == 0) store.Sync().IgnoreError();
  }
}

void PowerCutTest::WriteRowsUntilCut(EventStore& store,
                                     PowerCutFileSystem& files, uint64_t seed) {
  Random random(seed);
  RowChain chain(store);
  EXPECT_OK(chain.Begin());
  while (!files.cut() && !stop_) {
    EXPECT_OK(chain.WriteBatch(random));
    if (OneIn(random, 3)) {
      absl::SleepFor(absl::Microseconds(Draw(random, 300)));
    }
  }
}

void PowerCutTest::WriteOtherFiles(Random& random, const std::string& folder,
                                   const std::string& image) {
  const bool being_made = !opened_ && is_new_;
  if (fs::exists(folder + "/STORE") && !(being_made && OneIn(random, 2))) {
    fs::copy_file(folder + "/STORE", image + "/STORE");
  }
  if (!fs::exists(folder + "/ANCHOR")) return;
  std::string anchor = ReadFile(folder + "/ANCHOR");
  const uint64_t way = Draw(random, 4);
  if (being_made) {
    // Synced before the log was opened.
  } else if (way == 0 && GetParam() != "Anchored" && !anchor_at_open_.empty()) {
    anchor = anchor_at_open_;
  } else if (way == 1 && anchor.size() > 4096 &&
             anchor.size() == anchor_at_open_.size()) {
    const size_t newer = TurnOf(anchor, 0) > TurnOf(anchor, 4096) ? 0 : 4096;
    // Only a write that may have been under way can be torn.
    const bool written =
        TurnOf(anchor, newer) != TurnOf(anchor_at_open_, newer);
    for (size_t i = Draw(random, 32); written && i < 32; ++i) {
      anchor[newer + i] = '\0';
    }
  }
  WriteFile(image + "/ANCHOR", anchor);
}

void PowerCutTest::CutOnce(FaultRun& run, const std::string& folder,
                           const std::string& image) {
  Random& random = run.random();
  auto files = std::make_shared<PowerCutFileSystem>(folder, random());
  const uint64_t other_seed = random();
  std::atomic<EventStore*> running = nullptr;
  opened_ = false;
  anchor_at_open_.clear();
  is_new_ = !fs::exists(folder + "/STORE");
  stop_ = false;
  const uint64_t operations = OneIn(random, 3)   ? 1 + Draw(random, 40)
                              : OneIn(random, 2) ? 1 + Draw(random, 300)
                                                 : 1 + Draw(random, 3000);
  files->CutAfter(operations, image, [&] {
    if (EventStore* store = running) {
      const std::lock_guard lock(mutex_);
      durable_head_ = store->DurableHead().value();
      promised_.clear();
      for (const auto& [id, position] : acknowledged_) {
        const bool strong = GetParam() == "Sync" || GetParam() == "Anchored";
        if (strong || position.value() < durable_head_) {
          promised_.emplace(id, position);
        }
      }
    }
    fs::create_directories(image);
    Random other(other_seed);
    WriteOtherFiles(other, folder, image);
  });
  OpenHooks hooks;
  hooks.file_system = files;
  absl::StatusOr<std::unique_ptr<EventStore>> store =
      OpenWithHooks(folder, Options(), hooks);
  ASSERT_OK(store) << "after " << cuts_ << " cuts";
  const uint64_t head = (*store)->Head().value();
  ASSERT_GE(head, durable_head_) << "lost what was durable";
  {
    // What lay above is lost, or was never there.
    const std::lock_guard lock(mutex_);
    std::erase_if(acknowledged_, [head](const auto& entry) {
      return entry.second.value() >= head;
    });
    anchor_at_open_ = ReadFile(folder + "/ANCHOR");
  }
  const bool while_opening = files->cut();
  ASSERT_OK(testing::AttachCounter(**store));
  opened_ = true;
  running = store->get();
  std::vector<std::thread> threads;
  const uint32_t writers = OneIn(random, 4) ? 0 : kWriters;
  for (uint32_t writer = 0; writer < writers && !while_opening; ++writer) {
    threads.emplace_back(
        [&, writer] { AppendUntilCut(**store, *files, writer); });
  }
  // Now and then rows are all that is written.
  if (!while_opening) {
    threads.emplace_back(
        [&] { WriteRowsUntilCut(**store, *files, other_seed); });
  }
  const absl::Time end = absl::Now() + absl::Milliseconds(Draw(random, 400));
  const bool closing = OneIn(random, 5);
  while (!files->cut() && absl::Now() < end) {
    absl::SleepFor(absl::Microseconds(200));
  }
  if (!closing) files->CutNow();
  stop_ = true;
  for (std::thread& thread : threads) thread.join();
  if (!files->cut()) {
    // While it closes.
    const absl::Duration delay = absl::Microseconds(Draw(random, 30'000));
    std::thread cutter([&files, delay] {
      absl::SleepFor(delay);
      files->CutNow();
    });
    EXPECT_OK((*store)->Close(absl::Minutes(1)));
    cutter.join();
  }
  ++cuts_;
  if (while_opening) ++cuts_while_opening_;
  lost_bytes_ += files->lost_bytes();
  running = nullptr;
  store->reset();
}

void PowerCutTest::Check(const std::string& folder) {
  const Workload workload(workload_seed_, kPayloadMax);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(folder, Options()));
  ASSERT_OK_AND_ASSIGN(const StoredAppends stored,
                       CheckStore(*store, workload));
  ASSERT_OK(CheckRows(*store));
  const uint64_t head = store->Head().value();
  ASSERT_GE(head, durable_head_) << "lost what was durable";
  for (const auto& [id, position] : promised_) {
    const auto found = stored.find(id);
    ASSERT_NE(found, stored.end()) << "append " << id.writer << "/" << id.number
                                   << " at " << position << " is lost";
    ASSERT_EQ(found->second, position);
  }
  promised_count_ += promised_.size();
  for (const auto& [id, position] : acknowledged_) {
    if (position.value() >= head) continue;
    const auto found = stored.find(id);
    ASSERT_NE(found, stored.end()) << "not a prefix of what was appended";
    ASSERT_EQ(found->second, position);
  }
  acknowledged_ = stored;
  durable_head_ = head;
  ++checks_;
}

void PowerCutTest::LiveThroughCuts(FaultRun& run) {
  const TemporaryFolder folder;
  workload_seed_ = Draw(run.random(), 1'000'000);
  for (auto& number : numbers_) number = 0;
  acknowledged_.clear();
  promised_.clear();
  durable_head_ = 0;
  anchor_at_open_.clear();
  for (int i = 0; i < 12 && (i < 2 || run.TimeLeft()); ++i) {
    const std::string before = folder / absl::StrCat("disk", i);
    const std::string after = folder / absl::StrCat("disk", i + 1);
    SCOPED_TRACE(after);
    CutOnce(run, before, after);
    if (HasFailure()) return;
    if (!OneIn(run.random(), 3)) {
      Check(after);
      if (HasFailure()) return;
    }
    fs::remove_all(before);
  }
}

TEST_P(PowerCutTest, WhatIsDurableIsThereAndThereIsNoHole) {
  FaultRun run;
  while (run.More()) LiveThroughCuts(run);
  run.Report(absl::StrCat(cuts_, " cuts (", cuts_while_opening_,
                          " while opening), ", checks_, " checks, ",
                          promised_count_, " promises kept, ", lost_bytes_,
                          " bytes lost"));
}

// Offsets in a write-ahead log at which one block ends and another record
// begins, and where the record before the last of that block began.
// https://github.com/facebook/rocksdb/wiki/Write-Ahead-Log-File-Format
struct LostPart {
  size_t begin;
  size_t end;
};

std::optional<LostPart> FindLostPart(const std::string& bytes) {
  constexpr size_t kBlock = 32 << 10;
  for (size_t block = 0; block + kBlock < bytes.size(); block += kBlock) {
    size_t begin = 0;
    size_t at = block;
    while (block + kBlock - at >= 7) {
      const auto* header = reinterpret_cast<const uint8_t*>(&bytes[at]);
      const uint8_t type = header[6];
      if (type == 0) return std::nullopt;
      // Full or first: a record begins here.
      if (type == 1 || type == 2) begin = at;
      at += 7 + header[4] + 256 * header[5];
    }
    const auto next = static_cast<uint8_t>(bytes[block + kBlock + 6]);
    if ((next == 1 || next == 2) && begin > 0) {
      return LostPart{begin, block + kBlock};
    }
  }
  return std::nullopt;
}

// Recovery skips zeros to the next block and takes what follows for the next
// record, though what lay between is lost: pages may reach the disk in any
// order.
TEST(WriteAheadLogTest, PagesLostBeforeOnesThatAreKeptEndTheLog) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.durability = Durability::None();
  // One would sync what is lost here, after a minute on a slow machine.
  options.tree_heads = TreeHeadOptions::OnDemand();
  std::string wal;
  std::optional<LostPart> lost;
  uint64_t count = 0;
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(folder / "store", options));
    while (!lost.has_value()) {
      for (int i = 0; i < 500; ++i, ++count) {
        NewEvent event{.type = "t", .payload = std::string(count % 97, 'x')};
        ASSERT_OK(store->Append("s", ExpectedRevision::Any(), {event}));
      }
      testing::CopyOpenFolder(folder / "store", folder / "cut");
      for (const auto& file : fs::directory_iterator(folder / "cut/log")) {
        if (file.path().extension() != ".log") continue;
        lost = FindLostPart(ReadFile(file.path()));
        if (lost.has_value()) {
          wal = file.path();
          break;
        }
      }
      ASSERT_LT(count, 100'000);
    }
  }
  std::string bytes = ReadFile(wal);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(lost->begin),
            bytes.begin() + static_cast<std::ptrdiff_t>(lost->end), '\0');
  WriteFile(wal, bytes);
  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(folder / "cut", options));
  EXPECT_GT(store->Head().value(), 0);
  EXPECT_LT(store->Head().value(), count);
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, store->ReadLog());
  uint64_t read = 0;
  while (cursor.Next()) ++read;
  EXPECT_OK(cursor.status());
  EXPECT_EQ(read, store->Head().value());
  EXPECT_OK(store->Append("s", ExpectedRevision::Exactly(Revision(read - 1)),
                          {NewEvent{.type = "t"}}));
  EXPECT_OK(store->CheckTree(Position(0), store->Head()));
}

// The same for rows: positions of events don't show that a batch is missing.
TEST(WriteAheadLogTest, BatchesOfRowsAfterLostPagesAreNotThere) {
  const TemporaryFolder folder;
  StoreOptions options;
  options.durability = Durability::None();
  // One would sync what is lost here, after a minute on a slow machine.
  options.tree_heads = TreeHeadOptions::OnDemand();
  Random random(7);
  std::string wal;
  std::optional<LostPart> lost;
  uint64_t length = 0;
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(folder / "store", options));
    RowChain chain(*store);
    while (!lost.has_value()) {
      for (int i = 0; i < 500; ++i) ASSERT_OK(chain.WriteBatch(random));
      testing::CopyOpenFolder(folder / "store", folder / "cut");
      for (const auto& file : fs::directory_iterator(folder / "cut/log")) {
        if (file.path().extension() != ".log") continue;
        lost = FindLostPart(ReadFile(file.path()));
        if (lost.has_value()) {
          wal = file.path();
          break;
        }
      }
      ASSERT_LT(chain.length(), 200'000);
    }
    length = chain.length();
  }
  std::string bytes = ReadFile(wal);
  std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(lost->begin),
            bytes.begin() + static_cast<std::ptrdiff_t>(lost->end), '\0');
  WriteFile(wal, bytes);

  ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                       EventStore::Open(folder / "cut", options));

  ASSERT_OK_AND_ASSIGN(const uint64_t found, CheckRows(*store));
  EXPECT_LT(found, length);
  EXPECT_GT(found, 0);
}

INSTANTIATE_TEST_SUITE_P(Durability, PowerCutTest,
                         ::testing::Values("Sync", "Anchored", "Interval",
                                           "None"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace daybook
