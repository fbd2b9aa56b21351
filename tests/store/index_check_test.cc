// VerifyStore() with everything that is derived: somebody who has the folder
// and knows its format removes, changes and adds rows of each family, under
// checksums that are right. What is found, and that nothing is found in stores
// that nobody touched.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "daybook/store/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rocksdb/write_batch.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/coding.h"
#include "store/fact_sums.h"
#include "store/index.h"
#include "store/rocks_db.h"
#include "store/run.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using Part = IndexDifference::Part;
using testing::CopyFolder;
using testing::Draw;
using testing::FaultRun;
using testing::HashFolder;
using ::testing::HasSubstr;
using testing::OneIn;
using testing::Random;
using testing::TemporaryFolder;
using testing::Workload;

struct Row {
  std::string key;
  std::string value;
};

std::unique_ptr<RocksDb> OpenDatabase(const std::string& path, bool is_log) {
  RocksEnvironment environment;
  environment.memory_budget = MemoryBudget::Create(16 << 20);
  auto opened =
      is_log ? RocksDb::OpenLog(path, RocksDb::Mode::kReadWrite, environment)
             : RocksDb::OpenIndex(path, environment);
  EXPECT_OK(opened);
  return opened.ok() ? *std::move(opened) : nullptr;
}

// Rows of one family of one database, to be changed.
class RowEditor {
 public:
  RowEditor(const std::string& path, size_t family, bool is_log = false)
      : database_(OpenDatabase(path, is_log)), family_(family) {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> all(
        (*database_)->NewIterator(options, database_->family(family)));
    for (all->SeekToFirst(); all->Valid(); all->Next()) {
      rows_.push_back({all->key().ToString(), all->value().ToString()});
    }
  }
  ~RowEditor() { EXPECT_OK(database_->Flush(RocksDb::FlushMode::kWait)); }

  const std::vector<Row>& rows() const { return rows_; }
  const Row& Any(Random& random) const {
    return rows_[Draw(random, rows_.size())];
  }

  void Put(const std::string& key, const std::string& value) {
    rocksdb::WriteBatch batch;
    ASSERT_TRUE(batch.Put(database_->family(family_), key, value).ok());
    Write(&batch);
  }
  void Delete(const std::string& key) {
    rocksdb::WriteBatch batch;
    ASSERT_TRUE(batch.Delete(database_->family(family_), key).ok());
    Write(&batch);
  }

 private:
  void Write(rocksdb::WriteBatch* batch) {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    ASSERT_TRUE((*database_)->Write(options, batch).ok());
  }

  std::unique_ptr<RocksDb> database_;
  size_t family_;
  std::vector<Row> rows_;
};

class IndexCheckTest : public ::testing::Test {
 protected:
  // A store with something in each family, all of it in the index or not.
  void Make(const std::string& name) {
    StoreOptions options;
    options.durability = Durability::None();
    const Workload workload(run_.random()(), 2'000);
    uint64_t next = 0;
    const uint64_t sessions = 1 + Draw(run_.random(), 3);
    for (uint64_t session = 0; session < sessions; ++session) {
      ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                           EventStore::Open(folder_ / name, options));
      // Of each family there is something, however short the store.
      SaySomething(store.get());
      const uint64_t end = next + 40 + Draw(run_.random(), 100);
      for (; next < end; ++next) {
        ASSERT_OK(store->Append(workload.MakeKeyed({0, next})));
        if (OneIn(run_.random(), 10)) SaySomething(store.get());
        if (OneIn(run_.random(), 30)) {
          ASSERT_OK(store->WaitForIndexes(absl::Minutes(1)));
        }
      }
      // One that was not closed is copied while it is open.
      if (session + 1 == sessions && OneIn(run_.random(), 3)) {
        CopyFolder(folder_ / name, folder_ / "killed");
      }
      ASSERT_OK(store->WaitForIndexes(absl::Minutes(1)));
      ASSERT_OK(store->Close(absl::Minutes(1)));
    }
    if (fs::exists(folder_ / "killed")) {
      fs::remove_all(folder_ / name);
      fs::rename(folder_ / "killed", folder_ / name);
    }
  }

  void SaySomething(EventStore* store) {
    const std::string stream = absl::StrCat("said-", Draw(run_.random(), 5));
    (void)store->Append(stream, ExpectedRevision::Any(), {{.type = "said"}});
    switch (Draw(run_.random(), 5)) {
      case 0:
        (void)store->DeleteStream(stream);
        break;
      case 1:
        (void)store->TombstoneStream(
            absl::StrCat("gone-", Draw(run_.random(), 100)));
        break;
      default:
        (void)store->SetStreamMetadata(
            stream,
            {.max_count = 1 + Draw(run_.random(), 9), .json = "{\"a\":1}"});
    }
  }

