#include "tools/command_context.h"

#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "store/status_macros.h"
#include "tools/file_argument.h"
#include "tools/serving_access.h"
#include "tools/text.h"

namespace daybook::tools {

absl::Status CommandContext::CheckStoreNamed() const {
  if (!store_path.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      "no store named: give --store DIR or set DAYBOOK_STORE");
}

StoreOptions CommandContext::DefaultStoreOptions() const {
  StoreOptions options;
  options.create_if_missing = false;
  options.clock = clock;
  options.tree_heads.key_files = audit_keys;
  options.tree_heads.copies = head_copies;
  return options;
}

absl::Status CommandContext::WithStore(
    absl::FunctionRef<absl::Status(EventStore&)> use) {
  return WithStore(DefaultStoreOptions(), use);
}

absl::Status CommandContext::WithServedStore(
    absl::FunctionRef<absl::Status(EventStore&)> use) {
  return WithServedStore(
      [use](EventStore& store, const absl::Status&) { return use(store); });
}

absl::Status CommandContext::WithServedStore(
    absl::FunctionRef<absl::Status(EventStore&, const absl::Status&)> use) {
  ServingAccess serving(stores);
  StoreAccess* const own = std::exchange(stores, &serving);
  const absl::Cleanup put_back = [&] { stores = own; };
  return WithStore(
      [&](EventStore& store) { return use(store, serving.served()); });
}

absl::Status CommandContext::WithStore(
    const StoreOptions& options,
    absl::FunctionRef<absl::Status(EventStore&)> use) {
  DAYBOOK_RETURN_IF_ERROR(CheckStoreNamed());
  DAYBOOK_RETURN_IF_ERROR(CheckKeyFiles(options.tree_heads.key_files));
  absl::StatusOr<std::shared_ptr<EventStore>> store =
      stores->Open(store_path, options);
  if (absl::IsNotFound(store.status())) {
    return absl::NotFoundError(
        Concat("no store in ", Quoted(store_path), ": create one with `",
               program, " --store ", ShellQuoted(store_path), " init`"));
  }
  DAYBOOK_RETURN_IF_ERROR(store.status());
  absl::Status used = use(**store);
  absl::Status closed = stores->Close(*store);
  if (!used.ok()) {
    // One error is returned; this one would be told by nobody.
    if (!closed.ok()) Say(Concat("closing the store: ", closed.message()));
    return used;
  }
  const StoreStatus status = (*store)->Status();
  if (!status.audit_health.ok()) {
    // Else a copy alone is missing, which the message says.
    const bool is_kept = status.tree_head_size == status.head.value();
    Say(Concat(is_kept ? "" : "no tree head was kept: ",
               std::string(status.audit_health.message())));
  }
  return closed;
}

void CommandContext::Say(std::string_view text) {
  err->Write(Concat(Escaped(program), ": ", Escaped(text), "\n"));
}

absl::Status RecordOperation(CommandContext& context, EventStore& store,
                             std::string_view reason) {
  return store
      .RecordOperation({.user = context.user,
                        .command = context.command_line,
                        .reason = std::string(reason)})
      .status();
}

}  // namespace daybook::tools
