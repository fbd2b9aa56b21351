// Runs whole command lines inside the test, against stores in memory.
//
//   CommandRunner daybook;
//   daybook({"init"});
//   EXPECT_EQ(daybook({"append", "a-1", "--type", "t"}).exit_code, 0);

#ifndef DAYBOOK_TESTS_TOOLS_COMMAND_RUNNER_H_
#define DAYBOOK_TESTS_TOOLS_COMMAND_RUNNER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/projections/registry.h"
#include "daybook/store/event_store.h"
#include "tests/testing/fake_clock.h"
#include "tests/testing/temporary_folder.h"
#include "tools/command_context.h"
#include "tools/exit_code.h"
#include "tools/store_access.h"

namespace daybook::testing {

struct CommandResult {
  int exit_code = 0;
  std::string out;
  std::string err;
};

// Stores by their path, in memory, for as long as this lives.
class MemoryAccess final : public tools::StoreAccess {
 public:
  absl::StatusOr<std::shared_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options) override;
  absl::Status Close(std::shared_ptr<EventStore> store) override;
  absl::Status Reindex(
      const std::string& path, const StoreOptions& options,
      absl::FunctionRef<void(const ReindexProgress&)> progress) override;

  // The store of that path; null if there is none.
  EventStore* Find(const std::string& path);

 private:
  std::map<std::string, std::shared_ptr<EventStore>> stores_;
};

class CommandRunner {
 public:
  // On stores in memory.
  CommandRunner() : access_(&memory_) {}
  // On stores of `access`, which must outlive this.
  explicit CommandRunner(tools::StoreAccess* access) : access_(access) {}

  // Runs `daybook` with these arguments on the store "store", unless they name
  // another one. `input` is its standard input.
  CommandResult operator()(const std::vector<std::string>& arguments,
                           std::string_view input = {});

  // A store in memory.
  EventStore& store(const std::string& path = "store");
  // What the program is called, and what it brings along.
  void set_program(std::string program) { program_ = std::move(program); }
  void set_registry(const Registry* registry) { registry_ = registry; }
  // What happens while a command sleeps, besides that time passes.
  void set_while_asleep(std::function<void()> happens) {
    while_asleep_ = std::move(happens);
  }
  FakeClock& clock() { return clock_; }
  tools::Terminal& terminal() { return terminal_; }
  TemporaryFolder& folder() { return folder_; }

 private:
  TemporaryFolder folder_;
  FakeClock clock_;
  tools::Terminal terminal_;
  MemoryAccess memory_;
  tools::StoreAccess* const access_;
  std::string program_ = "daybook";
  std::function<void()> while_asleep_ = [] {};
  const Registry* registry_ = nullptr;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TOOLS_COMMAND_RUNNER_H_
