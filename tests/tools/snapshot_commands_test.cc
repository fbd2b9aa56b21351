// `daybook snapshot list` and `drop`.

#include <string>
#include <vector>

#include "daybook/projections/typed_event.h"
#include "daybook/replay/snapshots.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Added;
using ::daybook::testing::Cart;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class SnapshotCommandsTest : public ::testing::Test {
 protected:
  SnapshotCommandsTest() {
    daybook_({"init"});
    EventStore& store = daybook_.store();
    Snapshots<Cart> carts(store, "cart", {.event_count = 1});
    for (const char* stream : {"cart-1", "cart-2"}) {
      EXPECT_OK(Append(store, stream, ExpectedRevision::Any(), Added("tea", 1),
                       Added("tea", 2)));
      EXPECT_OK(carts.Fold(stream));
    }
    EXPECT_OK(carts.Fold(Query{.items = {{.tags = {"sku:tea"}}}}));
  }

  std::string Run(const std::vector<std::string>& arguments) {
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  std::string List() { return Run({"snapshot", "list"}); }

  CommandRunner daybook_;
};

TEST_F(SnapshotCommandsTest, ListShowsWhatEachIsOf) {
  EXPECT_THAT(List(), AllOf(HasSubstr("fingerprint"), HasSubstr("cart-1"),
                            HasSubstr("cart-2"),
                            HasSubstr(R"({"items":[{"tags":["sku:tea"]}]})")));
  EXPECT_THAT(Run({"snapshot", "list", "--stream", "cart-2"}),
              AllOf(HasSubstr("cart-2"), Not(HasSubstr("cart-1"))));
  EXPECT_THAT(Run({"snapshot", "list", "--with", "other"}), IsEmpty());
}

TEST_F(SnapshotCommandsTest, ListAsJsonHasALineForEach) {
  EXPECT_THAT(
      Run({"snapshot", "list", "--stream", "cart-2", "--format", "json"}),
      AllOf(HasSubstr(R"({"with":"cart","stream":"cart-2","revision":1,)"),
            HasSubstr(R"("events":2,"fingerprint":")")));
  EXPECT_THAT(Run({"snapshot", "list", "--format", "json"}),
              HasSubstr(R"("query":{"items":[{"tags":["sku:tea"]}]})"));
}

TEST_F(SnapshotCommandsTest, DropOnlyTellsUntilYes) {
  EXPECT_THAT(
      Run({"snapshot", "drop", "--stream", "cart-1"}),
      AllOf(HasSubstr("drops 1 snapshot, "), HasSubstr("nothing was done")));
  EXPECT_THAT(List(), HasSubstr("cart-1"));

  EXPECT_THAT(Run({"snapshot", "drop", "--stream", "cart-1", "--yes"}),
              HasSubstr("done: dropped 1 snapshot, "));
  EXPECT_THAT(List(), AllOf(Not(HasSubstr("cart-1")), HasSubstr("cart-2")));

  Run({"snapshot", "drop", "--with", "cart", "--yes", "--reason", "too many"});
  EXPECT_THAT(List(), IsEmpty());
  EXPECT_THAT(Run({"read", "$operations", "--system", "--format", "raw"}),
              HasSubstr("too many"));
}

TEST_F(SnapshotCommandsTest, DropMustBeToldWhich) {
  EXPECT_EQ(daybook_({"snapshot", "drop", "--yes"}).exit_code, 2);
  EXPECT_EQ(daybook_({"snapshot", "drop", "--all", "--with", "cart"}).exit_code,
            2);
  EXPECT_THAT(List(), HasSubstr("cart-1"));

  Run({"snapshot", "drop", "--all", "--yes"});
  EXPECT_THAT(List(), IsEmpty());
}

}  // namespace
}  // namespace daybook::tools
