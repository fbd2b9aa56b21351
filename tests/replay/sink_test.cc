// RunSink: what comes, in which batches, and what comes again after an error.

#include "daybook/replay/sink.h"

#include <memory>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StatusIs;

// Remembers what it was given: each batch as its events' payloads.
class MemorySink final : public Sink {
 public:
  absl::StatusOr<Position> NextPosition() override { return next_position_; }
  absl::Status Begin() override {
    batch_.clear();
    return absl::OkStatus();
  }
  absl::Status Write(const EventView& event) override {
    if (event.payload == refused_) return absl::UnavailableError("not now");
    batch_ += event.payload;
    return absl::OkStatus();
  }
  absl::Status Commit(Position next_position) override {
    batches_.push_back(batch_);
    next_position_ = next_position;
    return absl::OkStatus();
  }

  void Refuse(const std::string& payload) { refused_ = payload; }
  void StandAt(Position position) { next_position_ = position; }
  const std::vector<std::string>& batches() const { return batches_; }
  Position next_position() const { return next_position_; }

 private:
  std::string refused_ = "nothing";
  std::string batch_;
  std::vector<std::string> batches_;
  Position next_position_;
};

class SinkTest : public ::testing::TestWithParam<testing::EngineFactory> {
 protected:
  // One event for each letter; capitals are of another type.
  void Append(const std::string& letters) {
    for (const char letter : letters) {
      ASSERT_OK(
          store_.Append("letters", ExpectedRevision::Any(),
                        {NewEvent{.type = letter < 'a' ? "capital" : "small",
                                  .payload = std::string(1, letter)}}));
    }
  }
  absl::StatusOr<Position> Run(const SinkOptions& options = {}) {
    return RunSink(store_, small_, sink_, options);
  }

  const std::unique_ptr<testing::Engine> engine_ = GetParam().make({});
  EventStore& store_ = engine_->store();
  const Query small_{.items = {{.types = {"small"}}}};
  MemorySink sink_;
};

TEST_P(SinkTest, EveryEventTheQueryMeansComesOnceAndInOrder) {
  Append("abCde");
  EXPECT_THAT(Run(), testing::IsOkAndHolds(Position(5)));
  Append("Fg");
  EXPECT_THAT(Run(), testing::IsOkAndHolds(Position(7)));

  EXPECT_THAT(sink_.batches(), ElementsAre("abde", "g"));
}

TEST_P(SinkTest, BatchesEndAtTheirCountOrTheirBytes) {
  Append("abcde");

  EXPECT_OK(Run({.batch_count_max = 2}));
  EXPECT_THAT(sink_.batches(), ElementsAre("ab", "cd", "e"));

  sink_.StandAt(Position(0));
  EXPECT_OK(Run({.batch_bytes_max = 3}));
  EXPECT_THAT(sink_.batches(), ElementsAre("ab", "cd", "e", "abc", "de"));
}

TEST_P(SinkTest, AFullBatchAtTheEndIsTheLastOne) {
  Append("abcd");

  EXPECT_OK(Run({.batch_count_max = 2}));

  EXPECT_THAT(sink_.batches(), ElementsAre("ab", "cd"));
}

TEST_P(SinkTest, WhatTheQueryDoesNotMeanIsPassedOnce) {
  Append("ABC");

  EXPECT_THAT(Run(), testing::IsOkAndHolds(Position(3)));
  EXPECT_THAT(Run(), testing::IsOkAndHolds(Position(3)));

  EXPECT_THAT(sink_.batches(), ElementsAre(""));
}

TEST_P(SinkTest, AnEmptyStoreGivesNothing) {
  EXPECT_THAT(Run(), testing::IsOkAndHolds(Position(0)));
  EXPECT_THAT(sink_.batches(), IsEmpty());
}

TEST_P(SinkTest, ABatchThatFailedComesAgainAsAWhole) {
  Append("abcde");
  sink_.Refuse("d");

  EXPECT_THAT(Run({.batch_count_max = 2}),
              StatusIs(absl::StatusCode::kUnavailable,
                       "batch from position 2 on: not now"));
  sink_.Refuse("nothing");
  EXPECT_OK(Run({.batch_count_max = 2}));

  EXPECT_THAT(sink_.batches(), ElementsAre("ab", "cd", "e"));
}

TEST_P(SinkTest, ASinkOfALongerStoreIsRefused) {
  Append("ab");
  sink_.StandAt(Position(3));

  EXPECT_THAT(Run(), StatusIs(absl::StatusCode::kOutOfRange,
                              HasSubstr("position 3, the store ends at 2")));
}

// What a power cut may take back does not leave the store.
TEST(SinkDurabilityTest, WhatIsNotOnStableStorageWaits) {
  const auto engine =
      testing::RocksDbEngineFactory().make({.durability = Durability::None()});
  EventStore& store = engine->store();
  MemorySink sink;
  ASSERT_OK(store.Append("letters", ExpectedRevision::Any(),
                         {NewEvent{.type = "small", .payload = "a"}}));

  EXPECT_THAT(RunSink(store, {}, sink), testing::IsOkAndHolds(Position(0)));
  ASSERT_OK(store.Sync());
  EXPECT_THAT(RunSink(store, {}, sink), testing::IsOkAndHolds(Position(1)));

  EXPECT_THAT(sink.batches(), ElementsAre("a"));
}

DAYBOOK_FOR_EVERY_ENGINE(SinkTest);

}  // namespace
}  // namespace daybook
