#include "tools/audit_arguments.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "daybook/audit/signed_note.h"
#include "daybook/audit/tree_head.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "tools/argument_text.h"
#include "tools/cli.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr size_t kKeyBytesMax = 4096;

}  // namespace

void AddTrust(CLI::App& command, std::vector<std::string>& keys) {
  AddRepeated(command, "--trust", keys,
              "a key whose signature is believed, as `key show` prints it, or "
              "@FILE with it; may be repeated")
      ->type_name("KEY");
}

absl::StatusOr<std::vector<audit::VerifierKey>> ParseTrusted(
    const std::vector<std::string>& keys, const CommandContext& context) {
  return ParseKeys("--trust", keys, context);
}

absl::StatusOr<std::vector<audit::VerifierKey>> ParseKeys(
    std::string_view option, const std::vector<std::string>& keys,
    const CommandContext& context) {
  std::vector<audit::VerifierKey> parsed;
  for (const std::string& key : keys) {
    DAYBOOK_ASSIGN_OR_RETURN(std::string text,
                             ArgumentText(context, key, kKeyBytesMax));
    absl::StripAsciiWhitespace(&text);
    absl::StatusOr<audit::VerifierKey> read = audit::VerifierKey::Parse(text);
    if (!read.ok()) {
      return WithMessage(
          read.status(),
          Concat(option, ": ", std::string(read.status().message())));
    }
    parsed.push_back(*std::move(read));
  }
  return parsed;
}

void AddOutput(CLI::App& command, std::string& path, const std::string& what) {
  command
      .add_option("-o,--output", path,
                  what + " goes to this file (default: standard output)")
      ->type_name("FILE");
}

absl::StatusOr<ResultOutput> ResultOutput::Open(const std::string& path) {
  ResultOutput output;
  if (IsStandardOutput(path)) return output;
  output.path_ = path;
  DAYBOOK_ASSIGN_OR_RETURN(output.file_, OutputFile::Create(path));
  return output;
}

absl::Status ResultOutput::Write(std::string_view text,
                                 CommandContext& context) {
  if (file_ == nullptr) {
    context.out->Write(text);
    return absl::OkStatus();
  }
  file_->Write(text);
  DAYBOOK_RETURN_IF_ERROR(file_->Commit());
  context.Say(Concat("wrote ", path_, " (", Bytes(text.size()), ")"));
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadFileArgument(const std::string& path,
                                             size_t bytes_max,
                                             const CommandContext& context) {
  return ArgumentText(context, "@" + path, bytes_max);
}

absl::StatusOr<KeptTreeHead> ReadHeadArgument(
    const std::string& path, const std::vector<audit::VerifierKey>& trusted,
    const CommandContext& context) {
  KeptTreeHead read;
  DAYBOOK_ASSIGN_OR_RETURN(
      read.text, ReadFileArgument(path, audit::kNoteBytesMax, context));
  const auto named = [&](const absl::Status& status) {
    return WithMessage(status,
                       Concat(path, ": ", std::string(status.message())));
  };
  const absl::StatusOr<audit::TreeHead> head = audit::PeekTreeHead(read.text);
  if (!head.ok()) return named(head.status());
  read.head = *head;
  const absl::StatusOr<audit::SignedNote> note = audit::ParseNote(read.text);
  read.is_signed = note.ok();
  if (trusted.empty()) return read;
  if (!note.ok()) {
    return absl::UnauthenticatedError(
        Concat(path, ": nobody signed this head"));
  }
  const absl::Status believed = audit::VerifyNote(*note, trusted).status();
  if (!believed.ok()) return named(believed);
  return read;
}

std::string SignersText(const KeptTreeHead& head) {
  const absl::StatusOr<audit::SignedNote> note = audit::ParseNote(head.text);
  if (!note.ok()) return "nobody";
  std::string text;
  for (const audit::NoteSignature& signature : note->signatures) {
    if (!text.empty()) text += ", ";
    text += absl::StrFormat("%s+%08x", signature.key_name, signature.key_id);
  }
  return text;
}

}  // namespace daybook::tools
