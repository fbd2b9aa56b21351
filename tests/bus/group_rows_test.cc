// The rows that keep a group: what FORMAT.md says, and what is damaged.

#include "bus/group_rows.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/strings.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::IsEmpty;
using testing::StatusIs;

class GroupRowsTest : public ::testing::Test {
 protected:
  void Write(const RowBatch& batch) { EXPECT_OK(store_->WriteRows(batch)); }
  void Put(std::string_view hex_key, std::string_view value) {
    RowBatch batch;
    batch.Put(absl::HexStringToBytes(ToAbsl(hex_key)), value);
    Write(batch);
  }
  std::string HexOf(std::string_view hex_key) {
    const auto value = Rows()->Get(absl::HexStringToBytes(ToAbsl(hex_key)));
    EXPECT_OK(value);
    return value->has_value() ? absl::BytesToHexString(**value) : "none";
  }
  std::unique_ptr<RowReader> Rows() { return *store_->ReadRows(); }

  std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
};

TEST_F(GroupRowsTest, ProgressIsWrittenAsStretches) {
  GroupProgress progress{.next_position = Position(12)};
  for (const uint64_t position : {4, 7, 8, 9}) {
    progress.outstanding.Add(Position(position));
  }
  RowBatch batch;
  PutProgress("g", progress, &batch);
  Write(batch);
  EXPECT_EQ(HexOf("080167"), "080c120404010203");
  const auto read = ReadProgress(*Rows(), "g");
  ASSERT_OK(read);
  EXPECT_EQ(read->next_position, Position(12));
  EXPECT_EQ(read->checkpoint(), Position(4));
  EXPECT_EQ(read->outstanding.count(), 4);
  EXPECT_EQ(read->outstanding.runs().size(), 2);
}

TEST_F(GroupRowsTest, AsManyAsMayBeOutstandingFitIntoARow) {
  // As far from each other as they can be.
  constexpr uint64_t kGap = uint64_t{1} << 43;
  GroupProgress progress;
  for (size_t i = 1; i <= kGroupOutstandingCountMax; ++i) {
    progress.outstanding.Add(Position(i * kGap));
  }
  progress.next_position = Position((kGroupOutstandingCountMax + 1) * kGap);
  RowBatch batch;
  PutProgress("g", progress, &batch);
  Write(batch);
  const auto read = ReadProgress(*Rows(), "g");
  ASSERT_OK(read);
  EXPECT_EQ(read->outstanding.count(), kGroupOutstandingCountMax);
}

TEST_F(GroupRowsTest, ParkedEventsAndAttemptsHaveTheirPositionInTheirKeys) {
  RowBatch batch;
  PutParked("g", {.position = Position(258), .cause = "x"}, &batch);
  PutAttempts("g", Position(3), {.count = 2, .cause = "y"}, &batch);
  Write(batch);
  EXPECT_EQ(HexOf("080367000000000000000102"), "120178");
  EXPECT_EQ(HexOf("080267000000000000000003"), "0802120179");
}

TEST_F(GroupRowsTest, DeletingAGroupLeavesOthersAlone) {
  RowBatch batch;
  for (const std::string name : {"g", "gg"}) {
    PutGroup(name, {}, &batch);
    PutProgress(name, {}, &batch);
    PutParked(name, {.position = Position(1)}, &batch);
    PutAttempts(name, Position(2), {1, ""}, &batch);
  }
  DeleteGroup("g", &batch);
  Write(batch);
  EXPECT_THAT(*ReadGroupNames(*Rows()), ElementsAre("gg"));
  EXPECT_EQ(*CountParked(*Rows(), "g"), 0);
  EXPECT_EQ(*CountParked(*Rows(), "gg"), 1);
  EXPECT_THAT(*ReadAttempts(*Rows(), "g"), IsEmpty());
}

TEST_F(GroupRowsTest, ProgressThatCanNotBeIsDamage) {
  // Not a message; half a stretch; an empty one; beyond what was looked at; so
  // far that the sum overflows.
  for (const std::string hex :
       {"ff", "080c120104", "080c12020400", "080c1202040a",
        "080c120b04ffffffffffffffffff01"}) {
    SCOPED_TRACE(hex);
    Put("080167", absl::HexStringToBytes(hex));
    EXPECT_THAT(ReadProgress(*Rows(), "g"),
                StatusIs(absl::StatusCode::kDataLoss));
  }
}

TEST_F(GroupRowsTest, OtherDamageIsToldToo) {
  Put("080067", "\xff");
  EXPECT_THAT(ReadGroup(*Rows(), "g"), StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_THAT(ReadProgress(*Rows(), "g"),
              StatusIs(absl::StatusCode::kDataLoss));
  Put("0803670001", "");
  EXPECT_THAT(ReadParked(*Rows(), "g", Position(0), 9),
              StatusIs(absl::StatusCode::kDataLoss));
  Put("0802670001", "");
  EXPECT_THAT(ReadAttempts(*Rows(), "g"),
              StatusIs(absl::StatusCode::kDataLoss));
}

}  // namespace
}  // namespace daybook
