// The `schema` commands, and how the others show events with a schema.

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/proto_source.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/child.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::RunDaybook;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

class SchemaCommandsTest : public ::testing::Test {
 protected:
  SchemaCommandsTest() { daybook_({"init"}); }

  // So many events of `generate shop`, behind its seven schemas.
  void GenerateShop(const std::string& events = "50") {
    EXPECT_EQ(
        daybook_({"generate", "shop", "--events", events, "--streams", "4"})
            .exit_code,
        0);
  }
  // A .proto with the event cart.opened, which has these fields.
  std::string CartProto(const std::string& fields) {
    return File("cart.proto",
                "syntax = \"proto3\";\n"
                "package daybook.shop.v1;\n"
                "import \"daybook/v1/options.proto\";\n"
                "message CartOpened {\n"
                "  option (daybook.v1.event).name = \"cart.opened\";\n" +
                    fields + "\n}\n");
  }
  std::string File(const std::string& name, const std::string& text) {
    return daybook_.folder().Write(name, text);
  }
  std::string Run(const std::vector<std::string>& arguments) {
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }

  CommandRunner daybook_;
  const std::string same_ =
      "uint64 cart = 1 [(daybook.v1.tag) = \"cart\"];\n"
      "uint64 customer = 2 [(daybook.v1.tag) = \"customer\"];\n";
};

TEST_F(SchemaCommandsTest, ReadShowsPayloadsAsJson) {
  GenerateShop();

  EXPECT_THAT(Run({"read", "--all", "--limit", "1", "--format", "json"}),
              AllOf(HasSubstr(R"("type":"cart.opened")"),
                    HasSubstr(R"("data":{"cart":"1","customer":"1"}})"),
                    Not(HasSubstr("data_base64"))));
  EXPECT_THAT(Run({"read", "--all", "--limit", "1"}),
              HasSubstr(R"({"cart":"1","customer":"1"})"));
  EXPECT_THAT(Run({"read", "--all", "--limit", "1", "--format", "csv"}),
              HasSubstr(R"("{""cart"":""1"",""customer"":""1""}")"));
}

TEST_F(SchemaCommandsTest, RawAndExportGiveTheExactBytes) {
  GenerateShop();

  EXPECT_EQ(Run({"read", "--all", "--limit", "1", "--format", "raw"}),
            "\x08\x01\x10\x01\n");
  EXPECT_THAT(Run({"export"}), HasSubstr(R"("data_base64":"CAEQAQ==")"));
}

TEST_F(SchemaCommandsTest, ExportAndImportKeepPayloadsReadable) {
  GenerateShop();
  daybook_({"--store", "copy", "init"});
  const std::string exported = Run({"export"});
  const std::vector<std::string> import = {"--store", "copy", "import",
                                           "events", "-"};

  const CommandResult imported = daybook_(import, exported);
  const CommandResult again = daybook_(import, exported);

  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(imported.out, StartsWith("57 lines: 57 events appended"));
  EXPECT_THAT(again.out, StartsWith("57 lines: 0 events appended, 57 already"));
  EXPECT_THAT(Run({"--store", "copy", "read", "--all", "--limit", "1",
                   "--format", "json"}),
              HasSubstr(R"("data":{"cart":"1","customer":"1"}})"));
  EXPECT_EQ(Run({"--store", "copy", "export"}), exported);
  // Schemas stand before the events that name them, not in between.
  EXPECT_EQ(daybook_.store("copy").Head(), daybook_.store().Head());
}

TEST_F(SchemaCommandsTest, ImportedEventsNeedTheirSchema) {
  GenerateShop();
  daybook_({"--store", "copy", "init"});
  std::string last = Run({"export"});
  last.erase(0, last.rfind('\n', last.size() - 2) + 1);

  const CommandResult result =
      daybook_({"--store", "copy", "import", "events", "-"}, last);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("line 1: the store has no schema"));
  EXPECT_EQ(daybook_.store("copy").Head(), Position(0));
}

