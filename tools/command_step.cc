// daybook step: a state event by event, forward and back, and what changed.

#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tools/bounds.h"
#include "tools/cli.h"
#include "tools/history.h"
#include "tools/interrupt.h"
#include "tools/json_diff.h"
#include "tools/named_projection.h"
#include "tools/point.h"
#include "tools/state_ladder.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

struct Arguments {
  std::string stream;
  ProjectionArguments with;
};

constexpr char kCommands[] =
    "n next, b back, g POINT go to ('#7', @123, a time; a number is a "
    "revision), s the whole state, q quit";

// A command is no longer than this.
constexpr size_t kLineBytesMax = 4096;

// Lines as they are typed: nothing is read ahead of what there is.
class CommandLines {
 public:
  explicit CommandLines(int descriptor) : descriptor_(descriptor) {}

  // The next one; nothing at the end, or when interrupted.
  std::optional<std::string> Next() {
    while (true) {
      const size_t end = text_.find('\n');
      if (end != std::string::npos) {
        std::string line = text_.substr(0, end);
        text_.erase(0, end + 1);
        return line;
      }
      if (text_.size() > kLineBytesMax || !ReadMore()) {
        if (text_.empty() || Interrupted()) return std::nullopt;
        return std::exchange(text_, "");
      }
    }
  }

 private:
  bool ReadMore() {
    std::array<char, 512> piece;  // NOLINT: filled by read()
    while (!Interrupted()) {
      const ssize_t got = read(descriptor_, piece.data(), piece.size());
      if (got > 0) {
        text_.append(piece.data(), static_cast<size_t>(got));
        return true;
      }
      if (got == 0 || errno != EINTR) return false;
    }
    return false;
  }

  const int descriptor_;
  std::string text_;
};

class Stepper {
 public:
  Stepper(const Arguments& arguments, EventStore& store, StateFold initial,
          CommandContext& context)
      : stream_(arguments.stream),
        history_(store, arguments.stream, initial.events()),
        ladder_(history_, std::move(initial), Bounds()),
        context_(context) {}

  absl::Status Run() {
    const bool typed = isatty(context_.input_descriptor) != 0;
    if (typed) context_.out->Write(Concat(kCommands, "\n"));
    // A stream that does not exist is known before it is stepped into.
    DAYBOOK_RETURN_IF_ERROR(
        history_.ForEach(Bounds(), std::nullopt,
                         [](const EventView& /*event*/) { return false; }));
    DAYBOOK_RETURN_IF_ERROR(Move(0));
    CommandLines lines(context_.input_descriptor);
    while (context_.out->ok()) {
      if (typed) {
        context_.out->Write("> ");
        context_.out->Flush();
      }
      const std::optional<std::string> line = lines.Next();
      if (Interrupted()) return InterruptedError();
      if (!line.has_value()) break;
      const std::string command(absl::StripAsciiWhitespace(*line));
      if (command == "q" || command == "quit") break;
      absl::Status done = Do(command);
      // A typing mistake ends nothing; what the store says does.
      if (!done.ok() && !absl::IsInvalidArgument(done)) return done;
      if (!done.ok()) {
        context_.Say(
            std::string_view(done.message().data(), done.message().size()));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Do(const std::string& command) {
    if (command.empty() || command == "n" || command == "next") {
      return Move(events_ + 1);
    }
    if (command == "b" || command == "back") {
      if (events_ == 0) {
        context_.out->Write("there is nothing before the first event\n");
        return absl::OkStatus();
      }
      return Move(events_ - 1);
    }
    if (command == "s" || command == "state") {
      context_.out->Write(state_ + "\n");
      return absl::OkStatus();
    }
    if (command.starts_with("g ") || command.starts_with("goto ")) {
      const std::string point = command.substr(command.find(' '));
      return GoTo(std::string(absl::StripAsciiWhitespace(point)));
    }
    return absl::InvalidArgumentError(
        Concat("there is no command ", Quoted(command), ": ", kCommands));
  }

  // To the last event that is not after the point.
  absl::Status GoTo(std::string point) {
    if (!point.empty() && absl::ascii_isdigit(point[0]) &&
        point.find_first_not_of("0123456789") == std::string::npos) {
      point.insert(0, "#");
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        const Bounds bounds,
        Bounds::Parse({.to = point}, History::PointsOf(stream_), context_));
    uint64_t events = 0;
    DAYBOOK_RETURN_IF_ERROR(history_.ForEach(
        bounds, std::nullopt,
        [&](const EventView& /*event*/) -> absl::StatusOr<bool> {
          ++events;
          return true;
        }));
    return Move(events);
  }

  // Shows the state after so many events, and what changed since the one shown
  // before.
  absl::Status Move(uint64_t events) {
    DAYBOOK_ASSIGN_OR_RETURN(const StateAt* at, ladder_.Seek(events));
    if (at->events < events && at->events == events_ && !state_.empty()) {
      context_.out->Write("this is the last event\n");
      return absl::OkStatus();
    }
    events_ = at->events;
    std::string state = at->state.Json();
    context_.out->Write(
        Concat(Styled(context_.terminal, Style::kBold,
                      at->place.has_value() ? at->place->Text()
                                            : "before the first event"),
               "\n"));
    if (state_.empty()) {
      context_.out->Write(state + "\n");
    } else {
      const std::string changes = ChangesText(DiffJson(state_, state));
      context_.out->Write(changes.empty() ? "nothing changed\n" : changes);
      context_.out->Write(Concat(state, "\n"));
    }
    state_ = std::move(state);
    return absl::OkStatus();
  }

  const std::string stream_;
  const History history_;
  StateLadder ladder_;
  CommandContext& context_;
  // What is shown.
  uint64_t events_ = 0;
  std::string state_;
};

absl::Status Step(const Arguments& arguments, CommandContext& context) {
  return context.WithStore([&](EventStore& store) -> absl::Status {
    DAYBOOK_ASSIGN_OR_RETURN(NamedProjection named,
                             FindNamed(arguments.with, store, context));
    Stepper stepper(
        arguments, store,
        StateFold::Begin(std::move(named), !arguments.stream.empty()), context);
    return stepper.Run();
  });
}

}  // namespace

void RegisterStep(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "step",
      Concat("go through a state event by event, forward and back\n\n"
             "Each step shows the event, what it changed, and the state. "
             "Commands are read a line\neach, from a terminal or a pipe: ",
             kCommands, "."),
      "daybook step order-42 --with latest\n"
      "printf 'n\\nn\\nb\\n' | daybook step order-42 --with latest");
  command.add_option("stream", arguments->stream,
                     "the stream (default: all events that P wants)");
  AddWith(command, arguments->with);
  SetBody(command, context, [arguments](CommandContext& running) {
    return Step(*arguments, running);
  });
}

}  // namespace daybook::tools
