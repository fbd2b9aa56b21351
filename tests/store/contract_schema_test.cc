// Schemas: registered once, found by hash, and never broken.

#include <atomic>

#include "tests/store/contract.h"
#include "tests/testing/proto_source.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::SchemaFrom;

class SchemaContractTest : public EventStoreContractTest {
 protected:
  // Registers it; the test fails if that does.
  Schema Register(const Schema& schema) {
    EXPECT_THAT(store().RegisterSchema(schema), IsOkAndHolds(schema.hash));
    return schema;
  }
  static Schema Version(const std::string& fields,
                        std::string_view type = "added") {
    return SchemaFrom("message Event { " + fields + " }", type);
  }
  static NewEvent EventOf(SchemaHash hash) {
    NewEvent event = MakeEvent("added", {"a:1"});
    event.schema = hash;
    return event;
  }
  std::vector<std::string> RegisteredTypes() {
    std::vector<std::string> types;
    for (const RegisteredSchema& schema : Value(reader().ListSchemas())) {
      types.push_back(schema.schema.type);
    }
    return types;
  }
};
DAYBOOK_FOR_EVERY_ENGINE(SchemaContractTest);

TEST_P(SchemaContractTest, RegisteredSchemaIsFoundByItsHash) {
  Append("a", {"before"});

  const Schema schema = Register(Version("string sku = 1;"));

  const RegisteredSchema found = Value(reader().FindSchema(schema.hash));
  EXPECT_EQ(found.schema, schema);
  EXPECT_EQ(found.position, Position(1));
  EXPECT_EQ(found.recorded_at, ReadEvent(1).recorded_at);
}

TEST_P(SchemaContractTest, UnknownHashIsNotFound) {
  EXPECT_THAT(store().FindSchema(SchemaHash(7)),
              StatusIs(kNotFound, HasSubstr("0000000000000007")));
  EXPECT_THAT(store().ListSchemas(), IsOkAndHolds(IsEmpty()));
}

TEST_P(SchemaContractTest, RegisteringAgainWritesNothing) {
  const Schema schema = Register(Version("string sku = 1;"));
  const Position head = store().Head();

  Register(schema);
  Schema not_canonical = schema;
  not_canonical.hash = SchemaHash();
  EXPECT_THAT(reader().RegisterSchema(not_canonical),
              IsOkAndHolds(schema.hash));

  EXPECT_EQ(store().Head(), head);
}

TEST_P(SchemaContractTest, VersionsStandInOrderOfRegistration) {
  const Schema first = Register(Version("string sku = 1;"));
  const Schema other = Register(Version("int32 x = 1;", "removed"));
  const Schema second = Register(Version("string sku = 1; int32 count = 2;"));

  const auto listed = Value(reader().ListSchemas());

  ASSERT_EQ(listed.size(), 3u);
  EXPECT_EQ(listed[0].schema, first);
  EXPECT_EQ(listed[1].schema, other);
  EXPECT_EQ(listed[2].schema, second);
}

TEST_P(SchemaContractTest, VersionThatBreaksStoredEventsIsRefused) {
  Register(Version("string sku = 1;"));
  const Position head = store().Head();

  EXPECT_THAT(
      store().RegisterSchema(Version("int32 sku = 1;")),
      StatusIs(kFailedPrecondition,
               AllOf(HasSubstr("shop.Event.sku"), HasSubstr("`string sku = 1`"),
                     HasSubstr("`int32 sku = 1`"))));

  EXPECT_EQ(store().Head(), head);
}

TEST_P(SchemaContractTest, VersionIsComparedWithAllBeforeIt) {
  Register(Version("string a = 1; string b = 2;"));
  Register(Version("string a = 1;"));

  EXPECT_THAT(reader().RegisterSchema(Version("string a = 1; int32 b = 2;")),
              StatusIs(kFailedPrecondition, HasSubstr("shop.Event.b")));
}

TEST_P(SchemaContractTest, TypesAreIndependent) {
  Register(Version("string a = 1;", "one"));

  Register(Version("int32 a = 1;", "two"));

  EXPECT_THAT(RegisteredTypes(), ElementsAre("one", "two"));
}

TEST_P(SchemaContractTest, DescriptorsThatCantBeUsedAreInvalid) {
  EXPECT_THAT(
      store().RegisterSchema(
          {.type = "t", .message = "M", .descriptors = "x", .hash = {}}),
      StatusIs(kInvalidArgument));
  Schema no_type = Version("string a = 1;");
  no_type.type = "";
  no_type.hash = SchemaHash();
  EXPECT_THAT(store().RegisterSchema(no_type),
              StatusIs(kInvalidArgument, HasSubstr("type is empty")));
  EXPECT_EQ(store().Head(), Position(0));
}

TEST_P(SchemaContractTest, EventKeepsTheSchemaItNames) {
  const Schema schema = Register(Version("string a = 1;"));

  Append("s", {EventOf(schema.hash), EventOf(SchemaHash())});

  for (const std::vector<Event>& events :
       {ReadStream("s"), ReadLog({.from = Position(1)}),
        ReadQuery(OneItem({.tags = {"a:1"}}))}) {
    ASSERT_EQ(events.size(), 2u);
    EXPECT_EQ(events[0].schema, schema.hash);
    EXPECT_TRUE(events[1].schema.none());
  }
  EXPECT_EQ(ReadEvent(1).schema, schema.hash);
}