  // One that has all of its log in its index.
  void MakeWhole() {
    do {
      fs::remove_all(folder_ / "whole");
      Make("whole");
    } while (VerifyDeep("whole")->index->watermark.value() == 0);
  }

  absl::StatusOr<VerifiedStore> VerifyDeep(const std::string& name) {
    VerifyOptions options;
    options.indexes = true;
    return VerifyStore(folder_ / name, options);
  }

  // Makes a change to a copy again and again; each time a difference in `part`
  // must be found, and none in the log.
  using Edit = std::function<std::string(Random& random, RowEditor& rows)>;
  void ExpectFound(size_t family, Part part, const Edit& edit) {
    uint64_t count = 0;
    ASSERT_NO_FATAL_FAILURE(MakeWhole());
    while (run_.More()) {
      fs::remove_all(folder_ / "changed");
      CopyFolder(folder_ / "whole", folder_ / "changed");
      std::string what;
      {
        RowEditor rows(folder_ / "changed/index", family);
        ASSERT_FALSE(rows.rows().empty());
        what = edit(run_.random(), rows);
      }
      if (what.empty()) continue;

      ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, VerifyDeep("changed"));

      const auto& difference = verified.index->difference;
      ASSERT_TRUE(difference.has_value()) << what << "; " << run_.Replay();
      ASSERT_EQ(difference->part, part)
          << what << ": expected " << difference->expected << ", found "
          << difference->found << "; " << run_.Replay();
      ASSERT_NE(difference->expected, difference->found) << what;
      ++count;
    }
    run_.Report(absl::StrCat(count, " changes found"));
  }

  // Of any family.
  static std::string RemoveARow(Random& random, RowEditor& rows) {
    rows.Delete(rows.Any(random).key);
    return "a row removed";
  }
  static std::string FlipABit(Random& random, RowEditor& rows) {
    Row row = rows.Any(random);
    const size_t at = Draw(random, row.value.size());
    row.value[at] = static_cast<char>(row.value[at] ^ (1 << Draw(random, 8)));
    rows.Put(row.key, row.value);
    return absl::StrCat("a bit of byte ", at, " of ", row.value.size());
  }
  static std::string SwapValues(Random& random, RowEditor& rows) {
    const Row& a = rows.Any(random);
    const Row& b = rows.Any(random);
    if (a.value == b.value) return "";
    rows.Put(a.key, b.value);
    rows.Put(b.key, a.value);
    return "two values swapped";
  }
  static std::string AddUnderAnotherKey(Random& random, RowEditor& rows) {
    const Row& row = rows.Any(random);
    std::string key = row.key;
    key[Draw(random, key.size())] ^= 1;
    for (const Row& other : rows.rows()) {
      if (other.key == key) return "";
    }
    rows.Put(key, row.value);
    return "a row added";
  }

  FaultRun run_;
  TemporaryFolder folder_;
};

// --- Nobody changed anything -------------------------------------------------

TEST_F(IndexCheckTest, NothingIsFoundWhereNobodyDid) {
  while (run_.More()) {
    fs::remove_all(folder_.path());
    fs::create_directories(folder_.path());
    ASSERT_NO_FATAL_FAILURE(Make("store")) << run_.Replay();

    ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, VerifyDeep("store"));

    ASSERT_TRUE(verified.index.has_value());
    const auto& difference = verified.index->difference;
    ASSERT_FALSE(difference.has_value())
        << ToString(difference->part) << ": expected " << difference->expected
        << ", found " << difference->found << "; " << run_.Replay();
  }
  run_.Report(absl::StrCat(run_.rounds(), " stores"));
}

TEST_F(IndexCheckTest, ItChangesNothing) {
  Make("store");
  const uint64_t before = HashFolder(folder_ / "store");

  ASSERT_OK(VerifyDeep("store"));

  EXPECT_EQ(HashFolder(folder_ / "store"), before);
}

TEST_F(IndexCheckTest, AStoreWithoutAnIndexIsWhole) {
  Make("store");
  fs::remove_all(folder_ / "store/index");

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, VerifyDeep("store"));

  EXPECT_FALSE(verified.index->exists);
  EXPECT_FALSE(verified.index->difference.has_value());
  EXPECT_FALSE(fs::exists(folder_ / "store/index"));
}

