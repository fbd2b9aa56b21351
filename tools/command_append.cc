// daybook append: one event to one stream.

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "store/status_macros.h"
#include "tools/argument_text.h"
#include "tools/cli.h"
#include "tools/json_text.h"
#include "tools/point.h"
#include "tools/producer_arguments.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  std::string type;
  std::string data;
  std::optional<std::string> content_type;
  std::vector<std::string> tags;
  std::string expected = "any";
  std::string key;
  std::string id;
  std::string source;
  std::string time;
  Metadata metadata;
  std::vector<std::string> fields;
  std::string producer_key;
  bool json = false;
};

absl::StatusOr<ExpectedRevision> ParseExpected(const std::string& text) {
  if (text == "any") return ExpectedRevision::Any();
  if (text == "none") return ExpectedRevision::NoStream();
  if (text == "exists") return ExpectedRevision::Exists();
  uint64_t revision = 0;
  if (text.find_first_not_of("0123456789") == std::string::npos &&
      absl::SimpleAtoi(text, &revision)) {
    return ExpectedRevision::Exactly(Revision(revision));
  }
  return absl::InvalidArgumentError(
      Concat("--expected ", Quoted(text),
             " is none of: any, none, exists, the stream's last revision"));
}

absl::StatusOr<absl::Time> ParseOccurredAt(const std::string& text,
                                           CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Point point, ParsePoint(text, context.clock->Now(), context.zone));
  if (point.kind != Point::Kind::kTime || point.first != point.last) {
    return absl::InvalidArgumentError(
        Concat("--time ", Quoted(text),
               " is no moment: give one like 2026-03-02T08:06:40Z, or -2h"));
  }
  return point.first;
}

absl::StatusOr<NewEvent> MakeEvent(const Arguments& arguments,
                                   CommandContext& context) {
  NewEvent event;
  event.type = arguments.type;
  DAYBOOK_ASSIGN_OR_RETURN(
      event.payload, ArgumentText(context, arguments.data, kEventBytesMax));
  if (arguments.content_type.has_value()) {
    event.content_type = *arguments.content_type;
  } else if (IsJson(event.payload)) {
    event.content_type = "application/json";
  }
  event.tags = arguments.tags;
  event.source = arguments.source;
  if (!arguments.id.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(event.id, EventId::Parse(arguments.id));
  }
  if (!arguments.time.empty()) {
    DAYBOOK_ASSIGN_OR_RETURN(event.occurred_at,
                             ParseOccurredAt(arguments.time, context));
  }
  event.metadata = arguments.metadata;
  for (const std::string& field : arguments.fields) {
    const size_t equals = field.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(
          Concat("--meta ", Quoted(field), " is not of the form name=value"));
    }
    event.metadata.fields[field.substr(0, equals)] = field.substr(equals + 1);
  }
  return event;
}

void Show(const Arguments& arguments, const AppendResult& result, Output& out) {
  const uint64_t revision = result.last_revision().value();
  const uint64_t position = result.last_position.value();
  if (arguments.json) {
    out.Write(Concat("{\"stream\":", JsonString(arguments.stream),
                     ",\"revision\":", revision, ",\"position\":", position,
                     ",\"recorded_at\":\"", TimeText(result.recorded_at),
                     "\",\"repeated\":", result.repeated ? "true" : "false",
                     "}\n"));
    return;
  }
  out.Write(Concat(Escaped(arguments.stream), ": revision ", revision,
                   ", position ", position,
                   result.repeated
                       ? " (appended before with this key; nothing written)"
                       : "",
                   "\n"));
}

// The store's error, with what to do about it.
absl::Status WithAdvice(const absl::Status& status,
                        const Arguments& arguments) {
  const std::string message(status.message());
  if (absl::IsAborted(status)) {
    return absl::AbortedError(
        Concat(message, "; read the stream again before you decide"));
  }
  if (absl::IsUnknown(status)) {
    return absl::UnknownError(Concat(
        message, arguments.key.empty()
                     ? "; see with `read` whether it was appended"
                     : "; run the same command again, the key makes it safe"));
  }
  return status;
}

absl::Status Append(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_RETURN_IF_ERROR(context.CheckStoreNamed());
  DAYBOOK_ASSIGN_OR_RETURN(const ExpectedRevision expected,
                           ParseExpected(arguments.expected));
  DAYBOOK_ASSIGN_OR_RETURN(NewEvent event, MakeEvent(arguments, context));
  AppendRequest request;
  request.events.push_back({arguments.stream, std::move(event)});
  request.expectations.push_back({arguments.stream, expected});
  request.key = arguments.key;
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<ProducerSigner> producer,
                             LoadProducerSigner(arguments.producer_key, store));
    if (producer.has_value()) {
      DAYBOOK_RETURN_IF_ERROR(
          SignEvents(producer->signer, producer->origin, &request));
    }
    const absl::StatusOr<AppendResult> result = store.Append(request);
    if (!result.ok()) return WithAdvice(result.status(), arguments);
    Show(arguments, *result, *context.out);
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterAppend(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "append", "append an event to a stream",
      "daybook append order-42 --type order-placed --tag customer:7 \\\n"
      "    --data '{\"total\": 12.50}' --expected none --key checkout-9f3\n"
      "daybook append order-42 --type invoice-sent --data @invoice.pdf \\\n"
      "    --content-type application/pdf");
  command.add_option("stream", arguments->stream, "the stream")->required();
  command.add_option("--type", arguments->type, "what happened")->required();
  command.add_option("--data", arguments->data,
                     "the payload; @FILE for a file's bytes, @- for standard "
                     "input");
  command.add_option("--content-type", arguments->content_type,
                     "media type (default: application/json if the data is "
                     "JSON, else application/octet-stream)");
  AddRepeated(command, "--tag", arguments->tags,
              "what it can be found by, like customer:7; repeatable");
  command
      .add_option("--expected", arguments->expected,
                  "where the stream must be: any (default), none, exists, or "
                  "its last revision")
      ->type_name("any|none|exists|N");
  command.add_option("--key", arguments->key,
                     "names this attempt: run again with the same key, it "
                     "appends nothing twice");
  command.add_option("--id", arguments->id, "a UUID (default: a new one)");
  command.add_option("--source", arguments->source,
                     "URI reference of the producer");
  command.add_option("--time", arguments->time,
                     "when it happened (RFC 3339, -2h, now)");
  command.add_option("--correlation", arguments->metadata.correlation_id,
                     "id that all events of one transaction share");
  command.add_option("--causation", arguments->metadata.causation_id,
                     "id of what caused it");
  command.add_option("--actor", arguments->metadata.actor, "who did it");
  command.add_option("--traceparent", arguments->metadata.traceparent,
                     "W3C trace context");
  command.add_option("--tracestate", arguments->metadata.tracestate,
                     "W3C trace context");
  AddRepeated(command, "--meta", arguments->fields,
              "more metadata, name=value; repeatable");
  AddProducerKey(command, arguments->producer_key);
  command
      .add_option_function<std::string>(
          "--format",
          [arguments = arguments.get()](const std::string& format) {
            arguments->json = format == "json";
          },
          "text (default) or json")
      ->check(CLI::IsMember({"text", "json"}));
  SetBody(command, context, [arguments](CommandContext& running) {
    return Append(*arguments, running);
  });
}

}  // namespace daybook::tools
