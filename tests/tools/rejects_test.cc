// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/rejects.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/seeded_random.h"
#include "tools/command_context.h"
#include "tools/exit_code.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using ::daybook::testing::TemporaryFolder;
using nlohmann::json;
using ::testing::HasSubstr;

class RejectsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Rejects> Open() {
    auto rejects = Rejects::Open(folder_.File("rejects"), "-", 0);
    EXPECT_OK(rejects);
    return *std::move(rejects);
  }
  std::string Written() { return folder_.Read("rejects"); }

  TemporaryFolder folder_;
};

TEST_F(RejectsTest, WithoutAFileTheFirstLineEndsTheImport) {
  ASSERT_OK_AND_ASSIGN(const auto rejects, Rejects::Open("", "-", 0));
  const absl::Status status = rejects->Add(17, "text", "no field");
  EXPECT_THAT(status, StatusIs(absl::StatusCode::kFailedPrecondition,
                               "line 17: no field"));
  EXPECT_EQ(ExitCodeOf(status), static_cast<int>(ExitCode::kError));
  EXPECT_EQ(rejects->count(), 0u);
}

TEST_F(RejectsTest, WithOneLinesGoThereAndTheImportGoesOn) {
  const auto rejects = Open();
  EXPECT_OK(rejects->Add(17, R"({"stream":"a"})", R"(no field "type")"));
  EXPECT_OK(rejects->Add(18, "", "it is empty"));
  EXPECT_EQ(Written(), R"({"line":17,"reason":"no field \"type\"",)"
                       R"("text":"{\"stream\":\"a\"}"})"
                       "\n"
                       R"({"line":18,"reason":"it is empty","text":""})"
                       "\n");
  EXPECT_EQ(rejects->count(), 2u);
}

TEST_F(RejectsTest, ALineIsThereAsSoonAsItIsRejected) {
  const auto rejects = Open();
  EXPECT_OK(rejects->Add(1, "x", "y"));
  EXPECT_THAT(Written(), HasSubstr("\"line\":1"));
}

TEST_F(RejectsTest, TheEndIsExitCode6WithTheCountAndTheFile) {
  const auto rejects = Open();
  EXPECT_OK(rejects->Finish());
  EXPECT_OK(rejects->Add(1, "x", "y"));
  EXPECT_EQ(
      rejects->Finish().message(),
      Concat("1 line was rejected: see ", Quoted(folder_.File("rejects"))));
  EXPECT_OK(rejects->Add(2, "x", "y"));
  EXPECT_THAT(rejects->Finish().message(), HasSubstr("2 lines were rejected"));
  EXPECT_EQ(ExitCodeOf(rejects->Finish()),
            static_cast<int>(ExitCode::kRejects));
}

TEST_F(RejectsTest, TheFileIsStartedAnew) {
  folder_.Write("rejects", "of an earlier run");
  Open();
  EXPECT_EQ(Written(), "");
}

TEST_F(RejectsTest, ALineThatWasTooLongIsMarkedAsCut) {
  LineReaderOptions options;
  options.line_bytes_max = 4;
  ASSERT_OK_AND_ASSIGN(
      const auto lines,
      LineReader::Open(folder_.Write("in", "123456\n"), 0, options));
  ASSERT_TRUE(lines->Next());
  EXPECT_OK(Open()->Add(*lines, "too long"));
  EXPECT_EQ(json::parse(Written()), (json{{"line", 1},
                                          {"reason", "too long"},
                                          {"text", "123456"},
                                          {"cut", true}}));
}

TEST_F(RejectsTest, TheInputItselfIsRefusedAndStays) {
  const std::string input = folder_.Write("in", "precious");
  std::filesystem::create_symlink(input, folder_.File("link"));
  for (const std::string& path : {input, folder_.File("link")}) {
    EXPECT_THAT(Rejects::Open(path, input, 0),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is the input itself")));
    EXPECT_THAT(Rejects::Open(path, std::vector<std::string>{"-", input}, 0),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr("is the input itself")));
  }
  EXPECT_EQ(folder_.Read("in"), "precious");
}

TEST_F(RejectsTest, AFileThatCannotBeWrittenIsNamed) {
  for (const std::string& path : {folder_.File(""), folder_.File("no/such")}) {
    EXPECT_THAT(Rejects::Open(path, "-", 0),
                StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr(path)));
  }
}

TEST_F(RejectsTest, AnyLineComesBackFromTheFile) {
  SeededRandom random;
  for (int round = 0; round < 500; ++round) {
    const std::string line =
        random.Text(std::string_view("a\"\\\0\x1b\x7f\xff\xc2\x9b", 9), 8);
    EXPECT_OK(Open()->Add(1, line, "reason"));
    const json written = json::parse(Written());
    std::string back;
    if (written.contains("text")) {
      back = written["text"];
    } else {
      ASSERT_TRUE(absl::Base64Unescape(
          written["text_base64"].get<std::string>(), &back));
    }
    ASSERT_EQ(back, line);
    ASSERT_EQ(Escaped(Written().substr(0, Written().size() - 1)) + "\n",
              Written());
  }
}

}  // namespace
}  // namespace daybook::tools
