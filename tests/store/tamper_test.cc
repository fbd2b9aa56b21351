// Somebody changes a store, at random, in every way there is: what is found,
// where, and that nothing is found where nobody did. One test for each way;
// each goes on for DAYBOOK_FAULT_SECONDS.

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/audit/tile.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "daybook/store/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/store/log_editor.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using testing::CopyFolder;
using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::Random;
using testing::StatusIs;
using testing::TemporaryFolder;
using testing::Workload;

class TamperTest : public ::testing::Test {
 protected:
  // A store with several heads, as it was and half-way.
  void SetUp() override {
    options_.durability = Durability::None();
    const Workload workload(run_.seed(), 2'000);
    const uint64_t appends = 60 + Draw(run_.random(), 200);
    for (uint64_t next = 0; next < appends;) {
      ASSERT_OK_AND_ASSIGN(const std::unique_ptr<EventStore> store,
                           EventStore::Open(folder_ / "whole", options_));
      const uint64_t end = next + 1 + Draw(run_.random(), appends);
      for (; next < std::min(end, appends); ++next) {
        ASSERT_OK(store->Append(workload.Make({0, next})));
      }
      ASSERT_OK(store->Close(absl::Minutes(1)));
      if (next < appends) {
        fs::remove_all(folder_ / "old");
        CopyFolder(folder_ / "whole", folder_ / "old");
      }
    }
    ASSERT_OK_AND_ASSIGN(const VerifiedStore whole, Verify("whole"));
    tree_ = whole.tree;
  }

  // As an auditor does who kept the last head.
  absl::StatusOr<VerifiedStore> Verify(const std::string& name) {
    VerifyOptions options;
    if (tree_.size > 0) options.heads = {{"kept elsewhere", tree_}};
    return VerifyStore(folder_ / name, options);
  }

  // Changes the log and says what it did.
  using Tamper = std::function<std::string(Random& random, LogEditor& editor)>;

  // Changes a copy, which must be found where it is. An attacker who covers his
  // tracks makes everything in the store agree with the change; then only the
  // head that was kept elsewhere tells, and not where.
  void ExpectFound(const Tamper& tamper) {
    const LogEditor whole(folder_ / "whole");
    uint64_t found_count = 0;
    while (run_.More()) {
      fs::remove_all(folder_ / "changed");
      CopyFolder(folder_ / "whole", folder_ / "changed");
      LogEditor editor = whole;
      editor.set_folder(folder_ / "changed");
      std::string what = tamper(run_.random(), editor);
      const std::optional<uint64_t> first_bad = whole.FirstDifference(editor);
      if (!first_bad.has_value()) continue;
      const bool covered = OneIn(run_.random(), 2);
      if (covered) editor.MakeLeavesAgain(*first_bad);
      // A leaf that was changed is what it was.
      if (!whole.FirstDifference(editor).has_value()) continue;
      editor.Save({.cover_tracks = covered});

      const absl::StatusOr<VerifiedStore> verified = Verify("changed");

      absl::StrAppend(&what, covered ? ", tracks covered: " : ": ",
                      verified.status().ToString(), "; ", run_.Replay());
      ASSERT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss)) << what;
      if (!covered) {
        ASSERT_EQ(GetDamage(verified.status()), Position(*first_bad)) << what;
      }
      ++found_count;
    }
    run_.Report(absl::StrCat(found_count, " changes found"));
  }

  uint64_t AnyPosition(Random& random) { return Draw(random, tree_.size); }

  FaultRun run_;
  TemporaryFolder folder_;
  StoreOptions options_;
  TreeState tree_;
};

TEST_F(TamperTest, AnyFieldOfAnEvent) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    const uint64_t at = AnyPosition(random);
    EditedEvent& event = editor.events[at];
    const std::vector<std::pair<std::string, std::function<void()>>> fields = {
        {"payload", [&] { event.body += 'x'; }},
        {"event id", [&] { event.body[2 + Draw(random, 16)] ^= 0x40; }},
        {"stream", [&] { event.stream += 'x'; }},
        {"type", [&] { event.type += 'x'; }},
        {"source", [&] { event.source += 'x'; }},
        {"content type", [&] { event.content_type += 'x'; }},
        {"revision", [&] { event.revision = event.revision.Next(); }},
        {"payload salt", [&] { event.audit.payload_salt[3] ^= 1; }},
        {"metadata salt", [&] { event.audit.metadata_salt[3] ^= 1; }},
        {"leaf", [&] { event.audit.leaf = audit::Hash(); }},
    };
    const auto& [name, change] = fields[Draw(random, fields.size())];
    change();
    return absl::StrCat(name, " of ", at, " changed");
  });
}

TEST_F(TamperTest, AnyFieldOfAnAppend) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    const uint64_t append = editor.events[AnyPosition(random)].append;
    const uint64_t field = Draw(random, 4);
    for (EditedEvent& event : editor.events) {
      if (event.append != append) continue;
      if (field == 0) event.recorded_at_micros += 1;
      if (field == 1) event.key += 'x';
      // Neither is stored without a key.
      if (field == 2 && !event.key.empty()) event.fingerprint[5] ^= 1;
      if (field == 3 && !event.key.empty()) event.result += 'x';
    }
    return absl::StrCat("field ", field, " of the append at ", append);
  });
}

