// What the tests of `daybook audit` and `daybook key` have in common: a store
// of six events, and a key that may sign its heads.

#ifndef DAYBOOK_TESTS_TOOLS_AUDIT_FIXTURE_H_
#define DAYBOOK_TESTS_TOOLS_AUDIT_FIXTURE_H_

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"
#include "tools/store_access.h"

namespace daybook::testing {

class AuditFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    Run({"init"});
    for (int i = 0; i < 5; ++i) Append("order-1");
    Append("order-2");
    public_key_ = Run({"key", "generate", "--name", "shop.example/log", "-o",
                       folder_.File("key")});
    public_key_.pop_back();
  }

  std::vector<std::string> OnStore(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", folder_.File("store")});
    return arguments;
  }
  CommandResult Try(std::vector<std::string> arguments) {
    return daybook_(OnStore(std::move(arguments)));
  }
  std::string Run(std::vector<std::string> arguments) {
    const CommandResult result = Try(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  // The same, signing.
  CommandResult TrySigned(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--audit-key", folder_.File("key")});
    return Try(std::move(arguments));
  }
  std::string RunSigned(std::vector<std::string> arguments) {
    const CommandResult result = TrySigned(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  void Append(const std::string& stream) {
    Run({"append", stream, "--type", "placed", "--data", "{}"});
  }
  std::string File(const std::string& name) { return folder_.File(name); }
  std::string Contents(const std::string& name) { return folder_.Read(name); }

  TemporaryFolder folder_;
  CommandRunner daybook_{tools::StoreAccess::Disk()};
  std::string public_key_;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TOOLS_AUDIT_FIXTURE_H_
