// daybook subscribe: a durable subscription, or a consumer group, that runs a
// command for each event, or prints it.

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/bus/groups.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/thread.h"
#include "tools/cli.h"
#include "tools/counted.h"
#include "tools/event_condition.h"
#include "tools/event_work.h"
#include "tools/group_text.h"
#include "tools/interrupt.h"
#include "tools/number_option.h"
#include "tools/point.h"
#include "tools/query_argument.h"
#include "tools/subscription_text.h"
#include "tools/text.h"
#include "tools/text_option.h"

namespace daybook::tools {
namespace {

// How soon an interrupt is noticed while nothing comes.
constexpr absl::Duration kPatience = absl::Milliseconds(200);
// How long what may not be worked on is left to others.
constexpr absl::Duration kPause = absl::Milliseconds(50);
constexpr int kWorkerCountMax = 64;

struct Arguments {
  std::string name;
  std::string query;
  std::string stream;
  std::string category;
  std::string where;
  std::string from;
  std::string command;
  std::string lane_tag;
  bool group = false;
  bool follow = false;
  bool system = false;
  bool accept_changed_filter = false;
  int worker_count = 1;
  // 0: not given.
  uint32_t attempt_count_max = 0;
  double timeout_seconds = 0;
};

// Who follows one stream, now or when the name was made, wants to see it, be it
// a system stream.
bool ShowsSystem(const Arguments& arguments, const EventFilter& filter) {
  return arguments.system || !filter.stream.empty();
}

// What was asked for, or what the name follows already if nothing was.
absl::StatusOr<EventFilter> FilterOf(const Arguments& arguments,
                                     const absl::StatusOr<EventFilter>& stored,
                                     const CommandContext& context) {
  EventFilter filter;
  DAYBOOK_ASSIGN_OR_RETURN(filter.query,
                           QueryArgument(context, arguments.query));
  filter.stream = arguments.stream;
  filter.category = arguments.category;
  if (arguments.query.empty() && filter.stream.empty() &&
      filter.category.empty() && stored.ok()) {
    filter = *stored;
  }
  return filter;
}

absl::StatusOr<SubscribeFrom> FromOf(const Arguments& arguments,
                                     EventStore& store,
                                     CommandContext& context) {
  if (arguments.from.empty()) return SubscribeFrom::Beginning();
  DAYBOOK_ASSIGN_OR_RETURN(
      const Position begin,
      PositionOf(arguments.from, arguments.stream, store, context));
  return SubscribeFrom::At(begin);
}

// --- A durable subscription --------------------------------------------------

// One event, again and again until it is handled; or until it is interrupted,
// which is an error, too.
absl::Status Handle(const EventView& event, const Arguments& arguments,
                    EventWork& work, CommandContext& context) {
  RetryPolicy retry;
  if (arguments.attempt_count_max > 0) {
    retry.attempt_count_max = arguments.attempt_count_max;
  }
  absl::Status status;
  for (uint32_t attempt = 1; attempt <= retry.attempt_count_max; ++attempt) {
    status = work.Do(event, attempt, [] {});
    if (status.ok() || IsOwnFailure(status)) return status;
    if (Interrupted()) return InterruptedError();
    if (attempt < retry.attempt_count_max) {
      context.sleep(retry.WaitAfter(attempt, /*random=*/1.0));
    }
  }
  return WithMessage(
      status, Concat("event @", event.position.value(), ": ", status.message(),
                     "; the subscription stays there"));
}

absl::Status RunSubscription(const Arguments& arguments, EventStore& store,
                             EventWork& work, CommandContext& context) {
  SubscribeOptions options;
  options.name = arguments.name;
  absl::StatusOr<EventFilter> stored =
      absl::NotFoundError("no subscription yet");
  const absl::StatusOr<SubscriptionInfo> info =
      store.GetSubscription(arguments.name);
  if (info.ok()) {
    stored = info->filter;
  } else if (!absl::IsNotFound(info.status())) {
    return info.status();
  }
  DAYBOOK_ASSIGN_OR_RETURN(options.filter,
                           FilterOf(arguments, stored, context));
  options.accept_changed_filter = arguments.accept_changed_filter;
  work.set_shows_system(ShowsSystem(arguments, options.filter));
  options.filter.where = [&](const EventView& event) {
    return work.Wants(event);
  };
  DAYBOOK_ASSIGN_OR_RETURN(options.from, FromOf(arguments, store, context));
  const Position head = store.Head();
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Subscription> subscription,
                           store.Subscribe(options));
  while (!Interrupted() &&
         (arguments.follow || subscription->next_position() < head)) {
    DAYBOOK_ASSIGN_OR_RETURN(
        const EventBatch batch,
        subscription->Next(arguments.follow ? kPatience
                                            : absl::ZeroDuration()));
    // Of a command's work each event is taken note of at once; of what is
    // printed the last, as each note is a way to the holder and back.
    std::optional<Position> printed;
    absl::Status handled;
    for (const EventView& event : batch.events) {
      if (Interrupted()) break;
      if (!arguments.follow && event.position >= head) break;
      handled = Handle(event, arguments, work, context);
      if (!handled.ok()) break;
      if (work.prints()) {
        printed = event.position;
      } else {
        DAYBOOK_RETURN_IF_ERROR(subscription->Acknowledge(event.position));
      }
    }
    if (printed.has_value()) {
      DAYBOOK_RETURN_IF_ERROR(subscription->Acknowledge(*printed));
    }
    if (!handled.ok() && !Interrupted()) return handled;
  }
  return absl::OkStatus();
}

// --- A group -----------------------------------------------------------------

// A member that joins again once it was taken for dead.
class Worker {
 public:
  Worker(ConsumerGroup* group, std::string name)
      : group_(*group), name_(std::move(name)) {}

