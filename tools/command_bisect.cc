// daybook bisect: the first event after which a condition on the state holds.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/format_option.h"
#include "tools/history.h"
#include "tools/interrupt.h"
#include "tools/message_condition.h"
#include "tools/named_projection.h"
#include "tools/state_ladder.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  ProjectionArguments with;
  std::string until;
  BoundsArguments bounds;
  bool scan = false;
  std::string format = "text";
};

// Asks the condition of one state after another.
class Prober {
 public:
  Prober(StateLadder& ladder, MessageCondition until)
      : ladder_(ladder), until_(std::move(until)) {}

  // Whether it holds after `events` events, or after all if there are fewer.
  absl::StatusOr<bool> HoldsAfter(uint64_t events) {
    DAYBOOK_ASSIGN_OR_RETURN(const StateAt* at, ladder_.Seek(events));
    ++probes_;
    reached_ = at->events;
    return until_.Holds(at->state.Parts(),
                        [&](std::string* out) { *out += at->state.Json(); });
  }

  uint64_t probes() const { return probes_; }
  // Where the last probe was.
  uint64_t reached() const { return reached_; }

 private:
  StateLadder& ladder_;
  MessageCondition until_;
  uint64_t probes_ = 0;
  uint64_t reached_ = 0;
};

// After how many events it holds first; nothing if it never does. It must stay
// true once it is.
absl::StatusOr<std::optional<uint64_t>> Bisect(Prober& prober) {
  DAYBOOK_ASSIGN_OR_RETURN(const bool holds_at_end,
                           prober.HoldsAfter(StateLadder::kEnd));
  if (!holds_at_end) return std::nullopt;
  uint64_t high = prober.reached();
  DAYBOOK_ASSIGN_OR_RETURN(const bool holds_at_start, prober.HoldsAfter(0));
  if (holds_at_start) return 0;
  // It does not hold after `low` events, and does after `high`.
  uint64_t low = 0;
  while (high - low > 1) {
    const uint64_t middle = low + (high - low) / 2;
    DAYBOOK_ASSIGN_OR_RETURN(const bool holds, prober.HoldsAfter(middle));
    (holds ? high : low) = middle;
  }
  return high;
}

// The same by asking after every event.
absl::StatusOr<std::optional<uint64_t>> Scan(Prober& prober) {
  for (uint64_t events = 0;; ++events) {
    if (Interrupted()) return InterruptedError();
    DAYBOOK_ASSIGN_OR_RETURN(const bool holds, prober.HoldsAfter(events));
    if (prober.reached() < events) return std::nullopt;
    if (holds) return events;
  }
}

void PrintFound(const StateAt& at, const Prober& prober,
                const StateLadder& ladder, const std::string& format,
                CommandContext& context) {
  const std::string state = at.state.Json();
  if (format == "json") {
    std::string line = "{";
    AppendPlaceJson(at.place, &line);
    absl::StrAppend(
        &line, ",\"events\":", at.events, ",\"probes\":", prober.probes(),
        ",\"events_folded\":", ladder.folded(), ",\"state\":", state, "}\n");
    context.out->Write(line);
    return;
  }
  context.out->Write(
      Concat(at.place.has_value() ? at.place->Text() : "before the first event",
             "\n", state, "\n", Counted(prober.probes(), "probe"), ", ",
             Counted(ladder.folded(), "event"), " folded\n"));
}

absl::Status RunBisect(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse(arguments.bounds, History::PointsOf(arguments.stream),
                    context));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    ProjectionArguments with = arguments.with;
    with.occurred = arguments.bounds.occurred;
    DAYBOOK_ASSIGN_OR_RETURN(NamedProjection named,
                             FindNamed(with, store, context));
    StateFold initial =
        StateFold::Begin(std::move(named), !arguments.stream.empty());
    DAYBOOK_ASSIGN_OR_RETURN(MessageCondition until,
                             MessageCondition::Compile(arguments.until, "state",
                                                       initial.Descriptors()));
    const Query events = initial.events();
    StateLadder ladder(History(store, arguments.stream, events),
                       std::move(initial), bounds);
    Prober prober(ladder, std::move(until));
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<uint64_t> found,
                             arguments.scan ? Scan(prober) : Bisect(prober));
    if (!found.has_value()) {
      return absl::NotFoundError(Concat(
          Quoted(arguments.until),
          arguments.scan
              ? " holds after none of the events"
              : " does not hold after the last event; if it held for a while, "
                "find when with --scan"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const StateAt* at, ladder.Seek(*found));
    PrintFound(*at, prober, ladder, arguments.format, context);
    return absl::OkStatus();
  });
}

}  // namespace

void RegisterBisect(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "bisect",
      "find the first event after which a condition on the state holds\n\n"
      "The events are folded once, keeping up to 256 states on the way; then "
      "the\ncondition is asked of about as many states as the logarithm of "
      "their number,\neach folded from the nearest one kept. It must stay true "
      "once it is; for one\nthat comes and goes there is --scan, which asks "
      "after every event.",
      "daybook bisect order-42 --with latest --until \"fields ->> '$.total' > "
      "100\"\n"
      "daybook bisect --with count --until \"state ->> '$.refund.count' >= "
      "3\"");
  command.add_option("stream", arguments->stream,
                     "the stream (default: all events that P wants)");
  AddWith(command, arguments->with);
  command
      .add_option("--until", arguments->until,
                  "an SQL expression (SQLite's) over the state's fields, and "
                  "the whole of it as JSON: state")
      ->required()
      ->type_name("EXPR");
  AddBounds(command, arguments->bounds);
  command.add_flag("--scan", arguments->scan,
                   "ask after every event: for a condition that comes and "
                   "goes");
  AddFormatOrJson(command, arguments->format);
  SetBody(command, context, [arguments](CommandContext& running) {
    return RunBisect(*arguments, running);
  });
}

}  // namespace daybook::tools
