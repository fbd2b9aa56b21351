// `export` and the way back: what goes out comes in again, to the byte.

#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::HasSubstr;
using ::testing::Not;

class ExportTest : public ::testing::Test {
 protected:
  ExportTest() {
    daybook_({"init"});
    daybook_({"--store", "copy", "init"});
  }

  // Everything that a store can hold.
  void Fill() {
    EventStore& store = daybook_.store();
    AppendRequest request;
    request.events = {
        {"a-1",
         {.type = "t\"\n",
          .payload = std::string("\0\xff\n", 3),
          .content_type = "",
          .tags = {"x:1", "ü"},
          .metadata = {.correlation_id = "c",
                       .causation_id = "d",
                       .traceparent = "tp",
                       .tracestate = "ts",
                       .actor = "me",
                       .fields = {{"k", "v"}, {"", "empty name"}}},
          .occurred_at = absl::FromUnixMicros(-1'234'567),
          .source = "/s"}},
        {"b-1", {.type = "u", .payload = ""}},
        {"a-1", {.type = "v", .payload = "{}"}}};
    request.key = "key";
    request.result = std::string("result\0\xff", 8);
    ASSERT_OK(store.Append(request));
    daybook_.clock().Advance(absl::Microseconds(1'500'007));
    ASSERT_OK(store.Append("c", ExpectedRevision::Any(), {{.type = "t"}},
                           std::string("\xff\0key", 5)));
    ASSERT_OK(store.Append("c", ExpectedRevision::Any(), {{.type = "t"}}));
    ASSERT_OK(store.SetStreamMetadata("c", {.max_count = 1}));
    ASSERT_OK(store.DeleteStream("b-1"));
    daybook_.clock().Advance(absl::Hours(1));
    ASSERT_OK(store.TombstoneStream("a-1"));
    ASSERT_OK(store.RecordOperation({"me", "command", "reason"}));
    ASSERT_OK(
        store.Append("b-1", ExpectedRevision::NoStream(), {{.type = "again"}}));
  }
  std::string Export(const std::string& store,
                     std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"--store", store, "export"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const CommandResult result = daybook_(arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  CommandResult Restore(const std::string& exported,
                        std::vector<std::string> more = {}) {
    std::vector<std::string> arguments = {"--store", "copy", "import",
                                          "events",  "-",    "--restore"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return daybook_(arguments, exported);
  }

  CommandRunner daybook_;
};

TEST_F(ExportTest, PlainExportIsInTheImportFormat) {
  ASSERT_OK(daybook_.store().Append(
      "a", ExpectedRevision::Any(),
      {{.type = "t",
        .payload = "x",
        .content_type = "text/plain",
        .tags = {"x:1"},
        .occurred_at = absl::FromUnixSeconds(1'442'018'818)}}));
  AppendRequest two;
  two.events = {{"a", {.type = "u"}}, {"b", {.type = "u"}}};
  ASSERT_OK(daybook_.store().Append(two));
  EXPECT_EQ(Export("store"),
            R"({"stream":"a","type":"t","tags":["x:1"],)"
            R"("time":"2015-09-12T00:46:58Z","content_type":"text/plain",)"
            R"("data_base64":"eA=="})"
            "\n"
            R"({"stream":"a","type":"u","tags":[],)"
            R"("content_type":"application/octet-stream","data_base64":"",)"
            R"("append":"@1"})"
            "\n"
            R"({"stream":"b","type":"u","tags":[],)"
            R"("content_type":"application/octet-stream","data_base64":"",)"
            R"("append":"@1"})"
            "\n");
}

TEST_F(ExportTest, PlainExportImportedGivesTheSameEventsAndAppends) {
  Fill();
  const std::string exported = Export("store");
  EXPECT_THAT(exported, Not(HasSubstr("$operations")));
  const CommandResult result =
      daybook_({"--store", "copy", "import", "events", "-"}, exported);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(Export("copy"),
            // Positions are others where system events stood between.
            exported);
}

TEST_F(ExportTest, FullExportRestoredIsTheSameToTheByte) {
  Fill();
  const std::string exported = Export("store", {"--full"});
  EXPECT_EQ(Restore(exported).exit_code, 0);
  EXPECT_EQ(Export("copy", {"--full"}), exported);
}

TEST_F(ExportTest, RestoredStoreHasTheSameAuditTree) {
  Fill();
  const CommandResult restored = Restore(Export("store", {"--full"}));
  EXPECT_THAT(restored.err, Not(HasSubstr("another root")));
  ASSERT_OK_AND_ASSIGN(const TreeState before, daybook_.store().Tree());
  ASSERT_OK_AND_ASSIGN(const TreeState after, daybook_.store("copy").Tree());
  EXPECT_EQ(after, before);
}

TEST_F(ExportTest, RestoreOfAnExportWithoutSaltsSaysThatTheTreeIsAnother) {
  Fill();
  std::string exported = Export("store", {"--full"});
  const std::string member = ",\"salts_base64\":\"";
  for (size_t at; (at = exported.find(member)) != std::string::npos;) {
    exported.erase(at, exported.find('"', at + member.size()) + 1 - at);
  }
  const CommandResult restored = Restore(exported);
  EXPECT_EQ(restored.exit_code, 0) << restored.err;
  EXPECT_THAT(restored.err,
              HasSubstr(": the audit tree has another root than that of the "
                        "store they are of, and its heads and proofs do not "
                        "hold here"));
  EXPECT_NE(*daybook_.store("copy").Tree(), *daybook_.store().Tree());
}

TEST_F(ExportTest, RestoredStoreKnowsKeysDeletesAndMetadata) {
  Fill();
  Restore(Export("store", {"--full"}));
  EventStore& copy = daybook_.store("copy");
  ASSERT_OK_AND_ASSIGN(const AppendResult found, copy.FindAppend("key"));
  EXPECT_EQ(found.result, std::string("result\0\xff", 8));
  EXPECT_OK(copy.FindAppend(std::string("\xff\0key", 5)));
  for (const char* stream : {"a-1", "b-1", "c", "$operations"}) {
    EXPECT_EQ(*copy.GetStream(stream), *daybook_.store().GetStream(stream));
  }
}

TEST_F(ExportTest, RandomStoresComeBackToTheByte) {
  std::mt19937 random(11);
  for (int i = 0; i < 200; ++i) {
    AppendRequest request;
    for (uint64_t n = random() % 4 + 1; n > 0; --n) {
      NewEvent event{.type = absl::StrCat("t", random() % 3)};
      for (uint64_t bytes = random() % 40; bytes > 0; --bytes) {
        event.payload += static_cast<char>(random());
      }
      if (random() % 2 == 0) {
        event.occurred_at =
            absl::FromUnixMicros(static_cast<int64_t>(random()));
      }
      request.events.push_back({absl::StrCat("s-", random() % 9), event});
    }
    if (random() % 3 == 0) request.key = absl::StrCat("k", i);
    ASSERT_OK(daybook_.store().Append(request));
    daybook_.clock().Advance(
        absl::Microseconds(static_cast<int64_t>(random() % 3)));
  }
  const std::string exported = Export("store", {"--full"});
  EXPECT_EQ(Restore(exported).exit_code, 0);
  EXPECT_EQ(Export("copy", {"--full"}), exported);
}

TEST_F(ExportTest, EmptyStoreComesBackEmpty) {
  EXPECT_EQ(Export("store", {"--full"}), "");
  EXPECT_EQ(Restore("").exit_code, 0);
  EXPECT_EQ(daybook_.store("copy").Head(), Position(0));
}

TEST_F(ExportTest, RestoreNeedsAnEmptyStore) {
  Fill();
  const std::string exported = Export("store", {"--full"});
  Restore(exported);
  const CommandResult again = Restore(exported);
  EXPECT_EQ(again.exit_code, 1);
  EXPECT_THAT(again.err, HasSubstr("restore into a new one"));
}

TEST_F(ExportTest, CutFileIsKnownForOneAtEveryLine) {
  Fill();
  const std::string exported = Export("store", {"--full"});
  int copies = 0;
  for (size_t end = exported.find('\n'); end + 1 < exported.size();
       end = exported.find('\n', end + 1)) {
    const std::string copy = absl::StrCat("cut", copies++);
    daybook_({"--store", copy, "init"});
    const CommandResult result =
        daybook_({"--store", copy, "import", "events", "--restore", "-"},
                 exported.substr(0, end + 1));
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.err, HasSubstr("cut off"));
  }
  EXPECT_GT(copies, 5);
}

TEST_F(ExportTest, RestoreRefusesAPlainExport) {
  Fill();
  const CommandResult result = Restore(Export("store"));
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, HasSubstr("export --full"));
  EXPECT_EQ(daybook_.store("copy").Head(), Position(0));
}

TEST_F(ExportTest, RestoreIsRecordedWhenAReasonIsGiven) {
  Fill();
  EXPECT_EQ(
      Restore(Export("store", {"--full"}), {"--reason", "moved"}).exit_code, 0);
  EXPECT_THAT(
      daybook_({"--store", "copy", "read", "$operations", "--format", "raw"})
          .out,
      HasSubstr("moved"));
}

TEST_F(ExportTest, FileAppearsWholeAndPackedByItsName) {
  Fill();
  const std::string plain = daybook_.folder().File("out.ndjson");
  const std::string packed = daybook_.folder().File("out.ndjson.gz");
  Export("store", {"--full", "-o", plain});
  Export("store", {"--full", "--output", packed});
  EXPECT_EQ(daybook_.folder().Read("out.ndjson"), Export("store", {"--full"}));
  EXPECT_THAT(daybook_.folder().Read("out.ndjson.gz"),
              ::testing::StartsWith("\x1f\x8b"));
  EXPECT_FALSE(std::filesystem::exists(plain + ".part"));
  EXPECT_EQ(
      daybook_({"--store", "copy", "import", "events", "--restore", packed})
          .exit_code,
      0);
  EXPECT_EQ(Export("copy", {"--full"}), Export("store", {"--full"}));
  EXPECT_EQ(daybook_({"export", "-o", "/no/such/folder/out"}).exit_code, 2);
}

TEST_F(ExportTest, WhatStandsWhereAFileIsMadeIsNotWrittenThrough) {
  Fill();
  const std::string letter = daybook_.folder().Write("letter", "dear aunt\n");
  const std::string path = daybook_.folder().File("out.ndjson");
  std::filesystem::create_symlink(letter, path + ".part");
  Export("store", {"--full", "-o", path});
  EXPECT_EQ(daybook_.folder().Read("letter"), "dear aunt\n");
  EXPECT_EQ(daybook_.folder().Read("out.ndjson"), Export("store", {"--full"}));
}

}  // namespace
}  // namespace daybook::tools
