// Which changes of a message break stored events: the table of
// store/README.md, a line each.

#include "daybook/store/schema_changes.h"

#include <ostream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/proto_source.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::SchemaFrom;
using testing::StatusIs;

struct Change {
  std::string before;
  std::string after;
  // What the reason says; empty when events stay readable.
  std::string broken = "";

  friend std::ostream& operator<<(std::ostream& out, const Change& change) {
    return out << change.before << "  ->  " << change.after;
  }
};

// Bodies of the message Event, unless they are whole files.
Schema SchemaOf(const std::string& source) {
  if (source.starts_with("syntax") || source.starts_with("message")) {
    return SchemaFrom(source);
  }
  return SchemaFrom("message Event { " + source + " }");
}

std::string Proto2(const std::string& body) {
  return "syntax = 'proto2'; package shop; message Event { " + body + " }";
}

class SchemaChangeTest : public ::testing::TestWithParam<Change> {};

TEST_P(SchemaChangeTest, BreaksStoredEventsOrDoesNot) {
  RegisteredSchema stored;
  stored.schema = SchemaOf(GetParam().before);
  const Schema next = SchemaOf(GetParam().after);

  const absl::Status status = CheckCompatible(stored, next);

  if (GetParam().broken.empty()) {
    EXPECT_OK(status);
  } else {
    EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                                 HasSubstr(GetParam().broken)));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Fields, SchemaChangeTest,
    ::testing::Values(
        Change{"string a = 1;", "string a = 1; string b = 2;"},
        Change{"string a = 1; string b = 2;", "string a = 1;"},
        Change{"string a = 1;", "optional string a = 1;"},
        Change{"string a = 1;", "string a = 1 [(daybook.v1.tag) = 'a'];"},
        Change{"string a = 1;", "string b = 1 [json_name = 'a'];"},
        Change{"string a = 1;", "string b = 1;", "another name"},
        Change{"string a = 1;", "string a = 2;", "another number"},
        Change{"string a = 1; int32 b = 2;", "int32 b = 1; string a = 2;",
               "another name"},
        Change{"string a = 1;", "repeated string a = 1;", "one value and many"},
        Change{"repeated int32 a = 1;", "int32 a = 1;", "one value and many"}));

INSTANTIATE_TEST_SUITE_P(
    Types, SchemaChangeTest,
    ::testing::Values(Change{"int32 a = 1;", "int64 a = 1;"},
                      Change{"uint32 a = 1;", "uint64 a = 1;"},
                      Change{"uint32 a = 1;", "int64 a = 1;"},
                      Change{"sint32 a = 1;", "sint64 a = 1;"},
                      Change{"repeated int32 a = 1;", "repeated int64 a = 1;"},
                      Change{"int64 a = 1;", "int32 a = 1;", "another type"},
                      Change{"int32 a = 1;", "uint32 a = 1;", "another type"},
                      Change{"int32 a = 1;", "sint32 a = 1;", "another type"},
                      Change{"int32 a = 1;", "string a = 1;", "another type"},
                      Change{"fixed32 a = 1;", "float a = 1;", "another type"},
                      Change{"string a = 1;", "bytes a = 1;", "another type"},
                      Change{"bool a = 1;", "int32 a = 1;", "another type"},
                      Change{"map<string, int32> a = 1;",
                             "map<string, int64> a = 1;"},
                      Change{"map<string, int32> a = 1;",
                             "map<int32, int32> a = 1;", "the map"},
                      Change{"map<string, int32> a = 1;",
                             "map<string, string> a = 1;", "the map"}));

INSTANTIATE_TEST_SUITE_P(
    Messages, SchemaChangeTest,
    ::testing::Values(
        Change{"P a = 1; message P { int32 x = 1; }",
               "P a = 1; message P { int32 x = 1; int32 y = 2; }"},
        Change{"P a = 1; message P { int32 x = 1; }",
               "P a = 1; message P { string x = 1; }", "another type"},
        Change{"P a = 1; message P { int32 x = 1; }",
               "Q a = 1; message Q { int32 x = 1; }", "another message"},
        Change{"Event again = 1; int32 x = 2;",
               "Event again = 1; string x = 2;", "another type"},
        Change{"repeated P a = 1; message P { string key = 1; int32 value = "
               "2; }",
               "map<string, int32> a = 1;", "one value and many"},
        Change{"int32 a = 1; int32 b = 2;",
               "oneof o { int32 a = 1; int32 b = 2; }", "only one of them"},
        Change{"int32 a = 1;", "oneof o { int32 a = 1; int32 b = 2; }"},
        Change{"oneof o { int32 a = 1; int32 b = 2; }",
               "int32 a = 1; int32 b = 2;"}));