TEST_F(IndexCheckTest, AnEmptyStoreIsWhole) {
  ASSERT_OK(EventStore::Open(folder_ / "store", StoreOptions()));

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, VerifyDeep("store"));

  EXPECT_FALSE(verified.index->difference.has_value());
}

TEST_F(IndexCheckTest, WhoDoesNotAskIsToldNothing) {
  Make("store");
  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified,
                       VerifyStore(folder_ / "store", VerifyOptions()));

  EXPECT_FALSE(verified.index.has_value());
}

// --- Streams -----------------------------------------------------------------

TEST_F(IndexCheckTest, ARunThatIsGoneIsFound) {
  ExpectFound(kIndexStreams, Part::kStreams, RemoveARow);
}
TEST_F(IndexCheckTest, ARunWithAnotherBitIsFound) {
  ExpectFound(kIndexStreams, Part::kStreams, FlipABit);
}
TEST_F(IndexCheckTest, RunsThatChangedPlacesAreFound) {
  ExpectFound(kIndexStreams, Part::kStreams, SwapValues);
}
TEST_F(IndexCheckTest, ARunTooManyIsFound) {
  ExpectFound(kIndexStreams, Part::kStreams, AddUnderAnotherKey);
}

// Whoever knows the format makes the checksums right.
TEST_F(IndexCheckTest, APayloadThatChangedUnderItsChecksumIsFound) {
  ExpectFound(
      kIndexStreams, Part::kStreams, [](Random& random, RowEditor& rows) {
        const Row& row = rows.Any(random);
        RunReader reader;
        EXPECT_EQ(reader.Parse(row.value), nullptr);
        RunBuilder builder;
        std::vector<std::string> bodies;
        const uint64_t changed = Draw(random, reader.count());
        for (uint32_t i = 0; i < reader.count(); ++i) {
          EventView event;
          EXPECT_EQ(reader.Read(i, &event), nullptr);
          bodies.emplace_back(reader.Body(i));
        }
        bodies[changed] += 'x';
        for (uint32_t i = 0; i < reader.count(); ++i) {
          EventView event;
          EXPECT_EQ(reader.Read(i, &event), nullptr);
          AppendHeader append;
          append.first_position = event.append.first_position;
          append.count = event.append.count;
          append.recorded_at_micros = absl::ToUnixMicros(event.recorded_at);
          builder.Add(append,
                      {event.position, event.revision, event.stream, event.type,
                       event.source, event.content_type},
                      bodies[i], Checksum(bodies[i]));
        }
        rows.Put(row.key, std::string(builder.Finish()));
        return std::string("a payload changed");
      });
}

TEST_F(IndexCheckTest, TheFirstPositionThatDiffersIsNamed) {
  StoreOptions options;
  options.durability = Durability::None();
  {
    ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                         EventStore::Open(folder_ / "store", options));
    for (int i = 0; i < 10; ++i) {
      ASSERT_OK(store->Append(absl::StrCat("order-", i),
                              ExpectedRevision::NoStream(),
                              {{.type = "placed"}}));
    }
    ASSERT_OK(store->WaitForIndexes(absl::Minutes(1)));
    ASSERT_OK(store->Close(absl::Minutes(1)));
  }
  {
    RowEditor rows(folder_ / "store/index", kIndexStreams);
    rows.Delete(PairKey(7, 0));
    rows.Delete(PairKey(4, 0));
  }

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, VerifyDeep("store"));

  ASSERT_TRUE(verified.index->difference.has_value());
  EXPECT_EQ(verified.index->difference->position, Position(4));
  EXPECT_THAT(verified.index->difference->expected,
              HasSubstr("revision 0 of stream \"order-4\", type \"placed\""));
  EXPECT_EQ(verified.index->difference->found, "nothing");
}

// --- Heads -------------------------------------------------------------------

TEST_F(IndexCheckTest, AHeadThatIsGoneIsFound) {
  ExpectFound(kIndexHeads, Part::kHeads, RemoveARow);
}
TEST_F(IndexCheckTest, AHeadWithAnotherBitIsFound) {
  ExpectFound(kIndexHeads, Part::kHeads, FlipABit);
}
TEST_F(IndexCheckTest, HeadsThatChangedPlacesAreFound) {
  ExpectFound(kIndexHeads, Part::kHeads, SwapValues);
}
TEST_F(IndexCheckTest, AHeadTooManyIsFound) {
  ExpectFound(kIndexHeads, Part::kHeads, AddUnderAnotherKey);
}
TEST_F(IndexCheckTest, AnotherLastLeafIsFound) {
  ExpectFound(kIndexHeads, Part::kHeads, [](Random& random, RowEditor& rows) {
    const Row& row = rows.Any(random);
    StreamHead head;
    EXPECT_TRUE(DecodeHead(row.value, &head));
    head.last_leaf = audit::LeafHash("another");
    rows.Put(row.key, EncodeHead(head));
    return absl::StrCat("the last leaf of ", row.key);
  });
}

