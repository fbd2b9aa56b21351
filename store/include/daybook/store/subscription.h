// Subscriptions: what the log holds from some point on, and then what comes.
//
//   SubscribeOptions options;
//   options.filter.category = "order";
//   options.name = "mailer";  // its checkpoint is kept in the store
//   auto subscription = store->Subscribe(options);
//   if (!subscription.ok()) return subscription.status();
//   while (running) {
//     auto batch = (*subscription)->Next(absl::Seconds(1));
//     if (!batch.ok()) return batch.status();
//     for (const EventView& event : batch->events) Send(event);
//     (*subscription)->Acknowledge().IgnoreError();
//   }
//
// A subscription is a position in the log, from which it reads on. There is no
// moment at which it changes from old events to new ones: each step takes the
// events from that position on, from memory where the newest are, and moves it.
// So there is no gap and nothing twice. Nothing is queued for a subscriber: who
// is slow reads from disk what left the memory meanwhile, and appends never
// wait for anybody.
//
// Handlers that are called instead: push_subscription.h. How it works, and what
// is promised: store/README.md.

#ifndef DAYBOOK_STORE_SUBSCRIPTION_H_
#define DAYBOOK_STORE_SUBSCRIPTION_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/query.h"

namespace daybook {

// Which events: those for which all that is given holds. Nothing given: all
// events of the log, those of system streams too.
struct EventFilter {
  // Of this stream, as a read of it would show them when their turn comes: what
  // was hidden by then is left out.
  std::string stream;
  // Of streams of this category (CategoryOf).
  std::string category;
  // Of streams whose names begin so. No index helps: what has passed is read in
  // full.
  std::string stream_prefix;
  // A query without items matches every event.
  Query query;
  // What the rest let through is asked this. On the thread that calls Next();
  // must not block or use the subscription. An error or a throw (kUnknown) ends
  // it with that. Not part of what a durable subscription remembers.
  std::function<absl::StatusOr<bool>(const EventView& event)> where;
};

// Where a subscription begins.
class SubscribeFrom {
 public:
  // With the first event there is.
  static SubscribeFrom Beginning() { return SubscribeFrom(Position(0)); }
  // With the event at `position`, which may be still to come.
  static SubscribeFrom At(Position position) { return SubscribeFrom(position); }
  // With the next event: that is appended, or with
  // SubscribeOptions::durable_only becomes durable.
  static SubscribeFrom End() { return SubscribeFrom(std::nullopt); }

  // Nothing: the end.
  const std::optional<Position>& position() const { return position_; }

 private:
  explicit SubscribeFrom(std::optional<Position> position)
      : position_(position) {}

  std::optional<Position> position_;
};

struct SubscribeOptions {
  EventFilter filter;
  SubscribeFrom from = SubscribeFrom::Beginning();

  // Not empty: a durable subscription. What was acknowledged under this name is
  // kept in the store, and the next subscription of the name goes on from
  // there; `from` is where the first one begins. Open once at a time.
  std::string name;
  // A durable subscription goes on with another filter than it had: from its
  // checkpoint on. Otherwise that is refused, since nobody looked among the
  // events before the checkpoint for those that only the new one wants.
  bool accept_changed_filter = false;

  // At most so many events a batch. REQUIRES: >= 1.
  size_t batch_count_max = 1024;
  // Shows only what is on stable storage: for what leaves the store. Makes a
  // difference under Durability::Interval() and None() alone.
  bool durable_only = false;
};

// What a step gave. Views are valid until the next call of Next(), or until the
// subscription is destroyed.
struct EventBatch {
  // In order of position; may be empty.
  std::span<const EventView> events;
  // Every event below was looked at: those that are wanted are in this batch or
  // in one before. Never above Head(), with `durable_only` DurableHead(),
  // unless it began there and has seen nothing yet.
  Position next_position;
};

// A subscription whose batches are asked for. One thread at a time calls
// Next(); the rest may be called from any thread. May outlive the store, and
// then only says that it is closed.
class Subscription {
 public:
  virtual ~Subscription() = default;
  Subscription(const Subscription&) = delete;
  Subscription& operator=(const Subscription&) = delete;

  // The next events. Waits up to `timeout`, which may be infinite, for one that
  // is wanted; when there is none, the batch is empty, and says how far the log
  // was looked through.
  // Zero: looks a little further and returns.
  //
  // Errors, each of which comes again at every call, unless it says otherwise:
  // subscribe anew.
  //   kUnavailable       the store is closed, or closing; or a RemoteStore's
  //                      holder was away for RemoteOptions::reconnect_timeout:
  //                      a later call looks for it, and goes on where this was
  //   kFailedPrecondition  what a durable one acknowledges can't be kept
  //   kCancelled         Cancel() was called
  //   kDataLoss          the next event is missing or damaged, as in reads
  //   whatever EventFilter::where returned, or kUnknown for what it threw
  //
  // Cost: while it keeps up, some hundred nanoseconds a commit and less an
  // event; events are decoded once for all who follow. Behind that, as reads.
  // While there is more to catch up with, it holds the store open as a cursor
  // does: Close() waits until it is called once more, or destroyed.
  virtual absl::StatusOr<EventBatch> Next(absl::Duration timeout) = 0;

  // Calls `ready` once, soon after Next() has something to say: at once if it
  // has already. On this thread, or on whichever finds that out, as one that
  // appends, syncs, cancels or closes: it must not block, nor use the store or
  // the subscription; let it schedule what does. Not called any more once
  // Cancel() returned. REQUIRES: none that was given before is still to be
  // called.
  virtual void NotifyWhenReady(absl::AnyInvocable<void() &&> ready) = 0;

  // Every event of this subscription up to the one at `position` was handled,
  // and will not be handed out again to this name. Does nothing for a
  // subscription without a name, or that was told more already.
  //
  // Written to the store with those of other subscriptions, within a tenth of a
  // second, and at Close(); on stable storage with the next append or Sync().
  // So after a clean close nothing that was acknowledged comes again; after a
  // crash of the process what was acknowledged in the last tenth of a second
  // may, after a power cut also what was not synced yet.
  //
  // Where nothing that was handed out is left to be acknowledged, what was
  // looked at without a match counts as acknowledged, too.
  //
  // Errors: kInvalidArgument for an event that was not handed out yet; it comes
  // again after kUnavailable (closed) and kFailedPrecondition (a write failed).
  virtual absl::Status Acknowledge(Position position) = 0;
  // The same of everything handed out.
  virtual absl::Status Acknowledge() = 0;

  // Ends a call of Next() that waits, and each one after. Idempotent.
  virtual void Cancel() = 0;

  // The next event that Next() will look at.
  virtual Position next_position() const = 0;

 protected:
  Subscription() = default;
};

// A durable subscription, open or not.
struct SubscriptionInfo {
  std::string name;
  // Without `where`.
  EventFilter filter;
  absl::Time created_at;
  // Some program has it open now.
  bool open = false;
  // Every event below was handled.
  Position checkpoint;
  // The same as the store has it on disk; behind by the last moment at most.
  Position stored_checkpoint;
  // Events from the checkpoint to the head, wanted or not.
  uint64_t lag_count = 0;
  // How long ago the first of them was recorded. None: zero; damaged: infinite.
  absl::Duration lag;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_SUBSCRIPTION_H_