TEST_F(TamperTest, AnEventIsRemoved) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    const uint64_t at = AnyPosition(random);
    editor.events.erase(editor.events.begin() + static_cast<ptrdiff_t>(at));
    return absl::StrCat("removed ", at);
  });
}

// Its stream closed behind it, which only the leaves tell.
TEST_F(TamperTest, AnEventIsRemovedAndItsStreamClosed) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    const uint64_t at = AnyPosition(random);
    const std::string stream = editor.events[at].stream;
    editor.events.erase(editor.events.begin() + static_cast<ptrdiff_t>(at));
    for (uint64_t later = at; later < editor.events.size(); ++later) {
      EditedEvent& event = editor.events[later];
      if (event.stream == stream) event.revision = event.revision.Previous();
    }
    return absl::StrCat("removed ", at, " and closed ", stream);
  });
}

TEST_F(TamperTest, AnEventIsPutIn) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    const uint64_t at = AnyPosition(random);
    EditedEvent fresh = editor.events[AnyPosition(random)];
    fresh.append = UINT64_MAX;
    fresh.stream = "put-in";
    fresh.revision = Revision(0);
    editor.events.insert(editor.events.begin() + static_cast<ptrdiff_t>(at),
                         fresh);
    return absl::StrCat("put in at ", at);
  });
}

TEST_F(TamperTest, TwoEventsChangePlaces) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    const uint64_t a = AnyPosition(random);
    const uint64_t b = AnyPosition(random);
    std::swap(editor.events[a], editor.events[b]);
    return absl::StrCat("swapped ", a, " and ", b);
  });
}

TEST_F(TamperTest, EventsAreReordered) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    const uint64_t from = AnyPosition(random);
    const uint64_t to =
        std::min<uint64_t>(from + 2 + Draw(random, 20), editor.events.size());
    std::shuffle(editor.events.begin() + static_cast<ptrdiff_t>(from),
                 editor.events.begin() + static_cast<ptrdiff_t>(to), random);
    return absl::StrCat("shuffled ", from, " to ", to);
  });
}

// Another history of one stream: its leaves follow from one another, those of
// other streams are untouched, and so is the tree. Where the tile is not full
// only a head tells, which is of all that came since the head before.
TEST_F(TamperTest, AStreamIsForked) {
  const LogEditor whole(folder_ / "whole");
  while (run_.More()) {
    fs::remove_all(folder_ / "changed");
    CopyFolder(folder_ / "whole", folder_ / "changed");
    LogEditor editor = whole;
    editor.set_folder(folder_ / "changed");
    const uint64_t at = AnyPosition(run_.random());
    editor.events[at].body += 'x';
    editor.MakeLeavesAgain(at, editor.events[at].stream);
    editor.Save({});

    const absl::Status verified = Verify("changed").status();

    const uint64_t tile = at - at % audit::kTileWidth;
    const std::optional<Position> found = GetDamage(verified);
    ASSERT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss))
        << run_.Replay();
    if (tile + audit::kTileWidth <= tree_.size) {
      ASSERT_EQ(found, Position(at)) << verified << run_.Replay();
    } else if (found.has_value()) {
      ASSERT_LE(found->value(), at) << verified << run_.Replay();
    }
  }
  run_.Report(absl::StrCat(run_.rounds(), " forks found"));
}

TEST_F(TamperTest, TheEndIsCutOff) {
  ExpectFound([&](Random& random, LogEditor& editor) {
    editor.events.resize(AnyPosition(random));
    return absl::StrCat("cut to ", editor.events.size());
  });
}

TEST_F(TamperTest, SomethingIsAppended) {
  while (run_.More()) {
    fs::remove_all(folder_ / "changed");
    CopyFolder(folder_ / "whole", folder_ / "changed");
    LogEditor editor(folder_ / "changed");
    EditedEvent fresh = editor.events[AnyPosition(run_.random())];
    fresh.append = UINT64_MAX;
    fresh.stream = "appended";
    fresh.revision = Revision(0);
    editor.events.push_back(fresh);
    editor.MakeLeavesAgain(tree_.size);
    editor.Save({});

    // The leaf is as it must be, but no tree was made with it.
    ASSERT_EQ(GetDamage(Verify("changed").status()), Position(tree_.size))
        << run_.Replay();
  }
  run_.Report(absl::StrCat(run_.rounds(), " appends found"));
}

TEST_F(TamperTest, AnOldCopyIsPutBack) {
  ASSERT_TRUE(fs::exists(folder_ / "old") || tree_.size > 0);
  if (!fs::exists(folder_ / "old")) GTEST_SKIP() << "the store was closed once";
  ASSERT_OK_AND_ASSIGN(const VerifiedStore old,
                       VerifyStore(folder_ / "old", VerifyOptions()));

  const absl::Status verified = Verify("old").status();

  EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss,
                                 ::testing::HasSubstr("rolled back")));
  EXPECT_EQ(GetDamage(verified), Position(old.tree.size));
}

TEST_F(TamperTest, NothingIsFoundWhereNobodyDid) {
  while (run_.More()) {
    fs::remove_all(folder_.path());
    fs::create_directories(folder_.path());
    tree_ = TreeState();

    ASSERT_NO_FATAL_FAILURE(SetUp()) << run_.Replay();
  }
  run_.Report(absl::StrCat(run_.rounds(), " clean stores"));
}

}  // namespace
}  // namespace daybook