TEST_F(SchemaCommandsTest, ImportedSchemaThatBreaksEventsIsRejected) {
  daybook_({"--store", "copy", "init"});
  ASSERT_OK(daybook_.store("copy").RegisterSchema(
      testing::SchemaFrom("message Event { bytes cart = 1; }", "opened")));
  NewEvent opened{.type = "opened",
                  .content_type = std::string(kProtobufContentType)};
  ASSERT_OK_AND_ASSIGN(opened.schema,
                       daybook_.store().RegisterSchema(testing::SchemaFrom(
                           "message Event { uint64 cart = 1; }", "opened")));
  ASSERT_OK(daybook_.store().Append("a", ExpectedRevision::Any(), {opened}));
  ASSERT_OK(daybook_.store().Append("b", ExpectedRevision::Any(),
                                    {{.type = "without"}}));

  const CommandResult result =
      daybook_({"--store", "copy", "import", "events", "-", "--rejects",
                daybook_.folder().File("rejects.ndjson")},
               Run({"export"}));

  EXPECT_EQ(result.exit_code, 6) << result.err;
  EXPECT_THAT(daybook_.folder().Read("rejects.ndjson"),
              AllOf(StartsWith(R"({"line":1,"reason":"schema of)"),
                    HasSubstr(R"({"line":2,"reason":"the store has no)")));
  EXPECT_THAT(Run({"--store", "copy", "read", "--all", "--format", "json"}),
              AllOf(HasSubstr(R"("type":"without")"),
                    Not(HasSubstr(R"("type":"opened")"))));
}

TEST_F(SchemaCommandsTest, EventShowsSchemaAndJson) {
  GenerateShop();

  EXPECT_THAT(Run({"event", "@7"}),
              AllOf(HasSubstr("schema          c49bce8a549331bc\n"),
                    HasSubstr(R"({"cart":"1","customer":"1"})")));
}

TEST_F(SchemaCommandsTest, EventsOfTheStoreItselfAreShownAsJson) {
  ASSERT_OK(daybook_.store().RecordOperation({"me", "command", "why"}));

  EXPECT_THAT(Run({"read", "$operations", "--format", "json"}),
              HasSubstr(R"("data":{"user":"me","command":"command",)"));
}

TEST_F(SchemaCommandsTest, PayloadThatDoesNotDecodeStaysBase64) {
  GenerateShop();
  const Event shop = *daybook_.store().ReadEvent(Position(7));
  ASSERT_OK(daybook_.store().Append("s", ExpectedRevision::Any(),
                                    {{.type = shop.type,
                                      .payload = "\xff",
                                      .content_type = shop.content_type,
                                      .schema = shop.schema}}));

  EXPECT_THAT(Run({"read", "s", "--format", "json"}),
              HasSubstr(R"("data_base64":"/w==")"));
}

TEST_F(SchemaCommandsTest, DecodedLinesAreNotTakenForPayloadsByImport) {
  GenerateShop();
  const std::string lines =
      Run({"read", "--all", "--limit", "1", "--format", "json"});

  const CommandResult result = daybook_({"import", "events", "-"}, lines);

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("take the lines of `export`"));
}

TEST_F(SchemaCommandsTest, FullExportRestoredKeepsSchemas) {
  GenerateShop();
  daybook_({"--store", "copy", "init"});
  const std::string exported = Run({"export", "--full"});

  const CommandResult restored = daybook_(
      {"--store", "copy", "import", "events", "-", "--restore"}, exported);

  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_EQ(Run({"--store", "copy", "export", "--full"}), exported);
  EXPECT_EQ(Run({"--store", "copy", "schema", "list"}),
            Run({"schema", "list"}));
  EXPECT_EQ(Run({"--store", "copy", "read", "--all"}), Run({"read", "--all"}));
}

TEST_F(SchemaCommandsTest, ListShowsTypesWithTheirVersions) {
  EXPECT_THAT(Run({"schema", "list"}), IsEmpty());
  GenerateShop();

  EXPECT_THAT(Run({"schema", "list"}),
              AllOf(HasSubstr("cart.opened        c49bce8a549331bc"),
                    HasSubstr("daybook.shop.v1.OrderShipped")));
  EXPECT_THAT(
      Run({"schema", "list", "--format", "json"}),
      StartsWith(R"({"type":"cart.opened","version":"c49bce8a549331bc",)"
                 R"("message":"daybook.shop.v1.CartOpened",)"));
}

TEST_F(SchemaCommandsTest, ShowPrintsTheMessages) {
  GenerateShop();

  EXPECT_THAT(Run({"schema", "show", "order.placed"}),
              AllOf(HasSubstr("message OrderPlaced {"),
                    HasSubstr("message OrderLine {"),
                    HasSubstr("tag) = \"customer\"]")));
  EXPECT_EQ(daybook_({"schema", "show", "nothing"}).exit_code, 4);
  EXPECT_EQ(daybook_({"schema", "show", "order.placed", "--version",
                      "0000000000000007"})
                .exit_code,
            4);
}

TEST_F(SchemaCommandsTest, CheckPassesWhatIsKnownNewOrCompatible) {
  GenerateShop();

  EXPECT_EQ(Run({"schema", "check", CartProto(same_)}),
            "cart.opened  known, version c49bce8a549331bc\n");
  EXPECT_EQ(Run({"schema", "check", CartProto(same_ + "string note = 3;")}),
            "cart.opened  compatible\n"
            "  + daybook.shop.v1.CartOpened.note  string note = 3\n");
  daybook_({"--store", "other", "init"});
  EXPECT_EQ(Run({"--store", "other", "schema", "check", CartProto(same_)}),
            "cart.opened  new\n");
}

TEST_F(SchemaCommandsTest, CheckEndsWithEightWhereStoredEventsWouldBreak) {
  GenerateShop();

  const CommandResult result =
      daybook_({"schema", "check", CartProto("string cart = 1;")});

  EXPECT_EQ(result.exit_code, 8);
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("cart.opened  BREAKS events of version "),
            HasSubstr("! daybook.shop.v1.CartOpened.cart  uint64 cart = 1"),
            HasSubstr("-> string cart = 1\n      it has another type\n")));
  EXPECT_THAT(result.err, HasSubstr("1 of 1 event types"));
}

