// Kills a process that appends to a store with views, with kill -9 at a random
// moment: while rows change with appends, behind the log, or while both are
// rebuilt. What is left must be a fold from zero up to the checkpoint, byte by
// byte; of an inline view that is the head.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/replay/view_fold.h"
#include "daybook/replay/views.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replay/row_changes.h"
#include "replay/view_catalog.h"
#include "tests/replay/articles.h"
#include "tests/replay/cart.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::Added;
using testing::Articles;
using testing::ByQuantity;
using testing::ChildProcess;
using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::Random;
using testing::TemporaryFolder;

struct Behind : Articles {
  static constexpr std::string_view kName = "behind";
};

StoreOptions SmallOptions() {
  StoreOptions options;
  // A small budget flushes write buffers within a round.
  options.memory_budget = MemoryBudget::Create(16 << 20);
  return options;
}

// --- The child ---------------------------------------------------------------

// Some appends have an event that the inline view refuses. An async one would
// park it: there are none if nobody refuses them.
void AppendForEver(EventStore& store, uint64_t seed, bool with_refused) {
  Random random(seed);
  while (true) {
    // Zero removes a row; nine is refused.
    const auto quantity =
        static_cast<uint32_t>(Draw(random, with_refused ? 9 : 8));
    Append(store, absl::StrCat("cart-", Draw(random, 20)),
           ExpectedRevision::Any(),
           Added(absl::StrCat("tea ", Draw(random, 40)), quantity),
           Added(absl::StrCat("tea ", Draw(random, 40)), quantity + 1))
        .IgnoreError();
  }
}

