// `daybook audit report`: who did what, when, caused by what, and what of that
// is proven.

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"
#include "tools/store_access.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kCause[] = "0190163d-8694-739b-aea5-966c26f8ad91";

class AuditReportTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Run({"init"});
    Append("order-1", {"--id", kCause, "--actor", "anna", "--correlation",
                       "c-1", "--time", "2026-03-01T08:00:00Z"});
    Append("order-2", {"--causation", kCause});
    public_key_ = Run({"key", "generate", "--name", "shop.example/log", "-o",
                       folder_.File("key")});
    public_key_.pop_back();
  }

  CommandResult Try(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", folder_.File("store")});
    return daybook_(arguments);
  }
  std::string Run(std::vector<std::string> arguments) {
    const CommandResult result = Try(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  void Append(const std::string& stream, std::vector<std::string> more = {}) {
    more.insert(more.begin(),
                {"append", stream, "--type", "placed", "--data", "{}"});
    Run(std::move(more));
  }
  std::string Report(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"audit", "report"});
    return Run(std::move(arguments));
  }
  std::string Page(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--html", folder_.File("page.html")});
    Report(std::move(arguments));
    return folder_.Read("page.html");
  }

  TemporaryFolder folder_;
  CommandRunner daybook_{StoreAccess::Disk()};
  std::string public_key_;
};

TEST_F(AuditReportTest, ARowSaysWhoDidWhatWhen) {
  EXPECT_THAT(Report({"order-1"}),
              AllOf(HasSubstr("anna"), HasSubstr("placed"),
                    HasSubstr("2026-03-01T08:00:00Z"), HasSubstr("c-1")));
}

TEST_F(AuditReportTest, ACauseIsShownByItsPositionWhereverItStands) {
  EXPECT_THAT(Report({"order-2", "--format", "json"}),
              HasSubstr("\"caused_by\":0,"));
}

TEST_F(AuditReportTest, ACauseThatIsNoEventOfTheLogStaysAsItWasNamed) {
  Append("order-3", {"--causation", "command-9"});

  EXPECT_THAT(Report({"order-3", "--format", "json"}),
              AllOf(HasSubstr("\"causation_id\":\"command-9\""),
                    HasSubstr("\"caused_by\":null")));
}

TEST_F(AuditReportTest, WhatATrustedHeadCoversIsProvenAndTheRestIsInTheTree) {
  Run({"audit", "head", "--audit-key", folder_.File("key")});
  Append("order-1");

  const std::string report =
      Report({"--all", "--trust", public_key_, "--format", "csv"});

  EXPECT_THAT(report, AllOf(HasSubstr("\r\n0,"), HasSubstr(",proven,{}\r\n1,"),
                            HasSubstr(",proven,{}\r\n2,"),
                            HasSubstr(",in tree,{}\r\n")));
}

TEST_F(AuditReportTest, WithoutATrustedKeyNothingIsProven) {
  Run({"audit", "head", "--audit-key", folder_.File("key")});
  const std::string other =
      Run({"key", "generate", "--name", "shop.example/log", "-o",
           folder_.File("other")});

  EXPECT_THAT(Report({"--all"}), AllOf(HasSubstr("in tree (2 of 2 rows)"),
                                       Not(HasSubstr("proven ("))));
  EXPECT_THAT(Report({"--all", "--trust", other}), Not(HasSubstr("proven (")));
}

// Anybody can write a line of a signature beside a head.
TEST_F(AuditReportTest, WhoIsNotTrustedIsNotSaidToHaveSigned) {
  const std::string head =
      Run({"audit", "head", "--audit-key", folder_.File("key")});
  std::string forged = head.substr(head.rfind("\n\n") + 2);
  forged.replace(forged.find("shop.example/log"), 16, "notary.example/eu");
  folder_.Write("store/HEAD", head + forged);

  EXPECT_THAT(Report({"--all", "--trust", public_key_}),
              AllOf(HasSubstr(", signed by shop.example/log+"),
                    Not(HasSubstr("notary.example"))));
}