// --- Terms -------------------------------------------------------------------

TEST_F(IndexCheckTest, TermsThatAreGoneAreFound) {
  ExpectFound(kIndexTerms, Part::kTerms, RemoveARow);
}
TEST_F(IndexCheckTest, TermsWithAnotherBitAreFound) {
  ExpectFound(kIndexTerms, Part::kTerms, FlipABit);
}
TEST_F(IndexCheckTest, TermsThatChangedPlacesAreFound) {
  ExpectFound(kIndexTerms, Part::kTerms, SwapValues);
}
TEST_F(IndexCheckTest, TermsTooManyAreFound) {
  ExpectFound(kIndexTerms, Part::kTerms, AddUnderAnotherKey);
}
TEST_F(IndexCheckTest, OnePostingMoreOrLessIsFound) {
  ExpectFound(kIndexTerms, Part::kTerms, [](Random& random, RowEditor& rows) {
    const Row& row = rows.Any(random);
    std::vector<uint64_t> positions;
    EXPECT_TRUE(DecodePositions(row.value, &positions));
    // The last one is in the key.
    if (positions.size() < 2) return std::string();
    const uint64_t at = Draw(random, positions.size() - 1);
    const bool remove = OneIn(random, 2);
    if (remove) {
      positions.erase(positions.begin() + static_cast<ptrdiff_t>(at));
    } else {
      if (positions[at] + 1 == positions[at + 1]) return std::string();
      positions.insert(positions.begin() + static_cast<ptrdiff_t>(at) + 1,
                       positions[at] + 1);
    }
    rows.Put(row.key, EncodePositions(positions.data(), positions.size()));
    return absl::StrCat("a posting ", remove ? "less" : "more");
  });
}
TEST_F(IndexCheckTest, TheSamePostingsInTwoRowsAreFound) {
  ExpectFound(kIndexTerms, Part::kTerms, [](Random& random, RowEditor& rows) {
    const Row& row = rows.Any(random);
    std::vector<uint64_t> positions;
    EXPECT_TRUE(DecodePositions(row.value, &positions));
    if (positions.size() < 2) return std::string();
    positions.pop_back();
    rows.Put(PairKey(LoadBigEndian64(row.key.data()), positions.back()),
             EncodePositions(positions.data(), positions.size()));
    return std::string("postings twice");
  });
}

// --- Append keys -------------------------------------------------------------

TEST_F(IndexCheckTest, AKeyThatIsGoneIsFound) {
  ExpectFound(kIndexKeys, Part::kAppendKeys, RemoveARow);
}
TEST_F(IndexCheckTest, AKeyWithAnotherBitIsFound) {
  ExpectFound(kIndexKeys, Part::kAppendKeys, FlipABit);
}
TEST_F(IndexCheckTest, KeysThatChangedPlacesAreFound) {
  ExpectFound(kIndexKeys, Part::kAppendKeys, SwapValues);
}
TEST_F(IndexCheckTest, AKeyTooManyIsFound) {
  ExpectFound(kIndexKeys, Part::kAppendKeys, AddUnderAnotherKey);
}

// --- Rules -------------------------------------------------------------------

TEST_F(IndexCheckTest, RulesThatAreGoneAreFound) {
  ExpectFound(kIndexRules, Part::kRules, RemoveARow);
}
TEST_F(IndexCheckTest, RulesThatChangedPlacesAreFound) {
  ExpectFound(kIndexRules, Part::kRules, SwapValues);
}
TEST_F(IndexCheckTest, RulesTooManyAreFound) {
  ExpectFound(kIndexRules, Part::kRules, AddUnderAnotherKey);
}
TEST_F(IndexCheckTest, OtherRulesAreFound) {
  ExpectFound(kIndexRules, Part::kRules, [](Random& random, RowEditor& rows) {
    const Row& row = rows.Any(random);
    StreamRules rules;
    EXPECT_TRUE(DecodeRules(row.value, &rules));
    switch (Draw(random, 4)) {
      case 0:
        rules.tombstoned = !rules.tombstoned;
        break;
      case 1:
        rules.deleted_before = rules.deleted_before.Next();
        break;
      case 2:
        rules.metadata.max_count = 1'000'000;
        break;
      default:
        rules.metadata.json += " ";
    }
    rows.Put(row.key, EncodeRules(rules));
    return absl::StrCat("the rules of ", row.key);
  });
}

