#include "tools/audit_arguments.h"

#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "daybook/audit/signed_note.h"
#include "store/head_file.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "tools/argument_text.h"
#include "tools/cli.h"
#include "tools/file_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr size_t kKeysBytesMax = 64 << 10;

// For a key that does not parse: whether it is the name of a file.
std::string FileHint(const std::string& key) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(key, ignored)
             ? Concat("; for the key in that file, give ", Quoted("@" + key))
             : "";
}

}  // namespace

void AddTrust(CLI::App& command, std::vector<std::string>& keys) {
  AddRepeated(command, "--trust", keys,
              "a key whose signature is believed, as `key show` prints it, or "
              "@FILE with one or more; may be repeated")
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
    DAYBOOK_ASSIGN_OR_RETURN(const std::string text,
                             ArgumentText(context, key, kKeysBytesMax));
    std::vector<std::string> lines =
        absl::StrSplit(text, '\n', absl::SkipWhitespace());
    // What is no key, the parser says.
    if (lines.empty()) lines.emplace_back();
    for (std::string& line : lines) {
      absl::StripAsciiWhitespace(&line);
      absl::StatusOr<audit::VerifierKey> read = audit::VerifierKey::Parse(line);
      if (!read.ok()) {
        return WithMessage(
            read.status(),
            Concat(option, ": ", std::string(read.status().message()),
                   FileHint(key)));
      }
      parsed.push_back(*std::move(read));
    }
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
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::string text,
      ReadFileArgument(path, audit::kNoteBytesMax, context));
  const auto named = [&](const absl::Status& status) {
    return WithMessage(status,
                       Concat(path, ": ", std::string(status.message())));
  };
  absl::StatusOr<KeptTreeHead> read = ParseKeptHead(text);
  if (!read.ok()) return named(read.status());
  if (trusted.empty()) return read;
  if (!read->is_signed) {
    return absl::UnauthenticatedError(
        Concat(path, ": nobody signed this head"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const audit::SignedNote note,
                           audit::ParseNote(read->text));
  const absl::Status believed = audit::VerifyNote(note, trusted).status();
  if (!believed.ok()) return named(believed);
  return read;
}

absl::StatusOr<std::vector<NamedHead>> ReadHeadCopies(
    const std::vector<audit::VerifierKey>& trusted, CommandContext& context) {
  std::vector<NamedHead> heads;
  for (const std::string& file : context.head_copies) {
    absl::StatusOr<KeptTreeHead> kept =
        ReadHeadArgument(file, trusted, context);
    if (absl::IsNotFound(kept.status())) {
      context.Say(Concat("there is no copy of a head in ", file,
                         " (--head-copy) yet: nothing is compared with it"));
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(kept.status());
    heads.push_back({file, *std::move(kept)});
  }
  return heads;
}

}  // namespace daybook::tools