  absl::Status Join() {
    DAYBOOK_ASSIGN_OR_RETURN(member_, group_.Join(name_));
    return absl::OkStatus();
  }
  absl::Status JoinAgain() {
    group_.Leave(member_.id).IgnoreError();
    return Join();
  }
  // One event; nothing if there is none for a while.
  absl::StatusOr<std::optional<Delivery>> Take() {
    absl::StatusOr<std::vector<Delivery>> deliveries =
        group_.Poll(member_.id, 1, kPatience);
    if (absl::IsNotFound(deliveries.status())) {
      DAYBOOK_RETURN_IF_ERROR(Join());
      return std::nullopt;
    }
    DAYBOOK_RETURN_IF_ERROR(deliveries.status());
    if (deliveries->empty()) return std::nullopt;
    last_heard_ = Clock::System()->Monotonic();
    return std::move(deliveries->front());
  }
  // Called again and again while it works.
  void Live() {
    const absl::Duration now = Clock::System()->Monotonic();
    if (now - last_heard_ < member_.lease / 4) return;
    last_heard_ = now;
    // Who is not known any more learns it from Take().
    group_.Renew(member_.id).IgnoreError();
  }
  // What became of it. If it was taken away meanwhile, whoever has it now says
  // so.
  absl::Status Answer(const Delivery& delivery, const absl::Status& done) {
    absl::Status told =
        done.ok() ? group_.Ack(member_.id, delivery.id)
                  : group_.Nack(member_.id, delivery.id,
                                {.cause = std::string(done.message())});
    if (absl::IsNotFound(told) || absl::IsFailedPrecondition(told)) {
      return absl::OkStatus();
    }
    return told;
  }
  absl::Status Leave() {
    absl::Status left = group_.Leave(member_.id);
    return absl::IsNotFound(left) ? absl::OkStatus() : left;
  }

 private:
  ConsumerGroup& group_;
  const std::string name_;
  Membership member_;
  absl::Duration last_heard_;
};

// What became of the event at `position`; kUnavailable if that is not known, or
// nothing could be done.
absl::Status WorkOn(const Delivery& delivery, EventStore& store,
                    EventWork& work, absl::FunctionRef<void()> alive) {
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store.ReadLog({.from = delivery.event->position, .limit = 1}));
  if (!cursor.Next()) return cursor.status();
  DAYBOOK_ASSIGN_OR_RETURN(const bool wanted, work.Wants(cursor.event()));
  if (!wanted) return absl::OkStatus();
  return work.Do(cursor.event(), delivery.attempt, alive);
}

// Whether all below `head` is done; not where the holder of the store is away,
// which the next call notices.
absl::StatusOr<bool> IsDoneBelow(Position head, ConsumerGroup& group) {
  const absl::StatusOr<GroupInfo> info = group.Info();
  if (absl::IsUnavailable(info.status())) return false;
  DAYBOOK_RETURN_IF_ERROR(info.status());
  return info->checkpoint >= head;
}

