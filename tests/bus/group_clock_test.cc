// Clocks that are set, and how long retries wait.

#include <vector>

#include "tests/bus/groups_fixture.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::Ge;
using ::testing::IsEmpty;
using ::testing::Le;

class GroupJumpTest : public GroupsTest {};
DAYBOOK_FOR_GROUP_ENGINES(GroupJumpTest);

TEST_P(GroupJumpTest, AWallClockThatIsSetChangesNoLeaseAndNoRetry) {
  Append("a", 1);
  Append("b", 1);
  const auto group =
      Open({.retry = {.first = absl::Seconds(10)}, .lease = absl::Seconds(30)});
  const uint64_t one = Join(*group);
  const uint64_t other = Join(*group);
  const std::vector<Delivery> taken = Poll(*group, one);
  EXPECT_OK(group->Nack(one, taken[0].id, {}));
  for (const absl::Duration jump : {absl::Hours(24), absl::Hours(-48)}) {
    clock_.Jump(jump);
    EXPECT_THAT(Take(*group, other), IsEmpty());
  }
  clock_.Advance(absl::Seconds(10));
  EXPECT_THAT(Take(*group, other), ElementsAre(0));
  EXPECT_OK(group->Ack(one, taken[1].id));
}

TEST_P(GroupJumpTest, LagIsNeverNegative) {
  Append("a", 1);
  Open();
  clock_.Jump(-absl::Hours(24));
  EXPECT_EQ(InfoOf().lag, absl::ZeroDuration());
}

TEST(RetryPolicyTest, WaitsAreDoubledUpToTheLongest) {
  const RetryPolicy policy{.first = absl::Seconds(1), .max = absl::Seconds(5)};
  std::vector<absl::Duration> longest;
  for (uint32_t attempt = 1; attempt <= 5; ++attempt) {
    longest.push_back(policy.WaitAfter(attempt, 1.0));
  }
  EXPECT_THAT(longest,
              ElementsAre(absl::Seconds(1), absl::Seconds(2), absl::Seconds(4),
                          absl::Seconds(5), absl::Seconds(5)));
}

TEST(RetryPolicyTest, TheHalfOfAWaitIsDrawn) {
  const RetryPolicy policy{.first = absl::Seconds(4), .max = absl::Seconds(60)};
  EXPECT_EQ(policy.WaitAfter(1, 0.0), absl::Seconds(2));
  EXPECT_THAT(policy.WaitAfter(1, 0.5),
              AllOf(Ge(absl::Seconds(2)), Le(absl::Seconds(4))));
}

TEST(RetryPolicyTest, ExtremesAreTakenAsTheyAre) {
  const RetryPolicy none{.first = absl::ZeroDuration()};
  EXPECT_EQ(none.WaitAfter(4'000'000'000, 0.9), absl::ZeroDuration());
  const RetryPolicy ever{.first = absl::Seconds(1),
                         .max = absl::InfiniteDuration()};
  EXPECT_GT(ever.WaitAfter(200, 0.0), absl::Hours(24));
  const RetryPolicy below{.first = absl::Hours(1), .max = absl::Seconds(1)};
  EXPECT_LE(below.WaitAfter(1, 0.9), absl::Seconds(1));
}

}  // namespace
}  // namespace daybook
