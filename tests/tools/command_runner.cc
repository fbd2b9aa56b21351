#include "tests/tools/command_runner.h"

#include <fcntl.h>
#include <unistd.h>

#include "tools/command_line.h"
#include "tools/output.h"

namespace daybook::testing {

absl::StatusOr<std::shared_ptr<EventStore>> MemoryAccess::Open(
    const std::string& path, const StoreOptions& options) {
  std::shared_ptr<EventStore>& store = stores_[path];
  if (store != nullptr) {
    if (options.error_if_exists) {
      return absl::AlreadyExistsError(path + " holds a store already");
    }
    return store;
  }
  if (!options.create_if_missing) return absl::NotFoundError("no store");
  store = EventStore::OpenInMemory(options);
  return store;
}

absl::Status MemoryAccess::Close(std::shared_ptr<EventStore> store) {
  return store->Sync();
}

absl::Status MemoryAccess::Reindex(
    const std::string& path, const StoreOptions& /*options*/,
    absl::FunctionRef<void(const ReindexProgress&)> progress) {
  EventStore* store = Find(path);
  if (store == nullptr) return absl::NotFoundError("no store");
  progress({store->Head(), store->Head()});
  return absl::OkStatus();
}

EventStore* MemoryAccess::Find(const std::string& path) {
  const auto found = stores_.find(path);
  return found == stores_.end() ? nullptr : found->second.get();
}

EventStore& CommandRunner::store(const std::string& path) {
  return *memory_.Find(path);
}

CommandResult CommandRunner::operator()(
    const std::vector<std::string>& arguments, std::string_view input) {
  const std::string input_file = folder_.Write("standard_input", input);
  CommandResult result;
  tools::Output out(&result.out);
  tools::Output err(&result.err);
  tools::CommandContext context;
  context.store_path = "store";
  context.out = &out;
  context.err = &err;
  context.input_descriptor = open(input_file.c_str(), O_RDONLY);
  context.terminal = terminal_;
  context.stores = access_;
  context.clock = &clock_;
  // Nobody waits: time passes.
  context.sleep = [this](absl::Duration duration) {
    clock_.Advance(duration);
    while_asleep_();
  };
  context.user = "tester";
  context.program = program_;
  context.registry = registry_;
  result.exit_code = tools::RunCommandLine(arguments, context);
  close(context.input_descriptor);
  return result;
}

}  // namespace daybook::testing
