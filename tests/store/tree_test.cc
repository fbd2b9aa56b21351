// The audit tree that a store keeps over its log: that it is the one of its
// events, after whatever happens to the store, and that a change of anything
// that is stored of event or tree is found. Changes are made in RocksDB, under
// checksums that are right.

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/options.h"
#include "store/body.h"
#include "store/check_tree.h"
#include "store/checksum.h"
#include "store/chunk.h"
#include "store/event_leaf.h"
#include "store/log_reader.h"
#include "store/log_tree.h"
#include "store/rocks_db.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using audit::Hash;
using audit::kTileWidth;
using ::testing::Eq;
using testing::HashFolder;
using testing::IsOkAndHolds;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Workload;

NewEvent Payload(std::string payload) {
  return {.type = "t", .payload = std::move(payload)};
}

class TreeTest : public ::testing::Test {
 protected:
  std::string Path(const std::string& name = "store") { return folder_ / name; }
  std::unique_ptr<EventStore> Open(const std::string& name = "store") {
    StoreOptions options;
    options.durability = Durability::None();
    auto store = EventStore::Open(Path(name), options);
    EXPECT_OK(store);
    return store.ok() ? *std::move(store) : nullptr;
  }
  void Append(EventStore& store, int count) {
    for (int i = 0; i < count; ++i) {
      ASSERT_OK(store.Append(workload_.Make({0, next_++})));
    }
  }
  // `count` events in appends of up to a thousand, on a few streams.
  static void AppendSmall(EventStore& store, uint64_t count) {
    for (uint64_t at = 0; at < count;) {
      const uint64_t size = std::min<uint64_t>(1000, count - at);
      std::vector<NewEvent> events(size, Payload("p"));
      ASSERT_OK(store.Append(absl::StrCat("s-", at / 1000 % 7),
                             ExpectedRevision::Any(), events));
      at += size;
    }
  }
  // The tree must be that of the events, and reach to the head.
  static void ExpectRight(EventStore& store) {
    ASSERT_OK_AND_ASSIGN(const TreeState tree, store.Tree());
    EXPECT_EQ(tree.size, store.Head().value());
    EXPECT_THAT(store.CheckTree(Position(0), Position(tree.size)),
                IsOkAndHolds(tree));
  }
  std::unique_ptr<RocksDb> OpenLog(
      RocksDb::Mode mode = RocksDb::Mode::kReadOnly) {
    RocksEnvironment environment;
    environment.memory_budget = budget_;
    auto log = RocksDb::OpenLog(Path() + "/log", mode, environment);
    EXPECT_OK(log);
    return log.ok() ? *std::move(log) : nullptr;
  }
  static std::vector<Hash> LeavesOf(const RocksDb& log) {
    std::vector<Hash> leaves;
    const absl::StatusOr<Position> head = ReadLogHead(log);
    EXPECT_OK(head);
    LogReader reader(log);
    for (uint64_t at = 0; head.ok() && at < head->value(); ++at) {
      EXPECT_TRUE(reader.Load(Position(at))) << reader.status();
      leaves.push_back(reader.chunk().Leaf(
          static_cast<uint32_t>(at - reader.first().value())));
    }
    return leaves;
  }