TEST_F(SchemaCommandsTest, CheckSaysWhereAFileDoesNotCompile) {
  const CommandResult result =
      daybook_({"schema", "check", CartProto("strin cart = 1;")});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err,
              HasSubstr("cart.proto:6:1: \"strin\" is not defined"));
  EXPECT_EQ(daybook_({"schema", "check", "missing.proto"}).exit_code, 4);
  const CommandResult none = daybook_(
      {"schema", "check", File("none.proto", "syntax = \"proto3\";\n")});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.err, HasSubstr("no message"));
}

TEST_F(SchemaCommandsTest, CheckSaysWhichOptionIsWrong) {
  const CommandResult result =
      daybook_({"schema", "check",
                CartProto("bytes cart = 1 [(daybook.v1.tag) = \"cart\"];")});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("CartOpened.cart: (daybook.v1.tag)"));
}

TEST_F(SchemaCommandsTest, CheckFindsImportsInTheFoldersGiven) {
  GenerateShop();
  File("part.proto", "syntax = \"proto3\"; message Part { int32 x = 1; }");
  const std::string file = File(
      "whole.proto",
      "syntax = \"proto3\"; import \"daybook/v1/options.proto\";\n"
      "import \"part.proto\"; import \"google/protobuf/timestamp.proto\";\n"
      "message Whole { option (daybook.v1.event).name = \"whole\";\n"
      "  Part part = 1; google.protobuf.Timestamp at = 2; }");

  EXPECT_EQ(Run({"schema", "check", file, "--proto-path",
                 std::filesystem::path(file).parent_path()}),
            "whole  new\n");
  EXPECT_EQ(
      daybook_({"schema", "check", file, "--proto-path", "/usr"}).exit_code, 2);
}

TEST_F(SchemaCommandsTest, DiffShowsWhatAFileWouldChange) {
  GenerateShop();

  EXPECT_THAT(Run({"schema", "diff",
                   CartProto("uint64 cart = 1;\n"
                             "string note = 3;")}),
              AllOf(HasSubstr("c49bce8a549331bc -> the file\n"),
                    HasSubstr("~ daybook.shop.v1.CartOpened.cart "),
                    HasSubstr("- daybook.shop.v1.CartOpened.customer "),
                    HasSubstr("+ daybook.shop.v1.CartOpened.note ")));
  EXPECT_EQ(Run({"schema", "diff", CartProto(same_)}), "");
}

TEST_F(SchemaCommandsTest, DiffShowsWhatChangedBetweenVersions) {
  GenerateShop();
  EventStore& store = daybook_.store();
  Schema newer = store.ListSchemas()->front().schema;
  EXPECT_EQ(daybook_({"schema", "diff", "cart.opened"}).exit_code, 4);
  // The next version of cart.opened has the fields of cart.checked-out.
  newer.message = "daybook.shop.v1.CartCheckedOut";
  newer.descriptors = (*store.ListSchemas())[3].schema.descriptors;
  ASSERT_OK(store.RegisterSchema(newer));

  EXPECT_THAT(Run({"schema", "diff", "cart.opened"}),
              AllOf(StartsWith("cart.opened  c49bce8a549331bc -> "),
                    HasSubstr("+ daybook.shop.v1.CartCheckedOut.order ")));
}

TEST_F(SchemaCommandsTest, TagsReportsEventsThatLackOne) {
  GenerateShop("20");
  EXPECT_EQ(Run({"schema", "tags"}),
            "0 of 20 events have other tags than their schema gives\n");
  const Event shop = *daybook_.store().ReadEvent(Position(7));
  ASSERT_OK(
      daybook_.store().Append("s", ExpectedRevision::Any(),
                              {{.type = shop.type,
                                .payload = shop.payload,
                                .content_type = shop.content_type,
                                .tags = {"cart:9", "customer:1", "by-hand:1"},
                                .schema = shop.schema}}));

  EXPECT_THAT(Run({"schema", "tags", "cart.opened"}),
              AllOf(HasSubstr("cart:1"), HasSubstr("cart:9"),
                    Not(HasSubstr("by-hand")), HasSubstr("\n1 of ")));
  EXPECT_EQ(Run({"schema", "tags", "--format", "json"}),
            R"({"position":27,"stream":"s","type":"cart.opened",)"
            R"("lacks":["cart:1"],"has_besides":["cart:9"]})"
            "\n");
  EXPECT_EQ(daybook_({"schema", "tags", "nothing"}).exit_code, 4);
}

// Which it does by itself, for a file without syntax.
TEST_F(SchemaCommandsTest, ProtobufPrintsNothing) {
  const std::string store = daybook_.folder().File("on-disk");
  RunDaybook({"--store", store, "init"});

  const CommandResult result = RunDaybook(
      {"--store", store, "schema", "check", File("a.proto", "message A {}")});

  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("daybook: no message in "));
}

}  // namespace
}  // namespace daybook::tools