TEST_P(SchemaContractTest, EventThatNamesAnUnknownSchemaIsRefused) {
  Register(Version("string a = 1;"));

  const auto result = store().Append("s", kAny, {EventOf(SchemaHash(7))});

  EXPECT_THAT(result,
              StatusIs(kFailedPrecondition, HasSubstr("0000000000000007")));
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
  EXPECT_EQ(store().Head(), Position(1));
}

TEST_P(SchemaContractTest, RetryUnderANewerVersionIsARepeat) {
  const Schema first = Register(Version("string a = 1;"));
  const Schema second = Register(Version("string a = 1; string b = 2;"));
  ASSERT_OK(store().Append("s", kAny, {EventOf(first.hash)}, "key"));

  const auto again = store().Append("s", kAny, {EventOf(second.hash)}, "key");

  ASSERT_OK(again);
  EXPECT_TRUE(again->repeated);
}

TEST_P(SchemaContractTest, RegistrationsAreEventsOfASystemStream) {
  Register(Version("string a = 1;"));

  EXPECT_THAT(Types(ReadStream("$schemas")), ElementsAre("$schema-registered"));
  EXPECT_THAT(store().Append("$schemas", kAny, {MakeEvent("forged")}),
              StatusIs(kInvalidArgument));
}

TEST_P(SchemaContractTest, ThreadsWithTheSameSchemaRegisterItOnce) {
  const Schema schema = Version("string a = 1;");

  RunThreads(8, [&](int) {
    EXPECT_THAT(store().RegisterSchema(schema), IsOkAndHolds(schema.hash));
  });

  EXPECT_EQ(ReadStream("$schemas").size(), 1u);
}

TEST_P(SchemaContractTest, ThreadsWithCompatibleVersionsRegisterAll) {
  RunThreads(8, [&](int i) {
    const std::string number = std::to_string(i + 2);
    EXPECT_OK(store().RegisterSchema(
        Version("string a = 1; string f" + number + " = " + number + ";")));
  });

  EXPECT_EQ(RegisteredTypes().size(), 8u);
}

TEST_P(SchemaContractTest, OfThreadsWithVersionsThatBreakEachOtherOneWins) {
  const std::vector<std::string> types = {"string",  "bytes",  "int32",
                                          "bool",    "double", "float",
                                          "fixed32", "sint32"};
  std::atomic<int> winners = 0;

  RunThreads(8, [&](int i) {
    const auto result = store().RegisterSchema(Version(types[i] + " a = 1;"));
    if (result.ok()) {
      ++winners;
    } else {
      EXPECT_THAT(result, StatusIs(kFailedPrecondition));
    }
  });

  EXPECT_EQ(winners, 1);
  EXPECT_EQ(RegisteredTypes().size(), 1u);
}

TEST_P(SchemaContractTest, RestoredRegistrationIsKnown) {
  const Schema schema = Register(Version("string a = 1;"));
  const Event registration = ReadEvent(0);
  NewEvent restored{.type = registration.type,
                    .payload = registration.payload,
                    .content_type = registration.content_type,
                    .id = registration.id};
  NewEvent named = EventOf(schema.hash);
  named.id = *EventId::Parse("0190163d-8694-739b-aea5-966c26f8ad91");
  AppendRequest before;
  before.events = {{"$schemas", restored}};
  AppendRequest after;
  after.events = {{"s", named}};
  Open();

  ASSERT_OK(store().Restore(before, clock_.Now(), {}));
  ASSERT_OK(store().Restore(after, clock_.Now(), {}));

  EXPECT_EQ(Value(reader().FindSchema(schema.hash)).schema, schema);
}

TEST_P(SchemaContractTest, RegistrationWithAnotherHashIsNotRestored) {
  Register(Version("string a = 1;"));
  const Event registration = ReadEvent(0);
  NewEvent forged{.type = registration.type,
                  .payload = registration.payload,
                  .content_type = registration.content_type,
                  .id = registration.id};
  forged.payload.back() = static_cast<char>(forged.payload.back() ^ 1);
  AppendRequest request;
  request.events = {{"$schemas", forged}};
  Open();

  EXPECT_THAT(store().Restore(request, clock_.Now(), {}),
              StatusIs(kInvalidArgument, HasSubstr("event 0")));
}

TEST_P(SchemaContractTest, ClosedStoreKnowsNone) {
  const Schema schema = Register(Version("string a = 1;"));
  ASSERT_OK(store().Close(absl::Minutes(1)));

  EXPECT_THAT(store().RegisterSchema(schema), StatusIs(kUnavailable));
  EXPECT_THAT(store().FindSchema(schema.hash), StatusIs(kUnavailable));
  EXPECT_THAT(store().ListSchemas(), StatusIs(kUnavailable));
}

}  // namespace
}  // namespace daybook
