// daybook replay: history once more, at the pace it was recorded in.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/event_condition.h"
#include "tools/event_printer.h"
#include "tools/history.h"
#include "tools/interrupt.h"
#include "tools/named_projection.h"
#include "tools/number_option.h"
#include "tools/pacer.h"
#include "tools/query_argument.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  ProjectionArguments with;
  BoundsArguments bounds;
  std::string speed = "1x";
  std::string filter;
  std::string where;
  uint64_t every = 0;
};

// "10x", "0.5x", or "max", which is 0.
absl::StatusOr<double> ParseSpeed(std::string_view text) {
  if (text == "max") return 0.0;
  double speed = 0;
  if (text.ends_with('x') &&
      absl::SimpleAtod(ToAbsl(text.substr(0, text.size() - 1)), &speed) &&
      speed >= 1e-6 && speed <= 1e9) {
    return speed;
  }
  return absl::InvalidArgumentError(
      Concat(Quoted(text),
             " is no speed: give how many times as fast, like "
             "10x or 0.5x, or max"));
}

// What is done with each event.
class Replayer {
 public:
  Replayer(const Arguments& arguments, double speed, EventCondition where,
           EventStore& store, CommandContext& context)
      : arguments_(arguments),
        where_(std::move(where)),
        context_(context),
        types_(store),
        pacer_(*context.clock, speed) {
    if (arguments.with.name.empty()) {
      printer_ = MakeEventPrinter(EventFormat::kJson, store, context);
    }
  }

  // Folds rather than prints.
  void FoldWith(StateFold initial) {
    at_.emplace(StateAt{std::move(initial), std::nullopt});
  }

  absl::StatusOr<bool> Play(const EventView& event) {
    DAYBOOK_ASSIGN_OR_RETURN(const bool wanted, where_.Holds(event, types_));
    if (!wanted) return true;
    DAYBOOK_RETURN_IF_ERROR(WaitFor(event));
    if (printer_ != nullptr) {
      printer_->Print(event);
      return context_.out->ok();
    }
    DAYBOOK_RETURN_IF_ERROR(at_->state.Apply(event));
    at_->place = EventPlace::Of(event);
    ++at_->events;
    if (arguments_.every > 0 && at_->events % arguments_.every == 0) {
      context_.out->Write(StateLine(*at_));
    }
    return context_.out->ok();
  }

  // After the last event, or the last that there was time for.
  void Finish() {
    if (printer_ != nullptr) {
      printer_->Finish();
    } else if (at_->events == 0 || arguments_.every == 0 ||
               at_->events % arguments_.every != 0) {
      context_.out->Write(StateLine(*at_));
    }
  }

 private:
  // Until it is the event's turn.
  absl::Status WaitFor(const EventView& event) {
    const std::optional<absl::Time> time =
        arguments_.bounds.occurred ? event.occurred_at
                                   : std::optional(event.recorded_at);
    if (!time.has_value()) return absl::OkStatus();
    const absl::Duration wait = pacer_.Wait(*time);
    if (wait <= absl::ZeroDuration()) return absl::OkStatus();
    // What was played is seen while it is waited for the next one.
    context_.out->Flush();
    context_.sleep(wait);
    return Interrupted() ? InterruptedError() : absl::OkStatus();
  }

  const Arguments& arguments_;
  EventCondition where_;
  CommandContext& context_;
  StoredTypes types_;
  PlaybackPacer pacer_;
  // One of the two.
  std::unique_ptr<EventPrinter> printer_;
  std::optional<StateAt> at_;
};

absl::Status Replay(const Arguments& arguments, CommandContext& context) {
  DAYBOOK_ASSIGN_OR_RETURN(const double speed, ParseSpeed(arguments.speed));
  if (arguments.with.name.empty() &&
      (arguments.every > 0 || !arguments.with.by.empty())) {
    return absl::InvalidArgumentError(
        "--every and --by say how to fold: give --with P too");
  }
  if (!arguments.stream.empty() && !arguments.filter.empty()) {
    return absl::InvalidArgumentError("give a stream or --filter, not both");
  }
  DAYBOOK_ASSIGN_OR_RETURN(Query filter,
                           QueryArgument(context, arguments.filter));
  DAYBOOK_ASSIGN_OR_RETURN(EventCondition where,
                           EventCondition::Compile(arguments.where));
  DAYBOOK_ASSIGN_OR_RETURN(
      const Bounds bounds,
      Bounds::Parse(arguments.bounds, History::PointsOf(arguments.stream),
                    context));
  return context.WithStore([&](EventStore& store) -> absl::Status {
    Replayer replayer(arguments, speed, std::move(where), store, context);
    if (!arguments.with.name.empty()) {
      ProjectionArguments with = arguments.with;
      with.occurred = arguments.bounds.occurred;
      DAYBOOK_ASSIGN_OR_RETURN(NamedProjection named,
                               FindNamed(with, store, context));
      StateFold initial =
          StateFold::Begin(std::move(named), !arguments.stream.empty());
      if (arguments.filter.empty()) filter = initial.events();
      replayer.FoldWith(std::move(initial));
    }
    const History history(store, arguments.stream, filter);
    absl::Status played = history.ForEach(
        bounds, std::nullopt,
        [&](const EventView& event) { return replayer.Play(event); });
    // Who interrupts it wants to see how far it came.
    if (played.ok() || absl::IsCancelled(played)) replayer.Finish();
    return played;
  });
}

}  // namespace

void RegisterReplay(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "replay",
      "play history once more, at the pace it was recorded in\n\n"
      "Events come as JSON, one a line; or they are folded, and the state is "
      "printed at\nthe end. Nothing is appended.",
      "daybook replay --speed 60x --from yesterday\n"
      "daybook replay order-42 --with latest --every 1 --speed max\n"
      "daybook replay --filter '{\"items\":[{\"category\":\"order\"}]}' "
      "--with count --speed max");
  command.add_option("stream", arguments->stream,
                     "the stream (default: the log, or all that P wants)");
  AddWith(command, arguments->with)->required(false);
  AddBounds(command, arguments->bounds);
  command
      .add_option("--speed", arguments->speed,
                  "how many times as fast as it was recorded, with --occurred "
                  "as it happened: 10x, 0.5x, or max (default: 1x)")
      ->type_name("SPEED");
  command
      .add_option("--filter", arguments->filter,
                  "events that match a query, as read --query has it; @FILE, "
                  "@-")
      ->type_name("JSON");
  AddWhere(command, arguments->where);
  command
      .add_option("--every", arguments->every,
                  "the state after every so many events too")
      ->check(WholeNumber(1))
      ->type_name("N");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Replay(*arguments, running);
  });
}

}  // namespace daybook::tools
