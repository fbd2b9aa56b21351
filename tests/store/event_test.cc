#include "daybook/store/event.h"

#include <algorithm>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/coding.h"
#include "store/metadata_codec.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using testing::IsOkAndHolds;
using testing::StatusIs;

constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

// --- EventId ----------------------------------------------------------------

TEST(EventIdTest, TextAndBytesAreOneAndTheSame) {
  const std::string text = "0190163d-8694-739b-aea5-966c26f8ad91";
  const EventId id = *EventId::Parse(text);

  EXPECT_EQ(id.ToString(), text);
  EXPECT_THAT(id.bytes(),
              ElementsAre(0x01, 0x90, 0x16, 0x3d, 0x86, 0x94, 0x73, 0x9b, 0xae,
                          0xa5, 0x96, 0x6c, 0x26, 0xf8, 0xad, 0x91));
  EXPECT_EQ(EventId(id.bytes()), id);
}

TEST(EventIdTest, EitherLetterCaseIsRead) {
  EXPECT_THAT(
      EventId::Parse("0190163D-8694-739B-AEA5-966C26F8AD91"),
      IsOkAndHolds(*EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91")));
}

TEST(EventIdTest, AnyOtherFormIsRefused) {
  for (const char* text : {"", "0190163d", "0190163d8694739baea5966c26f8ad91",
                           "0190163d-8694-739b-aea5-966c26f8ad9",
                           "0190163d-8694-739b-aea5-966c26f8ad911",
                           "0190163d-8694-739b-aea5-966c26f8ad9g",
                           "0190163d-8694-739b-aea5_966c26f8ad91",
                           "{190163d-8694-739b-aea5-966c26f8ad91",
                           " 0190163d-8694-739b-aea5-966c26f8ad9"}) {
    EXPECT_THAT(EventId::Parse(text), StatusIs(kInvalidArgument)) << text;
  }
}

TEST(EventIdTest, NilIsTheDefault) {
  EXPECT_EQ(EventId().ToString(), "00000000-0000-0000-0000-000000000000");
}

TEST(EventIdTest, BytesAreTakenAsTheyAre) {
  const std::string bytes = "\xff" + std::string(14, '\0') + "\x01";
  EXPECT_EQ(EventId::FromBytes(bytes).ToString(),
            "ff000000-0000-0000-0000-000000000001");
}

TEST(EventIdTest, OrderIsThatOfTheText) {
  EXPECT_LT(*EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91"),
            *EventId::Parse("0190163d-8694-739b-aea5-966c26f8adff"));
}

// --- TagList ----------------------------------------------------------------

TEST(TagListTest, ShowsTheTagsInOrder) {
  const std::vector<std::string> tags = {"b", "a", std::string(200, 'x')};
  std::string encoded;
  for (const std::string& tag : tags) PutString(&encoded, tag);
  const TagList list(encoded.data(), tags.size());

  EXPECT_EQ(list.size(), 3u);
  EXPECT_EQ(list.ToVector(), tags);
  EXPECT_TRUE(std::equal(list.begin(), list.end(), tags.begin(), tags.end()));
  EXPECT_TRUE(list.Contains("a"));
  EXPECT_FALSE(list.Contains("x"));
  EXPECT_FALSE(list.Contains(""));
}

TEST(TagListTest, EmptyListHoldsNothing) {
  EXPECT_TRUE(TagList().empty());
  EXPECT_THAT(TagList().ToVector(), IsEmpty());
  EXPECT_FALSE(TagList().Contains(""));
}

// --- CategoryOf -------------------------------------------------------------

TEST(CategoryTest, IsWhatStandsBeforeTheFirstDash) {
  EXPECT_EQ(CategoryOf("order-42"), "order");
  EXPECT_EQ(CategoryOf("order-line-42"), "order");
  EXPECT_EQ(CategoryOf("order"), "order");
  EXPECT_EQ(CategoryOf("-42"), "");
  EXPECT_EQ(CategoryOf("$$order-42"), "$$order");
}

// --- EventView --------------------------------------------------------------

TEST(EventViewTest, CopyOwnsEverything) {
  std::string tags;
  PutString(&tags, "t:1");
  Metadata metadata;
  metadata.actor = "anna";
  std::string encoded = EncodeMetadata(metadata);
  std::string name = "s-1";
  EventView view;
  view.position = Position(7);
  view.revision = Revision(3);
  view.stream = name;
  view.tags = TagList(tags.data(), 1);
  view.encoded_metadata = encoded;
  view.append = {Position(6), 2, "key"};

  const Event event = view.ToEvent();
  name = tags = encoded = "gone";
  EXPECT_EQ(event.stream, "s-1");
  EXPECT_THAT(event.tags, ElementsAre("t:1"));
  EXPECT_EQ(event.metadata.actor, "anna");
  EXPECT_EQ(event.append_first_position, Position(6));
  EXPECT_EQ(event.append_count, 2u);
}

TEST(EventViewTest, SystemStreamsStartWithADollar) {
  EventView view;
  view.stream = "$$a";
  EXPECT_TRUE(view.system());
  view.stream = "a$";
  EXPECT_FALSE(view.system());
}

}  // namespace
}  // namespace daybook
