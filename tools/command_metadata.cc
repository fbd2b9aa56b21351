// daybook metadata: what is said about a stream.

#include <memory>
#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "tools/argument_text.h"
#include "tools/cli.h"
#include "tools/format_option.h"
#include "tools/json_text.h"
#include "tools/stream_json.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  std::optional<std::string> max_count;
  std::optional<std::string> truncate_before;
  std::optional<std::string> json;
  std::string reason;
  std::string format = "text";

  bool sets_anything() const {
    return max_count.has_value() || truncate_before.has_value() ||
           json.has_value();
  }
};

// A number, or "none" to take back what was said.
absl::StatusOr<std::optional<uint64_t>> NumberOrNone(std::string_view option,
                                                     const std::string& text) {
  if (text == "none") return std::nullopt;
  uint64_t number = 0;
  if (text.empty() ||
      text.find_first_not_of("0123456789") != std::string::npos ||
      !absl::SimpleAtoi(text, &number)) {
    return absl::InvalidArgumentError(
        Concat(option, " ", Quoted(text), " is neither a number nor none"));
  }
  return number;
}

// What is to be said from now on: the options given, the rest as it was.
absl::StatusOr<StreamMetadata> Changed(StreamMetadata metadata,
                                       const Arguments& arguments,
                                       CommandContext& context) {
  if (arguments.max_count.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(metadata.max_count,
                             NumberOrNone("--max-count", *arguments.max_count));
  }
  if (arguments.truncate_before.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::optional<uint64_t> revision,
        NumberOrNone("--truncate-before", *arguments.truncate_before));
    metadata.truncate_before.reset();
    if (revision.has_value()) metadata.truncate_before = Revision(*revision);
  }
  if (arguments.json.has_value()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        metadata.json,
        ArgumentText(context, *arguments.json, kStreamMetadataJsonBytesMax));
    if (metadata.json == "none") metadata.json.clear();
    if (!metadata.json.empty() &&
        (!IsJson(metadata.json) ||
         metadata.json[metadata.json.find_first_not_of(" \t\r\n")] != '{')) {
      return absl::InvalidArgumentError(
          "--json is neither a JSON object nor none");
    }
  }
  return metadata;
}

void Show(const StreamInfo& stream, const std::string& format,
          CommandContext& context) {
  if (format == "json") {
    std::string line;
    AppendStreamJson(stream, &line);
    context.out->Write(line + "\n");
    return;
  }
  const auto line = [&](std::string_view name, std::string_view value) {
    context.out->Write(Concat(Styled(context.terminal, Style::kBold, name),
                              std::string(18 - name.size(), ' '),
                              Escaped(value), "\n"));
  };
  line("stream", stream.name);
  const std::string state = StreamStateText(stream);
  if (!state.empty()) line("state", state);
  std::string events = Concat(stream.count, " shown");
  if (stream.count > 0 && stream.last_revision.has_value()) {
    events += Concat(", revisions ", stream.first_revision.value(), " to ",
                     stream.last_revision->value());
  }
  line("events", events);
  if (stream.last_position.has_value()) {
    line("last position", absl::StrCat(stream.last_position->value()));
  }
  const StreamMetadata& metadata = stream.metadata;
  line("max count", metadata.max_count.has_value()
                        ? absl::StrCat(*metadata.max_count)
                        : "none");
  line("truncate before", metadata.truncate_before.has_value()
                              ? absl::StrCat(metadata.truncate_before->value())
                              : "none");
  line("json", metadata.json.empty() ? "none" : metadata.json);
}

absl::Status Set(const Arguments& arguments, CommandContext& context,
                 EventStore& store) {
  StreamMetadata before;
  const absl::StatusOr<StreamInfo> known = store.GetStream(arguments.stream);
  if (known.ok()) {
    before = known->metadata;
  } else if (!absl::IsNotFound(known.status())) {
    return known.status();
  }
  DAYBOOK_ASSIGN_OR_RETURN(const StreamMetadata after,
                           Changed(before, arguments, context));
  if (known.ok() && after == before) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(
      store.SetStreamMetadata(arguments.stream, after).status());
  return RecordOperation(context, store, arguments.reason);
}

absl::Status RunMetadata(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    if (arguments.sets_anything()) {
      DAYBOOK_RETURN_IF_ERROR(Set(arguments, context, store));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const StreamInfo stream,
                             store.GetStream(arguments.stream));
    Show(stream, arguments.format, context);
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterMetadata(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "metadata", "show or set what reads of a stream may show",
      "daybook metadata order-42\n"
      "daybook metadata sensor-7 --max-count 1000 --reason 'keep it short'\n"
      "daybook metadata sensor-7 --max-count none");
  command.add_option("stream", arguments->stream, "the stream")->required();
  command
      .add_option("--max-count", arguments->max_count,
                  "reads show at most so many of the last events; none for all")
      ->type_name("N");
  command
      .add_option("--truncate-before", arguments->truncate_before,
                  "reads show no event below this revision; none for all")
      ->type_name("REVISION");
  command
      .add_option("--json", arguments->json,
                  "free JSON object to keep with the stream; @FILE, @-, none")
      ->type_name("JSON");
  AddReason(command, arguments->reason);
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return RunMetadata(*arguments, running);
  });
}

}  // namespace daybook::tools
