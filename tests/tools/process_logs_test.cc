// Real process logs with known answers, made by others, imported from their
// own formats: `import xes` and `import ocel` give the same log as the set's
// events.ndjson.gz does.
//
// The data is no part of the project; the tests are skipped where it is
// missing (tests/testing/test_data.h).

#include <filesystem>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/test_data.h"
#include "tests/tools/command_runner.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::testing::StartsWith;

struct Case {
  std::string name;
  std::string set;
  std::string file;
  std::vector<std::string> command;
  std::string report;
};

class ProcessLogsTest : public ::testing::TestWithParam<Case> {};

TEST_P(ProcessLogsTest, IsTheSameLogAsInTheImportFormat) {
  DAYBOOK_TEST_DATA_OR_SKIP(folder, GetParam().set);
  CommandRunner daybook;
  daybook({"--store", "known", "init"});
  ASSERT_EQ(daybook({"--store", "known", "import", "events",
                     (folder / "events.ndjson.gz").string()})
                .exit_code,
            0);
  std::vector<std::string> command = GetParam().command;
  command.push_back((folder / GetParam().file).string());
  daybook({"init"});
  const CommandResult first = daybook(command);
  EXPECT_THAT(first.out, StartsWith(GetParam().report));
  ASSERT_EQ(first.exit_code, 0) << first.err;
  // Streams, types, tags, times, content types, payloads and their order.
  const std::string exported = daybook({"export"}).out;
  EXPECT_TRUE(exported == daybook({"--store", "known", "export"}).out);

  const CommandResult again = daybook(command);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(daybook({"export"}).out == exported);
}

const std::vector<std::string> kOcel = {
    "import",          "ocel",
    "--stream-object", "case:concept:name",
    "--object-tag",    "case:concept:name=issue",
    "--object-tag",    "org:resource=user",
    "--object-tag",    "case:repo=repo"};

INSTANTIATE_TEST_SUITE_P(
    Sets, ProcessLogsTest,
    ::testing::Values(
        Case{"Xes",
             "xes-receipt",
             "receipt.xes.gz",
             {"import", "xes"},
             "8,577 events: 8,577 events appended, 0 already there"},
        Case{"OcelJson", "ocel-github-pm4py", "github_pm4py.jsonocel", kOcel,
             "1,798 events: 1,798 events appended, 0 already there"},
        Case{"OcelXml", "ocel-github-pm4py", "github_pm4py.xmlocel", kOcel,
             "1,798 events: 1,798 events appended, 0 already there"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace daybook::tools