// --- How far all of it goes --------------------------------------------------

TEST_F(IndexCheckTest, AnotherWatermarkIsFound) {
  MakeWhole();
  const Position watermark = VerifyDeep("whole")->index->watermark;
  for (const uint64_t other : {watermark.value() - 1, watermark.value() + 1}) {
    fs::remove_all(folder_ / "changed");
    CopyFolder(folder_ / "whole", folder_ / "changed");
    {
      RowEditor rows(folder_ / "changed/index", kIndexMeta);
      std::string value;
      PutFixed<uint64_t>(&value, other);
      rows.Put(kWatermarkKey, value);
    }

    const absl::StatusOr<VerifiedStore> verified = VerifyDeep("changed");

    ASSERT_OK(verified);
    EXPECT_TRUE(verified->index->difference.has_value()) << other;
  }
}

TEST_F(IndexCheckTest, AnIndexThatDoesNotOpenIsFound) {
  Make("store");
  fs::remove(folder_ / "store/index/CURRENT");

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, VerifyDeep("store"));

  ASSERT_TRUE(verified.index->difference.has_value());
  EXPECT_EQ(verified.index->difference->part, Part::kFiles);
}

TEST_F(IndexCheckTest, AViewBeyondTheLogIsFound) {
  Make("store");
  ASSERT_OK_AND_ASSIGN(const VerifiedStore whole, VerifyDeep("store"));
  {
    RowEditor rows(folder_ / "store/log", kLogRows, /*is_log=*/true);
    std::string key = "\x02";
    PutBigEndian64(&key, 1);
    std::string at;
    PutBigEndian64(&at, whole.tree.size + 1);
    rows.Put(key, at);
  }

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, VerifyDeep("store"));

  ASSERT_TRUE(verified.index->difference.has_value());
  EXPECT_EQ(verified.index->difference->part, Part::kViews);
  EXPECT_EQ(verified.index->difference->position, Position(whole.tree.size));
}

TEST_F(IndexCheckTest, ReindexMendsIt) {
  MakeWhole();
  {
    RowEditor rows(folder_ / "whole/index", kIndexTerms);
    rows.Delete(rows.rows().front().key);
  }
  ASSERT_TRUE(VerifyDeep("whole")->index->difference.has_value());

  ASSERT_OK(EventStore::Reindex(folder_ / "whole", StoreOptions(),
                                [](const ReindexProgress&) {}));

  EXPECT_FALSE(VerifyDeep("whole")->index->difference.has_value());
}

// --- Sums --------------------------------------------------------------------

TEST(FactSumsTest, OrderDoesNotMatterAndRangesAreNarrow) {
  const auto nothing = [] { return std::string(); };
  FactSums a(100'000'000);
  FactSums b(100'000'000);
  for (uint64_t i = 0; i < 1'000; ++i) {
    a.Add(i * 99'991, i * i + 1, nothing);
    b.Add((999 - i) * 99'991, (999 - i) * (999 - i) + 1, nothing);
  }
  EXPECT_FALSE(a.FirstDifference(b).has_value());

  b.Add(77'777'777, 1, nothing);

  const std::optional<FactRange> range = a.FirstDifference(b);
  ASSERT_TRUE(range.has_value());
  EXPECT_TRUE(range->Contains(77'777'777));
  EXPECT_LE(range->end - range->begin, 4'096);
}

TEST(FactListTest, TheFirstDifferenceOfSeveralIsGiven) {
  FactList expected({10, 20});
  FactList found({10, 20});
  const auto text = [](std::string what) { return [what] { return what; }; };
  expected.Add(12, 1, text("both"));
  found.Add(12, 1, text("both"));
  expected.Add(17, 2, text("only expected"));
  found.Add(15, 3, text("only found"));
  found.Add(25, 4, text("not of this range"));

  const auto first = FactList::First(expected, found);

  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(first->position, 15);
  EXPECT_EQ(first->expected, "");
  EXPECT_EQ(first->found, "only found");
}

}  // namespace
}  // namespace daybook