// What one worker does. Ends when it is interrupted, when `stopped` is set, or,
// unless it follows, once everything below `head` is done.
absl::Status Work(Worker worker, Position head, bool follows, EventStore& store,
                  ConsumerGroup& group, EventWork& work,
                  const std::atomic<bool>& stopped) {
  DAYBOOK_RETURN_IF_ERROR(worker.Join());
  while (!Interrupted() && !stopped) {
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Delivery> delivery,
                             worker.Take());
    if (!follows &&
        (!delivery.has_value() || delivery->event->position >= head)) {
      DAYBOOK_ASSIGN_OR_RETURN(const bool done, IsDoneBelow(head, group));
      // What it may have in hand is given back.
      if (done) break;
      if (delivery.has_value()) {
        // Another worker is still at one below; this may get one of those next.
        DAYBOOK_RETURN_IF_ERROR(worker.Leave());
        absl::SleepFor(kPause);
        DAYBOOK_RETURN_IF_ERROR(worker.Join());
        continue;
      }
    }
    if (!delivery.has_value()) continue;
    const absl::Status done =
        WorkOn(*delivery, store, work, [&] { worker.Live(); });
    if (IsOwnFailure(done)) return done;
    // Of a holder that is away nothing is known: begins anew, with nothing in
    // hand.
    DAYBOOK_RETURN_IF_ERROR(absl::IsUnavailable(done)
                                ? worker.JoinAgain()
                                : worker.Answer(*delivery, done));
  }
  return worker.Leave();
}

// As the group was opened last, but for what was asked for.
absl::StatusOr<GroupOptions> OptionsOf(const Arguments& arguments,
                                       Groups& groups, EventStore& store,
                                       CommandContext& context) {
  GroupOptions options;
  absl::StatusOr<EventFilter> filter = absl::NotFoundError("no group yet");
  const absl::StatusOr<GroupInfo> info = groups.Get(arguments.name);
  if (info.ok()) {
    filter = info->filter;
    options.lanes = info->lanes;
    options.retry = info->retry;
    options.lease = info->lease;
    options.outstanding_count_max = info->outstanding_count_max;
    options.outstanding_bytes_max = info->outstanding_bytes_max;
    options.durable_only = info->durable_only;
  } else if (!absl::IsNotFound(info.status())) {
    return info.status();
  }
  if (!arguments.lane_tag.empty()) {
    options.lanes = Lanes::ByTag(arguments.lane_tag);
  }
  if (arguments.attempt_count_max > 0) {
    options.retry.attempt_count_max = arguments.attempt_count_max;
  }
  DAYBOOK_ASSIGN_OR_RETURN(options.filter,
                           FilterOf(arguments, filter, context));
  options.accept_changed_filter = arguments.accept_changed_filter;
  DAYBOOK_ASSIGN_OR_RETURN(options.from, FromOf(arguments, store, context));
  return options;
}

// Where somebody has it open already it stays as it was opened there.
absl::Status CheckAsAsked(const Arguments& arguments,
                          const GroupOptions& options, const GroupInfo& info) {
  const bool has_lanes = arguments.lane_tag.empty() ||
                         LanesText(info.lanes) == LanesText(options.lanes);
  const bool has_attempts =
      arguments.attempt_count_max == 0 ||
      info.retry.attempt_count_max == options.retry.attempt_count_max;
  if (has_lanes && has_attempts) return absl::OkStatus();
  return absl::FailedPreconditionError(Concat(
      "group ", Quoted(arguments.name), " is open elsewhere, with lanes by ",
      LanesText(info.lanes), " and ",
      Counted(info.retry.attempt_count_max, "attempt"),
      ": end those workers, or leave out ",
      has_lanes ? "--attempts"
                : (has_attempts ? "--lane-tag" : "--lane-tag and --attempts")));
}

absl::Status RunGroup(const Arguments& arguments, EventStore& store,
                      EventWork& work, CommandContext& context) {
  // Leases and waits are real ones, whatever time the command was given.
  const std::shared_ptr<Groups> groups =
      context.stores->OpenGroups(store, Clock::System());
  DAYBOOK_ASSIGN_OR_RETURN(const GroupOptions options,
                           OptionsOf(arguments, *groups, store, context));
  work.set_shows_system(ShowsSystem(arguments, options.filter));
  const Position head = store.Head();
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<ConsumerGroup> group,
                           groups->Open(arguments.name, options));
  DAYBOOK_ASSIGN_OR_RETURN(const GroupInfo opened, groups->Get(arguments.name));
  DAYBOOK_RETURN_IF_ERROR(CheckAsAsked(arguments, options, opened));
  std::atomic<bool> stopped = false;
  Mutex mutex;
  absl::Status status;
  std::vector<std::thread> workers;
  const auto stop = [&](const absl::Status& why) {
    stopped = true;
    MutexLock lock(&mutex);
    status.Update(why);
  };
  for (int i = 1; i <= arguments.worker_count; ++i) {
    absl::StatusOr<std::thread> worker = StartThread([&, i] {
      const absl::Status worked =
          Work(Worker(group.get(), Concat("daybook-", i)), head,
               arguments.follow, store, *group, work, stopped);
      if (!worked.ok()) stop(worked);
    });
    if (!worker.ok()) {
      stop(worker.status());
      break;
    }
    workers.push_back(*std::move(worker));
  }
  for (std::thread& worker : workers) worker.join();
  const absl::StatusOr<GroupInfo> after = groups->Get(arguments.name);
  if (after.ok() && after->parked_count > 0) {
    context.Say(Concat(Counted(after->parked_count, "event is", "events are"),
                       " parked: `", context.program, " group parked ",
                       ShellQuoted(arguments.name), "` lists them"));
  }
  status.Update(groups->Close());
  return status;
}