  TemporaryFolder folder_;
  std::shared_ptr<MemoryBudget> budget_ = MemoryBudget::Create(16 << 20);
  const Workload workload_{7, 2'000};
  uint64_t next_ = 0;
};

TEST_F(TreeTest, AnEmptyStoreHasTheEmptyTree) {
  const std::unique_ptr<EventStore> store = Open();

  EXPECT_THAT(store->Tree(), IsOkAndHolds(TreeState()));
  EXPECT_THAT(store->CheckTree(Position(0), Position(0)),
              IsOkAndHolds(TreeState()));
}

TEST_F(TreeTest, TheRootAfterEachAppendIsThatOfTheLeaves) {
  std::vector<TreeState> trees;
  {
    const std::unique_ptr<EventStore> store = Open();
    for (int i = 0; i < 200; ++i) {
      Append(*store, 1);
      ASSERT_OK_AND_ASSIGN(trees.emplace_back(), store->Tree());
      EXPECT_EQ(trees.back().size, store->Head().value());
    }
  }

  const std::vector<Hash> leaves = LeavesOf(*OpenLog());

  ASSERT_GT(leaves.size(), 2 * kTileWidth);
  for (const TreeState& tree : trees) {
    const std::span<const Hash> below(leaves.data(), tree.size);
    EXPECT_EQ(tree.root, audit::RootOf(below)) << tree.size;
  }
}

TEST_F(TreeTest, EveryLeafFollowsFromWhatIsStoredOfItsEvent) {
  const std::unique_ptr<EventStore> store = Open();
  NewEvent full = Payload("payload");
  full.content_type = "application/json";
  full.tags = {"sku:tea", "a"};
  full.metadata = {.correlation_id = "c",
                   .causation_id = "d",
                   .traceparent = "p",
                   .tracestate = "s",
                   .actor = "anna",
                   .fields = {{"\xc3\xa9", "1"}, {"Z", ""}, {"a", "2"}}};
  full.occurred_at = absl::FromUnixMicros(-1);
  full.source = "/shop";
  AppendRequest request{.events = {{"cart-1", full}, {"cart-2", full}}};
  request.key = "k1";
  request.result = "result";
  ASSERT_OK(store->Append(request));
  ASSERT_OK(store->Append("cart-1", ExpectedRevision::Any(), {Payload("")}));
  ASSERT_OK(store->SetStreamMetadata("cart-1", {.max_count = 5}));
  ASSERT_OK(store->DeleteStream("cart-2"));
  ASSERT_OK(store->RecordOperation({.command = "test"}));

  ExpectRight(*store);
}

TEST_F(TreeTest, RestoredEventsHaveLeavesOfTheirOwn) {
  const std::unique_ptr<EventStore> store = Open();
  NewEvent event = Payload("payload");
  event.id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91");
  AppendRequest request{.events = {{"cart-1", event}}};
  request.key = "k1";
  request.result = "result";

  ASSERT_OK(store->Restore(request, absl::FromUnixSeconds(1'000'000'000),
                           "another fingerpr"));

  ExpectRight(*store);
  EXPECT_THAT(store->ExportAppend(Position(0))->fingerprint,
              Eq("another fingerpr"));
}

TEST_F(TreeTest, EqualEventsHaveOtherRootsInOtherStores) {
  const std::unique_ptr<EventStore> one = Open("one");
  const std::unique_ptr<EventStore> other = Open("other");
  NewEvent event = Payload("payload");
  event.id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91");
  const AppendRequest request{.events = {{"cart-1", event}}};
  const absl::Time at = absl::FromUnixSeconds(1'000'000'000);

  ASSERT_OK(one->Restore(request, at, ""));
  ASSERT_OK(other->Restore(request, at, ""));

  EXPECT_NE(one->Tree()->root, other->Tree()->root);
}

TEST_F(TreeTest, GoesOnWhereItWasAfterReopening) {
  for (int opening = 0; opening < 5; ++opening) {
    std::unique_ptr<EventStore> store = Open();
    Append(*store, 20);
    ExpectRight(*store);
    ASSERT_OK_AND_ASSIGN(const TreeState before, store->Tree());
    if (opening % 2 == 0) {
      // As kill -9 leaves it.
      testing::CopyOpenFolder(Path(), Path("copy"));
      store.reset();
      std::filesystem::remove_all(Path());
      std::filesystem::rename(Path("copy"), Path());
    }
    store.reset();
    EXPECT_THAT(Open()->Tree(), IsOkAndHolds(before));
  }
}

TEST_F(TreeTest, GoesOnAcrossATileOfTheSecondLevel) {
  constexpr uint64_t kCount = kTileWidth * kTileWidth;
  AppendSmall(*Open(), kCount - 100);
  AppendSmall(*Open(), 99);
  AppendSmall(*Open(), 1);
  AppendSmall(*Open(), 1);

  ExpectRight(*Open());
}

TEST_F(TreeTest, ABranchHasTheSameTreeAndGoesOnWithItsOwn) {
  const std::unique_ptr<EventStore> store = Open();
  Append(*store, 50);
  ASSERT_OK_AND_ASSIGN(const TreeState before, store->Tree());

  ASSERT_OK(store->Branch(Path("branch")));

  const std::unique_ptr<EventStore> branch = Open("branch");
  EXPECT_THAT(branch->Tree(), IsOkAndHolds(before));
  Append(*branch, 20);
  Append(*store, 10);
  ExpectRight(*branch);
  ExpectRight(*store);
}

TEST_F(TreeTest, StreamsGoOnWithTheirLastLeafOnceTheIndexIsDerivedAnew) {
  {
    const std::unique_ptr<EventStore> store = Open();
    Append(*store, 100);
    ASSERT_OK(store->WaitForIndexes(absl::Seconds(60)));
    Append(*store, 100);
  }

  ASSERT_OK(EventStore::Reindex(Path(), StoreOptions(),
                                [](const ReindexProgress&) {}));

  const std::unique_ptr<EventStore> store = Open();
  Append(*store, 100);
  ExpectRight(*store);
}

TEST_F(TreeTest, OnlyARangeIsMadeAgain) {
  const std::unique_ptr<EventStore> store = Open();
  Append(*store, 100);
  ASSERT_OK_AND_ASSIGN(const TreeState middle, store->Tree());
  Append(*store, 100);
  ASSERT_OK_AND_ASSIGN(const TreeState end, store->Tree());

  EXPECT_THAT(store->CheckTree(Position(0), Position(middle.size)),
              IsOkAndHolds(middle));
  EXPECT_THAT(store->CheckTree(Position(middle.size), Position(end.size)),
              IsOkAndHolds(end));
  EXPECT_THAT(store->CheckTree(Position(end.size), Position(end.size)),
              IsOkAndHolds(end));
  EXPECT_THAT(store->CheckTree(Position(0), Position(end.size + 1)),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(store->CheckTree(Position(2), Position(1)),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(TreeTest, IsWholeAtAnyMomentWhileManyAppend) {
  const std::unique_ptr<EventStore> store = Open();
  std::atomic<bool> stop = false;
  std::vector<std::thread> writers;
  for (uint32_t writer = 0; writer < 3; ++writer) {
    writers.emplace_back([&, writer] {
      for (uint64_t n = 0; n < 400 && !stop; ++n) {
        EXPECT_OK(store->Append(workload_.Make({writer, n})));
      }
    });
  }

  TreeState before;
  for (int i = 0; i < 20; ++i) {
    ASSERT_OK_AND_ASSIGN(const TreeState tree, store->Tree());
    EXPECT_LE(tree.size, store->Head().value());
    const auto checked =
        store->CheckTree(Position(before.size), Position(tree.size));
    EXPECT_THAT(checked, IsOkAndHolds(tree));
    before = tree;
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();

  ExpectRight(*store);
}

TEST_F(TreeTest, ItsTilesProveEveryEventAndEveryEarlierTree) {
  AppendSmall(*Open(), 1000);
  const std::unique_ptr<RocksDb> log = OpenLog();
  const std::vector<Hash> leaves = LeavesOf(*log);
  ASSERT_OK_AND_ASSIGN(audit::TileEdge edge,
                       LoadTreeEdge(*log, Position(1000)));
  const Hash root = edge.Root();
  LogTiles tiles(*log, std::move(edge));
  const audit::MerkleProver prover(1000, tiles);

  for (const uint64_t at : {0, 255, 256, 700, 999}) {
    ASSERT_OK_AND_ASSIGN(const std::vector<Hash> inclusion,
                         prover.ProveInclusion(at, 1000));
    EXPECT_OK(audit::VerifyInclusion(at, 1000, leaves[at], inclusion, root));
    ASSERT_OK_AND_ASSIGN(const std::vector<Hash> consistency,
                         prover.ProveConsistency(at + 1, 1000));
    const Hash earlier = audit::RootOf({leaves.data(), at + 1});
    EXPECT_OK(
        audit::VerifyConsistency(at + 1, earlier, 1000, root, consistency));
  }
}

// --- Changes ----------------------------------------------------------------

class ChangedTreeTest : public TreeTest {
 protected:
  static constexpr uint64_t kCount = 1000;

  void SetUp() override { AppendSmall(*Open(), kCount); }

  // Changes a row of the log's database; nothing removes it.
  void ChangeRow(size_t family, const std::string& key,
                 const std::function<void(std::string*)>& change) {
    const std::unique_ptr<RocksDb> log = OpenLog(RocksDb::Mode::kReadWrite);
    std::string row;
    ASSERT_TRUE(
        (*log)
            ->Get(rocksdb::ReadOptions(), log->family(family), key, &row)
            .ok());
    change(&row);
    ASSERT_TRUE((row.empty() ? (*log)->Delete(rocksdb::WriteOptions(),
                                              log->family(family), key)
                             : (*log)->Put(rocksdb::WriteOptions(),
                                           log->family(family), key, row))
                    .ok());
  }

  // One event as it is stored, and what was stored beside it.
  struct Stored {
    AppendHeader append;
    EventHead head;
    std::string body;
    EventAudit audit;
  };
  // Writes the chunk of `at` anew, that event changed.
  void ChangeEvent(Position at, const std::function<void(Stored*)>& change) {
    std::string bytes;
    Position last;
    {
      const std::unique_ptr<RocksDb> log = OpenLog();
      LogReader reader(*log);
      ASSERT_TRUE(reader.Load(at));
      bytes.assign(reader.chunk_bytes());
      last = reader.next().Previous();
    }
    ChunkReader chunk;
    ASSERT_EQ(chunk.Parse(bytes), nullptr);
    ChunkBuilder builder(ChunkKind::kLog);
    for (uint32_t i = 0; i < chunk.count(); ++i) {
      EventView event;
      ASSERT_EQ(chunk.Read(i, &event), nullptr);
      Stored stored = {chunk.AppendOf(i),
                       {event.position, event.revision, event.stream,
                        event.type, event.source, event.content_type},
                       std::string(chunk.Body(i)),
                       chunk.Audit(i)};
      if (event.position == at) change(&stored);
      builder.Add(stored.append, stored.head, stored.body,
                  Checksum(stored.body), &stored.audit);
    }
    const std::string changed = builder.Finish();
    ChangeRow(kLogChunks, LogKey(last), [&](std::string* row) {
      ASSERT_NE(*row, changed);
      *row = changed;
    });
  }

  // The first position that the check finds; nothing if all is well.
  std::optional<Position> FirstBad() {
    const absl::StatusOr<TreeState> checked =
        CheckTree(*OpenLog(), Position(0), Position(kCount));
    if (checked.ok()) return std::nullopt;
    EXPECT_THAT(checked, StatusIs(absl::StatusCode::kDataLoss));
    return GetDamage(checked.status());
  }
  void ExpectRefusedUntouched() {
    const uint64_t before = HashFolder(Path());
    EXPECT_THAT(EventStore::Open(Path(), StoreOptions()),
                StatusIs(absl::StatusCode::kDataLoss));
    EXPECT_EQ(HashFolder(Path()), before);
  }
};

void FlipLast(std::string* bytes) {
  bytes->back() = static_cast<char>(bytes->back() ^ 1);
}

TEST_F(ChangedTreeTest, NothingIsFoundWhereNothingWasChanged) {
  EXPECT_EQ(FirstBad(), std::nullopt);
}

TEST_F(ChangedTreeTest, AnyFieldOfAnEventIsFoundWhereItIs) {
  const std::vector<std::function<void(Stored*)>> changes = {
      [](Stored* stored) { FlipLast(&stored->body); },
      [](Stored* stored) { stored->body += "more"; },
      // The id of the event.
      [](Stored* stored) { stored->body[5] = 'x'; },
      [](Stored* stored) { stored->head.stream = "another"; },
      [](Stored* stored) { stored->head.type = "another"; },
      [](Stored* stored) { stored->head.source = "another"; },
      [](Stored* stored) { stored->head.content_type = "another"; },
      [](Stored* stored) { stored->head.revision = Revision(999); },
      [](Stored* stored) { stored->audit.payload_salt[0] ^= 1; },
      [](Stored* stored) { stored->audit.metadata_salt[15] ^= 1; },
      [](Stored* stored) { stored->audit.leaf = Hash(); },
  };
  uint64_t at = 17;
  for (size_t i = 0; i < changes.size(); ++i, at += 83) {
    SCOPED_TRACE(i);
    std::filesystem::remove_all(Path());
    AppendSmall(*Open(), kCount);

    ChangeEvent(Position(at), changes[i]);

    EXPECT_EQ(FirstBad(), Position(at));
  }
}

TEST_F(ChangedTreeTest, AnAppendThatBeganElsewhereIsFoundAtItsFirstEvent) {
  ChangeEvent(Position(0),
              [](Stored* stored) { stored->append.recorded_at_micros += 1; });

  EXPECT_EQ(FirstBad(), Position(0));
}

TEST_F(ChangedTreeTest, AnEventChangedWithItsLeafIsFoundByItsTile) {
  ChangeEvent(Position(300), [](Stored* stored) {
    FlipLast(&stored->body);
    stored->audit.leaf = Hash();
  });
  EXPECT_EQ(FirstBad(), Position(300));
}

// The last event of a stream, so that no leaf follows it.
TEST_F(ChangedTreeTest, ALeafThatIsRightButNotTheOneThatWasIsFoundByItsTile) {
  std::filesystem::remove_all(Path());
  {
    const std::unique_ptr<EventStore> store = Open();
    AppendSmall(*store, 300);
    ASSERT_OK(store->Append("alone", ExpectedRevision::Any(), {Payload("a")}));
    AppendSmall(*store, kCount - 301);
  }
  ChangeEvent(Position(300), [](Stored* stored) {
    FlipLast(&stored->body);
    EventView event;
    event.position = Position(300);
    event.stream = stored->head.stream;
    event.type = stored->head.type;
    event.source = stored->head.source;
    event.content_type = stored->head.content_type;
    event.recorded_at = absl::FromUnixMicros(stored->append.recorded_at_micros);
    ASSERT_EQ(DecodeBody(stored->body, &event), nullptr);
    stored->audit.leaf =
        LeafMaker()
            .HashOf(event, stored->append, stored->audit, Hash())
            .value();
  });

  EXPECT_EQ(FirstBad(), Position(300));
}

TEST_F(ChangedTreeTest, AHashInATileIsFoundAtItsLeaf) {
  ChangeRow(kLogTree, TreeTileKey({.level = 0, .index = 1}),
            [](std::string* row) { (*row)[40] ^= 1; });

  EXPECT_EQ(FirstBad(), Position(kTileWidth + 1));
  ExpectRefusedUntouched();
}

TEST_F(ChangedTreeTest, ATileThatIsMissingIsFoundAtItsFirstLeaf) {
  ChangeRow(kLogTree, TreeTileKey({.level = 0, .index = 2}),
            [](std::string* row) { row->clear(); });

  EXPECT_EQ(FirstBad(), Position(2 * kTileWidth));
  ExpectRefusedUntouched();
}

TEST_F(ChangedTreeTest, ATileOfAHigherLevelIsFoundAtItsFirstWrongHash) {
  constexpr uint64_t kHigher = kTileWidth * kTileWidth;
  AppendSmall(*Open(), kHigher - kCount);
  ChangeRow(kLogTree, TreeTileKey({.level = 1, .index = 0}),
            [](std::string* row) { (*row)[3 * Hash::kSize] ^= 1; });

  const auto checked =
      CheckTree(*OpenLog(), Position(0), Position(kHigher)).status();

  EXPECT_EQ(GetDamage(checked), Position(3 * kTileWidth));
}

TEST_F(ChangedTreeTest, ARootIsFoundAboveTheLastCompleteTile) {
  ChangeRow(kLogTree, std::string(kTreeHeadKey), FlipLast);

  EXPECT_EQ(FirstBad(), Position(kCount - kCount % kTileWidth));
  ExpectRefusedUntouched();
}

TEST_F(ChangedTreeTest, AHeadThatIsMissingIsFound) {
  ChangeRow(kLogTree, std::string(kTreeHeadKey),
            [](std::string* row) { row->clear(); });

  EXPECT_EQ(FirstBad(), Position(0));
  ExpectRefusedUntouched();
}

TEST_F(ChangedTreeTest, AHeadOfAnotherSizeIsFound) {
  ChangeRow(kLogTree, std::string(kTreeHeadKey), [](std::string* row) {
    TreeState head;
    ASSERT_TRUE(DecodeTreeHead(*row, &head));
    --head.size;
    *row = EncodeTreeHead(head);
  });

  EXPECT_EQ(FirstBad(), Position(kCount - 1));
  ExpectRefusedUntouched();
}

TEST_F(ChangedTreeTest, ALeafOfTheLastTileIsRefusedAtOpen) {
  ChangeEvent(Position(kCount - 1),
              [](Stored* stored) { stored->audit.leaf = Hash(); });

  ExpectRefusedUntouched();
}

}  // namespace
}  // namespace daybook