int KeepViewsUntilKilled(const std::map<std::string, std::string>& arguments) {
  uint64_t seed;
  if (!absl::SimpleAtoi(arguments.at("seed"), &seed)) return 2;
  const auto store = EventStore::Open(arguments.at("store"), SmallOptions());
  if (!store.ok()) {
    std::printf("%s\n", store.status().ToString().c_str());
    return 3;
  }
  const bool with_inline = arguments.at("inline") == "1";
  const bool with_async = arguments.at("async") == "1";
  Views views(**store);
  absl::Status status;
  if (with_inline) status.Update(views.Add<Articles>(ViewMode::kInline));
  if (with_async) status.Update(views.Add<Behind>(ViewMode::kAsync));
  if (!status.ok()) {
    std::printf("%s\n", status.ToString().c_str());
    return 4;
  }
  std::vector<std::thread> threads;
  for (uint64_t i = 0; i < 3; ++i) {
    threads.emplace_back(
        [&, i] { AppendForEver(**store, seed + i, with_inline); });
  }
  Random random(seed);
  while (true) {
    absl::SleepFor(absl::Microseconds(Draw(random, 20'000)));
    if (!(with_inline && with_async)) continue;
    const char* const name = OneIn(random, 2) ? "articles" : "behind";
    const absl::Status rebuilt = views.Rebuild(
        name, {.worker_count = static_cast<int>(1 + Draw(random, 3))});
    // The async one may still be built for the first time.
    if (rebuilt.ok() || absl::IsFailedPrecondition(rebuilt)) continue;
    std::printf("%s\n", rebuilt.ToString().c_str());
    return 5;
  }
}

const bool kRegistered = testing::RegisterChild("views", KeepViewsUntilKilled);

// --- The parent --------------------------------------------------------------

std::map<std::string, std::string> BytesOf(AnyViewCursor cursor) {
  std::map<std::string, std::string> rows;
  while (cursor.Next()) rows[cursor.key()] = EncodeRow(cursor.row());
  EXPECT_OK(cursor.status());
  return rows;
}

// The rows of P as they lie in the store are a fold up to their checkpoint.
// Returns that, if there are rows.
template <Projection P>
void CheckRows(EventStore& store, std::optional<Position>* checkpoint) {
  ASSERT_OK_AND_ASSIGN(const auto projection, MakeAnyProjection<P>());
  ASSERT_OK_AND_ASSIGN(std::shared_ptr<const RowReader> rows, store.ReadRows());
  ASSERT_OK_AND_ASSIGN(const v1::ViewRecord record,
                       ReadViewRecord(*rows, P::kName));
  const v1::ViewTable* const table = ServingTable(record);
  if (table == nullptr) return;
  ASSERT_OK_AND_ASSIGN(*checkpoint, ReadCheckpoint(*rows, table->number()));
  ASSERT_TRUE(*checkpoint);
  ASSERT_LE(**checkpoint, store.Head());
  std::map<std::string, std::string> folded_rows;
  size_t indexed_count = 0;
  if (**checkpoint > Position(0)) {
    ASSERT_OK_AND_ASSIGN(
        const FoldedRows folded,
        FoldView(store, *projection, {.as_of = (*checkpoint)->Previous()}));
    for (const FoldedRow& row : folded.rows()) {
      folded_rows[row.key] = EncodeRow(*row.row);
      ASSERT_OK_AND_ASSIGN(const auto index_key,
                           projection->IndexKey(0, row.key, *row.row));
      indexed_count += index_key.has_value() ? 1 : 0;
    }
  }
  const AnyView view(projection, rows, table->number(), **checkpoint);
  EXPECT_EQ(BytesOf(view.Scan()), folded_rows);
  EXPECT_EQ(BytesOf(view.ScanIndex(0)).size(), indexed_count);
}

// With both, they are rebuilt all the time.
void KillAgainAndAgain(bool with_inline, bool with_async) {
  FaultRun run;
  uint64_t kills = 0;
  uint64_t with_rows = 0;
  // Grows until one child lives long enough to write rows, on the slowest of
  // machines.
  uint64_t life_us = 300'000;
  while (run.More() || with_rows == 0) {
    const TemporaryFolder folder;
    uint64_t i = 1 + Draw(run.random(), 6);
    do {
      ChildProcess child("views",
                         {{"store", folder / "store"},
                          {"seed", absl::StrCat(run.random()())},
                          {"inline", with_inline ? "1" : "0"},
                          {"async", with_async ? "1" : "0"}},
                         folder / "output");
      absl::SleepFor(absl::Microseconds(20'000 + Draw(run.random(), life_us)));
      child.Kill();
      const int status = child.Wait();
      ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
          << "the child ended by itself: " << status << "\n"
          << child.Output() << run.Replay();
      ++kills;

      ASSERT_OK_AND_ASSIGN(const auto store,
                           EventStore::Open(folder / "store", SmallOptions()));
      std::optional<Position> inline_checkpoint;
      CheckRows<Articles>(*store, &inline_checkpoint);
      // From its first build on every append has changed the inline rows.
      if (inline_checkpoint) {
        EXPECT_EQ(*inline_checkpoint, store->Head());
      }
      std::optional<Position> async_checkpoint;
      CheckRows<Behind>(*store, &async_checkpoint);
      if (with_async ? async_checkpoint : inline_checkpoint) ++with_rows;
      if (::testing::Test::HasFailure()) FAIL() << run.Replay();
      if (with_rows == 0) life_us *= 2;
    } while (--i > 0 && run.TimeLeft());
  }
  EXPECT_GT(kills, 0);
  run.Report(
      absl::StrCat("kills: ", kills, ", of which ", with_rows, " left rows"));
}

TEST(ViewsKill9Test, InlineRowsAreAFoldOfTheWholeLogWhereverTheProcessDied) {
  KillAgainAndAgain(true, false);
}

TEST(ViewsKill9Test, AsyncRowsAreAFoldUpToTheirCheckpointWhereverItDied) {
  KillAgainAndAgain(false, true);
}

TEST(ViewsKill9Test, RowsAreAFoldWhereverItDiedWhileTheyWereRebuilt) {
  KillAgainAndAgain(true, true);
}

}  // namespace
}  // namespace daybook
