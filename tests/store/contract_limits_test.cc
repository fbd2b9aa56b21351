// Every limit of limits.h, at it and one above, and every form that is refused.

#include "absl/strings/str_cat.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

std::string Bytes(size_t size) { return std::string(size, 'x'); }

class LimitsTest : public EventStoreContractTest {
 protected:
  // One event of an ordinary append, for tests to spoil.
  AppendRequest request_ = MakeRequest({{"a", "type"}});
  NewEvent& event_ = request_.events[0].event;

  void ExpectAccepted() {
    const Position head = store().Head();
    EXPECT_OK(store().Append(request_));
    EXPECT_EQ(store().Head().value(), head.value() + request_.events.size());
  }

  // Refused with a message that holds `fragments`, and nothing stored.
  template <typename... Fragments>
  void ExpectRefused(const Fragments&... fragments) {
    const Position head = store().Head();
    const auto result = store().Append(request_);
    EXPECT_THAT(result,
                StatusIs(kInvalidArgument, AllOf(HasSubstr(fragments)...)));
    EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
    EXPECT_EQ(store().Head(), head);
  }
};
DAYBOOK_FOR_EVERY_ENGINE(LimitsTest);

// --- Names ------------------------------------------------------------------

TEST_P(LimitsTest, StreamName) {
  request_.events[0].stream = Bytes(kStreamNameBytesMax);
  ExpectAccepted();
  EXPECT_EQ(ReadStream(request_.events[0].stream).size(), 1u);
  request_.events[0].stream = Bytes(kStreamNameBytesMax + 1);
  ExpectRefused("event 0: stream name is 1025 bytes, the limit is 1024");
  request_.events[0].stream = "";
  ExpectRefused("event 0: stream name is empty");
}

TEST_P(LimitsTest, LongestStreamNameCanBeSpokenAbout) {
  const std::string name = Bytes(kStreamNameBytesMax);
  Append(name, {"1"});

  EXPECT_OK(store().SetStreamMetadata(name, {.json = "{}"}));
  EXPECT_OK(store().DeleteStream(name));
  EXPECT_EQ(ReadStream("$$" + name).size(), 2u);
}

TEST_P(LimitsTest, Type) {
  event_.type = Bytes(kTypeBytesMax);
  ExpectAccepted();
  event_.type = Bytes(kTypeBytesMax + 1);
  ExpectRefused("event 0: type is 257 bytes, the limit is 256");
  event_.type = "";
  ExpectRefused("event 0: type is empty");
}

TEST_P(LimitsTest, ContentType) {
  event_.content_type = "";
  ExpectAccepted();
  event_.content_type = Bytes(kContentTypeBytesMax);
  ExpectAccepted();
  event_.content_type = Bytes(kContentTypeBytesMax + 1);
  ExpectRefused("event 0: content type is 257 bytes, the limit is 256");
}

TEST_P(LimitsTest, Source) {
  event_.source = Bytes(kSourceBytesMax);
  ExpectAccepted();
  event_.source = Bytes(kSourceBytesMax + 1);
  ExpectRefused("event 0: source is 1025 bytes, the limit is 1024");
}

TEST_P(LimitsTest, NamesMustBeUtf8WithoutNul) {
  for (const std::string& bad :
       {std::string("a\0b", 3), std::string("\xff"), std::string("\xc0\x80"),
        std::string("\xed\xa0\x80"), std::string("\xf4\x90\x80\x80"),
        std::string("a\xe2\x82")}) {
    for (std::string* field : {&request_.events[0].stream, &event_.type,
                               &event_.content_type, &event_.source}) {
      const std::string good = std::exchange(*field, bad);
      ExpectRefused("event 0: ");
      *field = good;
    }
  }
  ExpectAccepted();
}

TEST_P(LimitsTest, SystemStreamsAreRefused) {
  for (const char* name : {"$", "$$a", "$operations"}) {
    request_.events[0].stream = name;
    ExpectRefused("event 0", name);
    EXPECT_THAT(store().SetStreamMetadata(name, {}),
                StatusIs(kInvalidArgument));
    EXPECT_THAT(store().DeleteStream(name), StatusIs(kInvalidArgument));
    EXPECT_THAT(store().TombstoneStream(name), StatusIs(kInvalidArgument));
  }
}

TEST_P(LimitsTest, DollarWithinANameIsOrdinary) {
  request_.events[0].stream = "a$";
  event_.type = "$type";
  event_.tags = {"$tag"};
  ExpectAccepted();
}

// --- Tags -------------------------------------------------------------------

TEST_P(LimitsTest, TagCount) {
  for (size_t i = 0; i < kTagCountMax; ++i) {
    event_.tags.push_back(absl::StrCat("tag:", i));
  }
  ExpectAccepted();
  event_.tags.push_back("one more");
  ExpectRefused("event 0: 65 tags, the limit is 64");
}