absl::Status Subscribe(const Arguments& arguments, CommandContext& context) {
  if (arguments.name.empty()) {
    return absl::InvalidArgumentError(
        "the name of a subscription or group is not empty");
  }
  const auto handle = [&](EventStore& store) -> absl::Status {
    EventWorkOptions options;
    options.name = arguments.name;
    options.command = arguments.command;
    options.where = arguments.where;
    if (arguments.timeout_seconds > 0) {
      options.timeout = absl::Seconds(arguments.timeout_seconds);
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EventWork> work,
                             EventWork::Make(options, store, context));
    DAYBOOK_RETURN_IF_ERROR(
        arguments.group ? RunGroup(arguments, store, *work, context)
                        : RunSubscription(arguments, store, *work, context));
    // Ctrl-C is how following ends.
    if (Interrupted() && !arguments.follow) return InterruptedError();
    return absl::OkStatus();
  };
  // Commands take their time, and may use the store themselves.
  return context.WithServedStore(handle);
}

}  // namespace

void RegisterSubscribe(CLI::App& app, CommandContext& context) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App& command = AddCommand(
      app, "subscribe",
      "run a command for each event, or print it; the next run goes on there",
      "daybook subscribe mailer --category order --exec ./send-mail\n"
      "daybook subscribe mailers --group --workers 4 --exec ./send-mail "
      "--follow\n"
      "daybook subscribe audit --from yesterday --where \"data ->> '$.total' > "
      "100\" > events.ndjson");
  command.add_option("name", arguments->name, "of the subscription or group")
      ->required();
  command
      .add_option("query", arguments->query,
                  "only what matches it: as read --query has it; @FILE, @-")
      ->type_name("JSON");
  command.add_option("--stream", arguments->stream, "only of this stream")
      ->check(NotEmpty());
  command
      .add_option("--category", arguments->category,
                  "only of streams of this category")
      ->check(NotEmpty());
  CLI::Option* const where = AddWhere(command, arguments->where);
  where->description(Concat(where->get_description(),
                            "; not kept with the name: say it each time"));
  command
      .add_option(
          "--from", arguments->from,
          Concat("where a new one begins (the first event): ", kPointHelp))
      ->type_name("POINT");
  CLI::Option* const exec = command.add_option(
      "--exec", arguments->command,
      "run by sh for each event, with the event on its standard input; exit "
      "status 0 acknowledges, any other is tried again");
  exec->check(NotEmpty());
  command
      .add_option("--attempts", arguments->attempt_count_max,
                  "how often at most (10, or as the group has it); then a "
                  "group parks the event, a subscription stops")
      ->check(WholeNumber(1, 1'000'000))
      ->type_name("N");
  command
      .add_option("--timeout", arguments->timeout_seconds,
                  "end a command that takes longer, as failed")
      ->check(Seconds())
      ->type_name("SECONDS")
      ->needs(exec);
  CLI::Option* const group = command.add_flag(
      "--group", arguments->group,
      "as a group: its workers share the events, in order within a stream");
  command
      .add_option("--workers", arguments->worker_count,
                  "how many commands run at once (1)")
      ->check(WholeNumber(1, kWorkerCountMax))
      ->type_name("N")
      ->needs(group);
  command
      .add_option("--lane-tag", arguments->lane_tag,
                  "in order within the tag that begins so, not within a stream")
      ->type_name("PREFIX")
      ->needs(group);
  command.add_flag("--accept-changed-filter", arguments->accept_changed_filter,
                   "go on with other events than the name followed until now");
  command.add_flag("--follow", arguments->follow,
                   "go on with what is appended, until it is interrupted");
  command.add_flag("--system", arguments->system,
                   "events of system streams too, whose names start with $");
  SetBody(command, context, [arguments](CommandContext& running) {
    return Subscribe(*arguments, running);
  });
}

}  // namespace daybook::tools
