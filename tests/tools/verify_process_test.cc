// How a verification in a process of its own ends where the process does not do
// its work. What one finds that does: audit_verify_test.cc.

#include "tools/verify_process.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temporary_folder.h"
#include "tools/exit_code.h"
#include "tools/output.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::TemporaryFolder;
using ::testing::HasSubstr;

// Verifies with a shell script in the place of this program.
absl::Status VerifyWith(const std::string& script) {
  const TemporaryFolder folder;
  CommandContext context;
  context.executable = folder.Write("program", "#!/bin/sh\n" + script + "\n");
  fs::permissions(context.executable, fs::perms::owner_all);
  std::string out;
  std::string err;
  Output to_out(&out);
  Output to_err(&err);
  context.out = &to_out;
  context.err = &to_err;
  context.store_path = "store";
  return VerifyInChild({.memory_bytes_max = 64 << 20}, context).status();
}

TEST(VerifyProcessTest, AProcessThatDiesIsTheEngines) {
  const absl::Status died = VerifyWith("kill -ABRT $$");

  EXPECT_EQ(ExitCodeOf(died), 40);
  EXPECT_THAT(std::string(died.message()), HasSubstr("signal 6"));
}

TEST(VerifyProcessTest, AProcessThatSaysNothingIsTheEngines) {
  EXPECT_EQ(ExitCodeOf(VerifyWith("exit 0")), 40);
  EXPECT_EQ(ExitCodeOf(VerifyWith("exit 1")), 40);
}

TEST(VerifyProcessTest, AProcessThatRanOutOfMemorySaysWhatToRaise) {
  const absl::Status ended = VerifyWith("exit 77");

  EXPECT_EQ(ExitCodeOf(ended), 1);
  EXPECT_THAT(std::string(ended.message()),
              HasSubstr("64.0 MiB of address space, and that was not enough: "
                        "raise --memory-max"));
}

}  // namespace
}  // namespace daybook::tools