TEST_P(LimitsTest, Tag) {
  event_.tags = {"a", "b", Bytes(kTagBytesMax)};
  ExpectAccepted();
  event_.tags[2] = Bytes(kTagBytesMax + 1);
  ExpectRefused("event 0: tag 2 is 513 bytes, the limit is 512");
  event_.tags[2] = "";
  ExpectRefused("event 0: tag 2 is empty");
  event_.tags[2] = "\xff";
  ExpectRefused("event 0: tag 2 is not UTF-8");
}

TEST_P(LimitsTest, TagGivenTwice) {
  event_.tags = {"a", "b", "a"};
  ExpectRefused("event 0: tag 2 repeats tag 0");
}

// --- Metadata ---------------------------------------------------------------

TEST_P(LimitsTest, Metadata) {
  // Four bytes of it are the field's number and length.
  event_.metadata.actor = Bytes(kMetadataBytesMax - 4);
  ExpectAccepted();
  EXPECT_EQ(ReadEvent(0).metadata, event_.metadata);
  event_.metadata.actor += 'x';
  ExpectRefused("event 0: metadata is 65537 bytes, the limit is 65536");
}

TEST_P(LimitsTest, MetadataStringsMustBeUtf8WithoutNul) {
  for (const std::string& bad : {std::string("\xff"), std::string("a\0b", 3)}) {
    Metadata& metadata = event_.metadata;
    for (std::string* field :
         {&metadata.correlation_id, &metadata.causation_id,
          &metadata.traceparent, &metadata.tracestate, &metadata.actor}) {
      const std::string good = std::exchange(*field, bad);
      ExpectRefused("event 0: ");
      *field = good;
    }
    metadata.fields = {{bad, "value"}};
    ExpectRefused("event 0: metadata field name");
    metadata.fields = {{"name", bad}};
    ExpectRefused("event 0: metadata field \"name\": value");
    metadata.fields = {};
  }
}

// --- Times ------------------------------------------------------------------

TEST_P(LimitsTest, OccurredAtOutsideOfTheCalendar) {
  const absl::TimeZone utc = absl::UTCTimeZone();
  for (const absl::Time time :
       {absl::InfinitePast(), absl::InfiniteFuture(),
        absl::FromCivil(absl::CivilSecond(0, 12, 31, 23, 59, 59), utc),
        absl::FromCivil(absl::CivilSecond(10000, 1, 1), utc)}) {
    event_.occurred_at = time;
    ExpectRefused("event 0: occurred_at");
  }
}

// --- Size -------------------------------------------------------------------

TEST_P(LimitsTest, EventBytes) {
  event_ = NewEvent();
  event_.type = "t";
  event_.content_type = "";
  event_.payload = Bytes(kEventBytesMax - 2);  // and the names "a" and "t"
  ExpectAccepted();
  EXPECT_EQ(ReadEvent(0).payload, event_.payload);
  event_.tags = {"1"};
  ExpectRefused("event 0: the event is 16777217 bytes, the limit is 16777216");
}

TEST_P(LimitsTest, AppendBytes) {
  event_.type = "t";
  event_.content_type = "";
  event_.payload = Bytes(kEventBytesMax - 2);
  request_.events.resize(4, request_.events[0]);
  ExpectAccepted();
  request_.events.push_back(MakeRequest({{"b", "t"}}).events[0]);
  ExpectRefused("the append is", "the limit is 67108864");
}

TEST_P(LimitsTest, AppendCount) {
  request_.events.resize(kAppendCountMax, request_.events[0]);
  ExpectAccepted();
  request_.events.push_back(request_.events[0]);
  ExpectRefused("100001 events in one append, the limit is 100000");
}

TEST_P(LimitsTest, NothingToAppend) {
  request_.events.clear();
  ExpectRefused("nothing to append");
}

TEST_P(LimitsTest, MessageNamesTheEvent) {
  request_.events.resize(4, request_.events[0]);
  request_.events[3].event.type = "";
  ExpectRefused("event 3: type is empty");
}

// --- Keys, results, expectations --------------------------------------------

TEST_P(LimitsTest, AppendKey) {
  request_.key = Bytes(kAppendKeyBytesMax);
  ExpectAccepted();
  EXPECT_OK(store().FindAppend(request_.key));
  request_.key += 'x';
  ExpectRefused("append key is 257 bytes, the limit is 256");
  EXPECT_THAT(store().FindAppend(request_.key), StatusIs(kInvalidArgument));
  EXPECT_THAT(store().FindAppend(""), StatusIs(kInvalidArgument));
}

TEST_P(LimitsTest, AppendKeyMayBeAnyBytes) {
  request_.key = std::string("\0\xff", 2);
  ExpectAccepted();
  EXPECT_OK(store().FindAppend(request_.key));
  EXPECT_THAT(store().FindAppend(std::string(1, '\0')), StatusIs(kNotFound));
}

