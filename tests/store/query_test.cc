#include "daybook/store/query.h"

#include "gtest/gtest.h"
#include "store/coding.h"
#include "store/metadata_codec.h"

namespace daybook {
namespace {

// An event of type "reserved" in "seat-1", tagged "show:7" and "row:2", of the
// correlation "c-1".
class QueryTest : public ::testing::Test {
 protected:
  QueryTest() {
    for (const char* tag : {"show:7", "row:2"}) PutString(&tags_, tag);
    Metadata metadata;
    metadata.correlation_id = "c-1";
    metadata_ = EncodeMetadata(metadata);
    event_.stream = "seat-1";
    event_.type = "reserved";
    event_.tags = TagList(tags_.data(), 2);
    event_.encoded_metadata = metadata_;
  }
  bool Match(QueryItem item) { return Matches({{std::move(item)}}, event_); }

  std::string tags_;
  std::string metadata_;
  EventView event_;
};

TEST_F(QueryTest, QueryWithoutItemsMatchesEveryEvent) {
  EXPECT_TRUE(Matches(Query(), event_));
  EXPECT_TRUE(Matches(Query(), EventView()));
}

TEST_F(QueryTest, ItemWithoutAnythingMatchesEveryEvent) {
  EXPECT_TRUE(Match({}));
}

TEST_F(QueryTest, AnyTypeMatches) {
  EXPECT_TRUE(Match({.types = {"released", "reserved"}}));
  EXPECT_FALSE(Match({.types = {"released"}}));
}

TEST_F(QueryTest, AllTagsAreNeeded) {
  EXPECT_TRUE(Match({.tags = {"row:2", "show:7"}}));
  EXPECT_FALSE(Match({.tags = {"row:2", "show:8"}}));
}

TEST_F(QueryTest, CategoryIsComparedWhole) {
  EXPECT_TRUE(Match({.category = "seat"}));
  EXPECT_FALSE(Match({.category = "sea"}));
  EXPECT_FALSE(Match({.category = "seat-1"}));
}

TEST_F(QueryTest, CorrelationIdIsComparedWhole) {
  EXPECT_TRUE(Match({.correlation_id = "c-1"}));
  EXPECT_FALSE(Match({.correlation_id = "c"}));
}

TEST_F(QueryTest, EverythingInAnItemMustHold) {
  EXPECT_TRUE(Match({.types = {"reserved"},
                     .tags = {"row:2"},
                     .category = "seat",
                     .correlation_id = "c-1"}));
  EXPECT_FALSE(Match({.types = {"reserved"}, .tags = {"row:3"}}));
  EXPECT_FALSE(Match({.types = {"released"}, .tags = {"row:2"}}));
  EXPECT_FALSE(Match({.category = "seat", .correlation_id = "c-2"}));
}

TEST_F(QueryTest, AnyItemMatches) {
  EXPECT_TRUE(Matches({{{.types = {"x"}}, {.tags = {"row:2"}}}}, event_));
  EXPECT_FALSE(Matches({{{.types = {"x"}}, {.tags = {"x"}}}}, event_));
}

}  // namespace
}  // namespace daybook