INSTANTIATE_TEST_SUITE_P(
    Enums, SchemaChangeTest,
    ::testing::Values(
        Change{"K a = 1; enum K { A = 0; }",
               "K a = 1; enum K { A = 0; B = 1; }"},
        Change{"K a = 1; enum K { A = 0; B = 1; }",
               "K a = 1; enum K { A = 0; }"},
        Change{"K a = 1; enum K { A = 0; B = 1; }",
               "K a = 1; enum K { A = 0; C = 1; }", "another name"},
        Change{"K a = 1; enum K { A = 0; B = 1; }",
               "K a = 1; enum K { A = 0; B = 2; }", "another number"},
        Change{"K a = 1; enum K { A = 0; }", "L a = 1; enum L { X = 0; }",
               "another enum"},
        Change{Proto2("optional K a = 1; enum K { A = 0; B = 1; }"),
               Proto2("optional K a = 1; enum K { A = 0; }"), "would be lost"},
        Change{"K a = 1; enum K { A = 0; }",
               Proto2("optional K a = 1; enum K { A = 0; }"),
               "would be lost"}));

INSTANTIATE_TEST_SUITE_P(
    Proto2, SchemaChangeTest,
    ::testing::Values(
        Change{Proto2("optional int32 a = 1;"), "optional int32 a = 1;"},
        Change{Proto2("required int32 a = 1;"),
               Proto2("optional int32 a = 1;")},
        Change{Proto2("optional int32 a = 1;"), Proto2("required int32 a = 1;"),
               "required"},
        Change{Proto2(""), Proto2("required int32 a = 1;"), "required"},
        Change{Proto2("optional int32 a = 1 [default = 7];"),
               Proto2("optional int32 a = 1 [default = 8];"),
               "another default"},
        Change{Proto2("optional int32 a = 1 [default = 7];"),
               "optional int32 a = 1;", "another default"}));

TEST(SchemaChange, EventsOwnMessageMayBeRenamed) {
  RegisteredSchema stored;
  stored.schema = SchemaFrom("message Event { Event again = 1; }");
  const testing::ProtoSource renamed("message Later { Later again = 1; }");

  EXPECT_OK(
      CheckCompatible(stored, *MakeSchema("event", renamed.message("Later"))));
}

TEST(SchemaChange, RefusalNamesFieldVersionAndBothDefinitions) {
  RegisteredSchema stored;
  stored.schema = SchemaOf("P p = 1; message P { repeated int32 sizes = 7; }");
  stored.position = Position(17);

  const absl::Status status = CheckCompatible(
      stored, SchemaOf("P p = 1; message P { repeated string sizes = 7; }"));

  EXPECT_EQ(status.message(),
            "schema of \"event\": shop.Event.P.sizes is `repeated int32 sizes "
            "= 7` in version " +
                stored.schema.hash.ToString() +
                " (position 17) and would be `repeated string sizes = 7`: it "
                "has another type");
}

TEST(SchemaChange, EveryDifferenceIsListedOnce) {
  const absl::StatusOr<std::vector<SchemaChange>> changes =
      CompareSchemas(SchemaOf("int32 a = 1; int32 b = 2; int32 d = 4;"),
                     SchemaOf("int64 a = 1; int32 c = 3; int32 d = 5;"));

  ASSERT_OK(changes);
  EXPECT_THAT(
      *changes,
      ::testing::ElementsAre(
          SchemaChange{"shop.Event.a", "int32 a = 1", "int64 a = 1", ""},
          SchemaChange{"shop.Event.b", "int32 b = 2", "", ""},
          SchemaChange{"shop.Event.c", "", "int32 c = 3", ""},
          SchemaChange{"shop.Event.d", "int32 d = 4", "int32 d = 5",
                       "it has another number: stored events would be read "
                       "without it"}));
}

}  // namespace
}  // namespace daybook
