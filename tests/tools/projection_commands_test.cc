// daybook projection, refold and branch: views that a store keeps, as an
// operator sees them.

#include "absl/strings/str_cat.h"
#include "daybook/projections/registry.h"
#include "daybook/replay/views.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "replay/view_catalog.h"
#include "replay/view_keys.h"
#include "tests/replay/articles.h"
#include "tests/replay/cart.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Added;
using ::daybook::testing::Articles;
using ::daybook::testing::ArticlesTwice;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::Sku;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

class ProjectionCommandsTest : public ::testing::Test {
 protected:
  ProjectionCommandsTest() {
    daybook_({"init"});
    registry_.AddProjection<Articles>();
    daybook_.set_registry(&registry_);
  }

  void Put(const std::string& sku, uint32_t quantity) {
    ASSERT_OK(daybook::Append(daybook_.store(), "cart-1",
                              ExpectedRevision::Any(), Added(sku, quantity)));
  }
  // What a command that works prints.
  std::string Run(const std::vector<std::string>& arguments) {
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  // Puts something else than its events make of it into the row of tea.
  void DamageTea() {
    const auto rows = daybook_.store().ReadRows();
    ASSERT_OK(rows);
    const auto record = ReadViewRecord(**rows, "articles");
    ASSERT_OK(record);
    std::string key = RowPrefix(record->serving());
    EncodeRowKey(Sku("tea"), &key);
    RowBatch batch;
    batch.Put(key, "");
    ASSERT_OK(daybook_.store().WriteRows(batch));
  }

  Registry registry_;
  CommandRunner daybook_;
};

TEST_F(ProjectionCommandsTest, AStoreWithoutViewsListsNone) {
  EXPECT_THAT(Run({"projection", "list"}), IsEmpty());
  EXPECT_EQ(daybook_({"projection", "status", "articles"}).exit_code, 4);
}

TEST_F(ProjectionCommandsTest, ARebuiltViewIsListedWithHowFarItIs) {
  Put("tea", 2);

  EXPECT_THAT(Run({"projection", "rebuild", "articles", "--workers", "2",
                   "--mode", "inline"}),
              StartsWith("view \"articles\" built from 2 events"));

  // At 2 stands who rebuilt it; this one nobody has applied.
  Put("milk", 1);
  EXPECT_THAT(
      Run({"projection", "list", "--format", "json"}),
      AllOf(HasSubstr(R"("name":"articles","mode":"inline","state":"running")"),
            HasSubstr(R"("version":1,"next_position":3,"lag_events":1)"),
            HasSubstr(R"("parked":0)")));
  EXPECT_THAT(Run({"projection", "status", "articles"}),
              HasSubstr("next position  3"));
}

TEST_F(ProjectionCommandsTest,
       RebuildingAgainKeepsTheRowsOfBeforeUntilDropped) {
  Put("tea", 2);
  Run({"projection", "rebuild", "articles", "--mode", "inline"});
  Run({"projection", "rebuild", "articles"});
  const auto kept = [&] {
    return Run({"projection", "status", "articles", "--format", "json"});
  };
  EXPECT_THAT(kept(), AllOf(HasSubstr(R"("mode":"inline")"),
                            HasSubstr(R"("kept_versions":[1,1])")));

  EXPECT_THAT(Run({"projection", "drop", "articles"}),
              HasSubstr("nothing was done: add --yes"));
  EXPECT_THAT(kept(), HasSubstr("[1,1]"));
  Run({"projection", "drop", "articles", "--yes"});

  EXPECT_THAT(kept(), HasSubstr("[1]"));
  Run({"projection", "drop", "articles", "--all", "--yes"});
  EXPECT_THAT(Run({"projection", "list"}), IsEmpty());
}

TEST_F(ProjectionCommandsTest, ParkedRowsAreShownWithTheirCause) {
  Put("tea", 1);
  Put("tea", 9);
  Put("milk", 1);
  Run({"projection", "rebuild", "articles"});

  EXPECT_THAT(Run({"projection", "park", "articles", "--format", "json"}),
              AllOf(HasSubstr(R"({"key":{"sku":"tea"},"position":2)"),
                    HasSubstr(R"("cause":"OUT_OF_RANGE: nine is too many")")));
  EXPECT_THAT(Run({"projection", "list"}), HasSubstr("parked"));
  const CommandResult resumed = daybook_({"projection", "resume", "articles"});
  EXPECT_NE(resumed.exit_code, 0);
  EXPECT_THAT(resumed.out, HasSubstr("0 of 1 parked rows go on"));
}

TEST_F(ProjectionCommandsTest, AViewOfAnotherProgramIsRefusedByName) {
  const CommandResult result = daybook_({"projection", "rebuild", "prices"});

  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.err, HasSubstr("daybook has no projection \"prices\""));
}

TEST_F(ProjectionCommandsTest, AViewOfAnotherProgramIsShownAsTheStoreHasIt) {
  Put("tea", 2);
  Run({"projection", "rebuild", "articles", "--mode", "inline"});
  Put("tea", 3);  // by a program that does not keep the view
  daybook_.set_registry(nullptr);

  const CommandResult result =
      daybook_({"view", "articles", "--format", "json"});

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr(R"("sku":"tea")"), HasSubstr(R"("quantity":2)")));
  EXPECT_THAT(result.err, HasSubstr("it has not applied 1 event since"));
  EXPECT_THAT(
      Run({"view", "articles", "--where", "quantity > 2", "--format", "json"}),
      IsEmpty());
  EXPECT_EQ(daybook_({"view", "articles", "--as-of", "@1"}).exit_code, 2);
}

TEST_F(ProjectionCommandsTest, RefoldSaysWhetherRowsAreWhatTheirEventsMake) {
  Put("tea", 2);
  Put("milk", 1);
  Run({"projection", "rebuild", "articles"});
  EXPECT_THAT(Run({"refold"}), HasSubstr("2 rows compared, 0 differ"));

  DamageTea();
  const CommandResult result = daybook_({"refold", "articles"});

  EXPECT_EQ(result.exit_code, 5);
  EXPECT_THAT(result.out, AllOf(HasSubstr(R"(articles {"sku":"tea"})"),
                                HasSubstr("differs from the event at @1 on")));
  EXPECT_THAT(daybook_({"refold", "--format", "json"}).out,
              AllOf(HasSubstr(R"("key":{"sku":"tea"})"),
                    HasSubstr(R"("first_event":1)")));
}

TEST_F(ProjectionCommandsTest, RefoldRefusesASampleThatIsNoPart) {
  for (const char* sample : {"0", "101%", "-1%", "some", "nan"}) {
    EXPECT_EQ(daybook_({"refold", "--sample", sample}).exit_code, 2) << sample;
  }
}

TEST_F(ProjectionCommandsTest, RefoldSaysWhichVersionTheRowsAreOf) {
  Put("tea", 2);
  Run({"projection", "rebuild", "articles"});
  Registry newer;
  newer.AddProjection<ArticlesTwice>();
  daybook_.set_registry(&newer);

  const CommandResult result = daybook_({"refold"});

  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("of version 1, not 2"));
}

TEST_F(ProjectionCommandsTest, AStoreInMemoryHasNoBranches) {
  const CommandResult result = daybook_({"branch", "elsewhere"});

  EXPECT_NE(result.exit_code, 0);
  EXPECT_THAT(result.err, HasSubstr("memory"));
}

}  // namespace
}  // namespace daybook::tools