TEST_F(AuditReportTest, TheTableSaysWhatIsNotProven) {
  EXPECT_THAT(Report({"--all"}),
              AllOf(HasSubstr("Not proven"), HasSubstr("the stream's last")));
}

TEST_F(AuditReportTest, WhatWasDeletedIsStillReported) {
  Run({"delete", "order-1", "--yes", "--reason", "r"});

  EXPECT_THAT(Report({"order-1"}), HasSubstr("anna"));
}

TEST_F(AuditReportTest, SystemEventsAreShownWhenTheyAreAskedFor) {
  Run({"metadata", "order-1", "--max-count", "5", "--reason", "r"});

  EXPECT_THAT(Report({"--all"}), Not(HasSubstr("$operations")));
  EXPECT_THAT(Report({"--all", "--system"}), HasSubstr("$operations"));
  EXPECT_THAT(Report({"$operations"}), HasSubstr("$operations"));
}

TEST_F(AuditReportTest, PointsNarrowIt) {
  EXPECT_THAT(
      Report({"--all", "--from", "@1", "--format", "json"}),
      AllOf(HasSubstr("\"position\":1,"), Not(HasSubstr("\"position\":0,"))));
}

TEST_F(AuditReportTest, WhatIsNotThereIsNotFoundAndOneThingIsAskedFor) {
  EXPECT_EQ(Try({"audit", "report", "none"}).exit_code, 4);
  EXPECT_EQ(Try({"audit", "report"}).exit_code, 2);
  EXPECT_EQ(Try({"audit", "report", "a", "--all"}).exit_code, 2);
}

TEST_F(AuditReportTest, ThePageHasEachRowATimelineAndItsCauses) {
  EXPECT_THAT(Page({"--all"}),
              AllOf(HasSubstr("<tr id=\"p1\">"), HasSubstr("<svg "),
                    HasSubstr("href=\"#p0\" title=\"" + std::string(kCause)),
                    HasSubstr("What this proves"), HasSubstr("</html>")));
}

TEST_F(AuditReportTest, TheTimelineIsOfTheTimesThatTheRowsAreChosenBy) {
  Append("order-3", {"--time", "2003-04-05T00:00:00Z"});
  Append("order-3", {"--time", "2001-02-03T00:00:00Z"});

  const std::string earliest = ">2001-02-03</text>";
  EXPECT_THAT(Page({"order-3", "--occurred"}),
              AllOf(HasSubstr(earliest), HasSubstr(">2003-04-05</text>"),
                    HasSubstr("By when events happened")));
  EXPECT_THAT(Page({"order-3"}), Not(HasSubstr(earliest)));
}

TEST_F(AuditReportTest, ThePageNeedsNothingAndRunsNothing) {
  Append("order-3",
         {"--actor", "<script>alert(1)</script>", "--correlation",
          "\"onclick=\"alert(2)", "--causation", "'><img src=x onerror=y>"});

  EXPECT_THAT(Page({"--all"}),
              AllOf(HasSubstr("default-src 'none'"),
                    HasSubstr("&lt;script&gt;alert(1)&lt;/script&gt;"),
                    HasSubstr("&quot;onclick="), Not(HasSubstr("<script")),
                    Not(HasSubstr("<img")), Not(HasSubstr("src=\"")),
                    Not(HasSubstr("http://")), Not(HasSubstr("https://"))));
}

TEST_F(AuditReportTest, WhatDrivesATerminalOrTurnsTextIsVisible) {
  Append("order-3", {"--actor", "a\x1b[31m\xe2\x80\xae"});

  EXPECT_THAT(Report({"order-3"}), HasSubstr("a\\x1b[31m\\u202e"));
  EXPECT_THAT(Page({"order-3"}), HasSubstr("a\\x1b[31m\\u202e"));
}

TEST_F(AuditReportTest, APageHasNoFormat) {
  const CommandResult refused =
      Try({"audit", "report", "--all", "--html", "-", "--format", "json"});
  EXPECT_EQ(refused.exit_code, 2);
  EXPECT_THAT(refused.err, HasSubstr("leave --format out"));
}

}  // namespace
}  // namespace daybook::tools
