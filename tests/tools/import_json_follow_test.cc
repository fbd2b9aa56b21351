// `import json --follow`, in process: a second thread writes the file, looks
// at the store until the events are there, and ends the following as Ctrl-C
// does.

#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/child.h"
#include "tests/tools/command_runner.h"
#include "tools/interrupt.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Child;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::RunDaybook;
using ::daybook::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ImportJsonFollowTest : public ::testing::Test {
 protected:
  ImportJsonFollowTest() { daybook_({"init"}); }

  std::string Path() { return daybook_.folder().File(name_); }
  void Write(std::string_view content) {
    daybook_.folder().Write(name_, content);
  }
  void Grow(std::string_view more) {
    std::ofstream(Path(), std::ios::app) << more;
  }

  // Waits until the store has that many events; gives up after a minute.
  void WaitForEvents(uint64_t count) {
    for (int i = 0; i < 6000 && daybook_.store().Head() < Position(count);
         ++i) {
      absl::SleepFor(absl::Milliseconds(10));
    }
    EXPECT_GE(daybook_.store().Head(), Position(count));
  }

  // Follows the file while `meanwhile` runs, and then until Ctrl-C.
  CommandResult Follow(const std::function<void()>& meanwhile) {
    std::thread writer([&] {
      meanwhile();
      SetReceivedSignal(SIGINT);
    });
    CommandResult result = daybook_({"import", "json", Path(), "--stream",
                                     "{s}", "--type", "t", "--follow"});
    ended_ = true;
    writer.join();
    SetReceivedSignal(0);
    return result;
  }
  // Follows until that ends by itself; gives up after a minute.
  CommandResult FollowToItsEnd() {
    return Follow([this] {
      for (int i = 0; i < 6000 && !ended_; ++i) {
        absl::SleepFor(absl::Milliseconds(10));
      }
      EXPECT_TRUE(ended_);
    });
  }

  std::vector<std::string> Streams() {
    std::vector<std::string> streams;
    absl::StatusOr<EventCursor> cursor = daybook_.store().ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) streams.emplace_back(event.stream);
    return streams;
  }

  std::string name_ = "log.ndjson";
  std::atomic<bool> ended_ = false;
  CommandRunner daybook_;
};

TEST_F(ImportJsonFollowTest, LinesAreImportedAsTheyAreWritten) {
  Write("{\"s\":\"a\"}\n");
  const CommandResult result = Follow([&] {
    WaitForEvents(1);
    Grow("{\"s\":\"b\"}\n{\"s\":");
    WaitForEvents(2);
    Grow("\"c\"}\n");
    WaitForEvents(3);
  });
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("3 lines: 3 events appended"));
  EXPECT_THAT(Streams(), ElementsAre("a", "b", "c"));
}

TEST_F(ImportJsonFollowTest, FollowingAgainAppendsNothingTwice) {
  Write("{\"s\":\"a\"}\n{\"s\":\"a\"}\n");
  Follow([&] { WaitForEvents(2); });
  const CommandResult result = Follow([&] {
    Grow("{\"s\":\"b\"}\n");
    WaitForEvents(3);
  });
  EXPECT_THAT(result.out,
              StartsWith("3 lines: 1 event appended, 2 already there"));
  EXPECT_THAT(Streams(), ElementsAre("a", "a", "b"));
}

TEST_F(ImportJsonFollowTest, AFileThatIsReplacedIsReadFromItsBeginning) {
  Write("{\"s\":\"a\"}\n{\"s\":\"b\"}\n");
  const CommandResult result = Follow([&] {
    WaitForEvents(2);
    const std::string fresh =
        daybook_.folder().Write("fresh", "{\"s\":\"c\"}\n");
    std::filesystem::rename(fresh, Path());
    WaitForEvents(3);
  });
  EXPECT_THAT(result.err, HasSubstr("was replaced by another file; reading "
                                    "it from its beginning"));
  EXPECT_THAT(Streams(), ElementsAre("a", "b", "c"));
}

TEST_F(ImportJsonFollowTest, AFileThatIsWrittenAnewIsImportedAgain) {
  Write("{\"s\":\"a\"}\n{\"s\":\"a\"}\n{\"s\":\"b\"}\n");
  const CommandResult result = Follow([&] {
    WaitForEvents(3);
    Write("{\"s\":\"a\"}\n{\"s\":\"c\"}\n");
    WaitForEvents(4);
  });
  EXPECT_THAT(result.err, HasSubstr("was truncated; reading it from its"));
  EXPECT_THAT(result.out,
              StartsWith("5 lines: 4 events appended, 1 already there"));
  EXPECT_THAT(Streams(), ElementsAre("a", "a", "b", "c"));
}

TEST_F(ImportJsonFollowTest, ACsvFileThatIsTruncatedNamesItsColumnsAgain) {
  name_ = "log.csv";
  Write("s,x\na,1\nb,2\n");
  Follow([&] {
    WaitForEvents(2);
    Write("x,s\n3,c\n");
    WaitForEvents(3);
  });
  EXPECT_THAT(Streams(), ElementsAre("a", "b", "c"));
}

TEST_F(ImportJsonFollowTest, ABadLineEndsTheFollowing) {
  Write("{\"s\":\"a\"}\n{}\n");
  const CommandResult result = FollowToItsEnd();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.err, "daybook: line 2: --stream: no field \"s\"\n");
  EXPECT_THAT(Streams(), ElementsAre("a"));
}

// Though no line follows that would bring it up.
TEST_F(ImportJsonFollowTest, ALineThatTheStoreRefusesEndsTheFollowing) {
  Write("{\"s\":\"a\"}\n{\"s\":\"$b\"}\n");
  const CommandResult result = FollowToItsEnd();
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.err, StartsWith("daybook: line 2: "));
  EXPECT_THAT(Streams(), ElementsAre("a"));
}

TEST(ImportJsonFollowPipeTest, FollowingAPipeEndsWithIt) {
  TemporaryFolder folder;
  const std::string store = folder.File("store");
  RunDaybook({"--store", store, "init"});
  Child follow({"--store", store, "import", "json", "-", "--stream", "{s}",
                "--type", "t", "--follow"},
               {});
  follow.Write("{\"s\":\"a\"}\n{\"s\":");
  follow.Write("\"b\"}\n");
  const CommandResult result = follow.Wait();
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, StartsWith("2 lines: 2 events appended"));
}

}  // namespace
}  // namespace daybook::tools
