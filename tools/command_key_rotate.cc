// daybook key rotate: from one key to the next, with a head that both signed.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/tree_head.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/file_argument.h"
#include "tools/log_name.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string path;
  std::string name;
  std::string reason;
};

// Whether a head that the store made is signed by all of `keys`: where another
// process holds it, it is that one's.
absl::Status CheckSignedByEach(std::span<const audit::VerifierKey> keys,
                               const KeptTreeHead& head) {
  for (const audit::VerifierKey& key : keys) {
    if (!head.is_signed ||
        !audit::VerifyTreeHead(head.text, head.head.origin, {&key, 1}).ok()) {
      return absl::FailedPreconditionError(
          "another process holds the store and signs its heads: close it there "
          "first; nothing was changed");
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<KeptTreeHead> RecordAndMakeHead(CommandContext& context,
                                               EventStore& store,
                                               const std::string& reason) {
  DAYBOOK_RETURN_IF_ERROR(RecordOperation(context, store, reason));
  return store.MakeTreeHead();
}

// What failed, with what becomes of the new key.
absl::Status WithKeptKey(const absl::Status& status, const std::string& path,
                         bool renames) {
  return WithMessage(
      status,
      Concat(std::string(status.message()), "; the new key stays in ", path,
             ", as it may have signed a head: once what failed is mended, ",
             renames ? "rotate from the old key again, to another file"
                     : "`audit head` with --audit-key for both keys finishes "
                       "the rotation"));
}

absl::Status Rotate(const Arguments& arguments, CommandContext& context) {
  if (context.audit_keys.size() != 1) {
    return absl::InvalidArgumentError(
        "name the key that signs until now: --audit-key FILE, once");
  }
  DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner old,
                           LoadKeyArgument(context.audit_keys.front()));
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  const std::string& before = old.verifier_key().name();
  const std::string& name = arguments.name.empty() ? before : arguments.name;
  const bool renames = name != before;
  DAYBOOK_RETURN_IF_ERROR(CheckLogName(name));
  DAYBOOK_ASSIGN_OR_RETURN(const audit::NoteSigner fresh,
                           audit::NoteSigner::Generate(name));
  DAYBOOK_RETURN_IF_ERROR(WriteKeyArgument(arguments.path, fresh));
  // Nobody can trust a key that signed nothing, and it would be in the way of
  // the next try.
  absl::Cleanup remove = [&arguments] {
    std::error_code ignored;
    std::filesystem::remove(arguments.path, ignored);
  };
  StoreOptions options = context.DefaultStoreOptions();
  options.tree_heads.key_files.push_back(arguments.path);
  const std::vector<audit::VerifierKey> keys = {old.verifier_key(),
                                                fresh.verifier_key()};
  absl::StatusOr<KeptTreeHead> head = KeptTreeHead();
  const absl::Status signed_by_both =
      context.WithStore(options, [&](EventStore& store) -> absl::Status {
        head = store.MakeTreeHead();
        if (head.ok()) {
          DAYBOOK_RETURN_IF_ERROR(CheckSignedByEach(keys, *head));
        }
        // Also where that failed: the head may be in the store and only a copy
        // of it not written, and it is tried again when the store is closed.
        std::move(remove).Cancel();
        return head.status();
      });
  if (!signed_by_both.ok()) {
    return head.ok() ? signed_by_both
                     : WithKeptKey(signed_by_both, arguments.path, renames);
  }
  // From the next head on.
  if (renames) {
    options.tree_heads.origin = name;
    std::ranges::reverse(options.tree_heads.key_files);
  }
  return context.WithStore(options, [&](EventStore& store) -> absl::Status {
    head = RecordAndMakeHead(context, store, arguments.reason);
    if (!head.ok()) {
      return WithKeptKey(head.status(), arguments.path, renames);
    }
    context.out->Write(Concat(fresh.verifier_key().ToString(), "\n"));
    context.Say(Concat("both keys signed the head of ",
                       Counted(head->head.size, "event"),
                       "; whoever trusts the old key can go on from there with "
                       "the new one. From now on sign with ",
                       arguments.path, " alone",
                       !renames ? ""
                                : Concat("; heads name the log ", Quoted(name),
                                         ", no longer ", Quoted(before))));
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterKeyRotate(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      CommandGroup(app, "key", "keys that sign heads of the audit tree"),
      "rotate",
      "make a new key, and a head of the store that the old and the new one "
      "sign; prints the new public key. With --name the log gets another name: "
      "otherwise a key of another name than that of the last signed head is "
      "refused",
      "daybook key rotate --audit-key audit.key -o audit-2027.key --reason "
      "yearly");
  command.add_option("-o,--output", arguments->path, "must not exist")
      ->required()
      ->type_name("FILE");
  command.add_option("--name", arguments->name,
                     "what heads name the log from then on: a URL without its "
                     "scheme (default: as before)");
  AddReason(command, arguments->reason);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Rotate(*arguments, running);
  });
}

}  // namespace daybook::tools