TEST_P(LimitsTest, Result) {
  request_.key = "k";
  request_.result = Bytes(kAppendResultBytesMax);
  ExpectAccepted();
  request_.key = "k2";
  request_.result += 'x';
  ExpectRefused("result is 4097 bytes, the limit is 4096");
}

TEST_P(LimitsTest, ResultWithoutKey) {
  request_.result = "r";
  ExpectRefused("result", "key");
}

TEST_P(LimitsTest, StreamExpectedTwice) {
  request_.expectations = {{"a", kAny}, {"b", kAny}, {"a", kNoStream}};
  ExpectRefused("expectation 2: stream \"a\" is named twice");
}

TEST_P(LimitsTest, ExpectationOfABadName) {
  for (const std::string& bad :
       {std::string(), std::string("\xff"), Bytes(kStreamNameBytesMax + 1)}) {
    request_.expectations = {{bad, kAny}};
    ExpectRefused("expectation 0: stream name");
  }
}

// --- Queries ----------------------------------------------------------------

class QueryLimitsTest : public EventStoreContractTest {
 protected:
  void ExpectAccepted(const Query& query) {
    EXPECT_OK(store().ReadQuery(query));
  }
  // By a read and as a condition.
  void ExpectRefused(const Query& query, std::string_view fragment) {
    EXPECT_THAT(store().ReadQuery(query),
                StatusIs(kInvalidArgument, HasSubstr(std::string(fragment))));
    AppendRequest request = MakeRequest({{"a", "type"}});
    request.condition = {query, std::nullopt};
    const auto result = store().Append(request);
    EXPECT_THAT(result,
                StatusIs(kInvalidArgument, HasSubstr(std::string(fragment))));
    EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
  }
};
DAYBOOK_FOR_EVERY_ENGINE(QueryLimitsTest);

TEST_P(QueryLimitsTest, ItemCount) {
  Query query;
  query.items.resize(kQueryItemCountMax, {.types = {"t"}});
  ExpectAccepted(query);
  query.items.emplace_back();
  ExpectRefused(query, "1025 query items, the limit is 1024");
}

TEST_P(QueryLimitsTest, TypesAndTagsOfAnItem) {
  QueryItem item;
  item.types.resize(kQueryTermCountMax - 1, "t");
  item.tags = {"tag"};
  ExpectAccepted({{item}});
  item.types.push_back("t");
  ExpectRefused({{{}, item}},
                "query item 1: 1025 types and tags, the limit is 1024");
}

TEST_P(QueryLimitsTest, TermsThatNoEventCanHave) {
  ExpectRefused(OneItem({.types = {""}}), "query item 0: type is empty");
  ExpectRefused(OneItem({.types = {Bytes(kTypeBytesMax + 1)}}), "type is 257");
  ExpectRefused(OneItem({.types = {"\xff"}}), "type is not UTF-8");
  ExpectRefused(OneItem({.tags = {""}}), "tag is empty");
  ExpectRefused(OneItem({.tags = {Bytes(kTagBytesMax + 1)}}), "tag is 513");
  ExpectRefused(OneItem({.tags = {"\xff"}}), "tag is not UTF-8");
  ExpectRefused(OneItem({.category = "\xff"}), "category is not UTF-8");
  ExpectRefused(OneItem({.category = "seat-1"}), "no stream is of it");
  ExpectRefused(OneItem({.correlation_id = "\xff"}),
                "correlation id is not UTF-8");
}

// --- Reads and what is said about streams -----------------------------------

TEST_P(QueryLimitsTest, ReadsOfBadStreamNames) {
  for (const std::string& bad :
       {std::string(), std::string("\xff"), std::string("a\0", 2),
        Bytes(kStreamNameBytesMax + 1)}) {
    EXPECT_THAT(store().ReadStream(bad), StatusIs(kInvalidArgument));
    EXPECT_THAT(store().GetStream(bad), StatusIs(kInvalidArgument));
    EXPECT_THAT(store().SetStreamMetadata(bad, {}), StatusIs(kInvalidArgument));
    EXPECT_THAT(store().DeleteStream(bad), StatusIs(kInvalidArgument));
    EXPECT_THAT(store().TombstoneStream(bad), StatusIs(kInvalidArgument));
  }
}

TEST_P(QueryLimitsTest, StreamMetadataJson) {
  StreamMetadata metadata;
  metadata.json = Bytes(kStreamMetadataJsonBytesMax);
  EXPECT_OK(store().SetStreamMetadata("a", metadata));
  EXPECT_EQ(GetStream("a").metadata, metadata);
  metadata.json += 'x';
  EXPECT_THAT(store().SetStreamMetadata("a", metadata),
              StatusIs(kInvalidArgument,
                       HasSubstr("json is 65537 bytes, the limit is 65536")));
  metadata.json = "\xff";
  EXPECT_THAT(store().SetStreamMetadata("a", metadata),
              StatusIs(kInvalidArgument));
}

}  // namespace
}  // namespace daybook
