// ConsumerGroup shares the events that it follows among its members: each is
// handed to one of them, until one acknowledges it.
//
//   auto groups = Groups::Over(*store);
//   auto group = groups->Open("mailers", {.filter = {.category = "order"}});
//   if (!group.ok()) return group.status();
//   auto member = (*group)->Join("mailer-1");
//   if (!member.ok()) return member.status();
//   while (running) {
//     auto deliveries = (*group)->Poll(member->id, 16, absl::Seconds(1));
//     if (!deliveries.ok()) return deliveries.status();
//     for (const Delivery& delivery : *deliveries) {
//       absl::Status sent = Send(*delivery.event);
//       sent.ok() ? (*group)->Ack(member->id, delivery.id)
//                 : (*group)->Nack(member->id, delivery.id,
//                                  {.cause = sent.ToString()});
//     }
//   }
//   (*group)->Leave(member->id);
//
// Events of one lane, by default those of one stream, are handed out in order,
// one at a time: the next one when the one before was acknowledged or parked.
// Different lanes go on side by side. A lane belongs to nobody: whoever asks
// next gets the next event, so there is nothing to move when members come, go
// or die, and one that is slow slows nobody else.
//
// What is promised, and how it is kept: bus/README.md.

#ifndef DAYBOOK_BUS_CONSUMER_GROUP_H_
#define DAYBOOK_BUS_CONSUMER_GROUP_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/subscription.h"

namespace daybook {

// Bytes of UTF-8 without NUL, at least 1. Names that start with `$` belong to
// the store.
inline constexpr size_t kGroupNameBytesMax = 256;
// Of what Nack() and Park() are told; the rest is cut off.
inline constexpr size_t kGroupCauseBytesMax = 4 << 10;
// Of GroupOptions::outstanding_count_max: more might not fit into the row that
// has them all.
inline constexpr size_t kGroupOutstandingCountMax = 1'000'000;
// Deliveries of one Poll(); more are not given.
inline constexpr size_t kGroupPollCountMax = 1024;

// Which events must be handled one after another: those with equal keys are of
// one lane. Keys are told apart by 64 bits of a hash; two that fall together
// wait for each other, no more. May change from one opening to the next.
class Lanes {
 public:
  using KeyFunction = std::function<std::string(const EventView& event)>;

  // The key is the stream's name.
  static Lanes ByStream() { return Lanes(Kind::kStream, {}, nullptr); }
  // The key is the event's first tag that begins with `prefix` ("customer:"),
  // and the stream's name where there is none.
  static Lanes ByTag(std::string prefix) {
    return Lanes(Kind::kTag, std::move(prefix), nullptr);
  }
  // The key is what `key` says. It must say the same of the same event, and not
  // block or use the group. What it throws is kUnknown, like an event that
  // can't be read. Called on a member's thread. Not stored: a group with it
  // can't be opened by its name alone.
  static Lanes ByKey(KeyFunction key) {
    return Lanes(Kind::kKey, {}, std::move(key));
  }

  enum class Kind { kStream, kTag, kKey };
  Kind kind() const { return kind_; }
  const std::string& tag_prefix() const { return tag_prefix_; }
  const KeyFunction& key_function() const { return key_function_; }

  // The lane of `event`. REQUIRES: a function, if it is by one.
  uint64_t LaneOf(const EventView& event) const;

 private:
  Lanes(Kind kind, std::string tag_prefix, KeyFunction key_function)
      : kind_(kind),
        tag_prefix_(std::move(tag_prefix)),
        key_function_(std::move(key_function)) {}

  Kind kind_;
  std::string tag_prefix_;
  KeyFunction key_function_;
};

// When an event that failed is tried again, and when no more.
struct RetryPolicy {
  // The wait after the n-th attempt is `first` doubled n - 1 times, at most
  // `max`; of that, the half to all is drawn, so that those who failed together
  // do not come again together. REQUIRES: not negative.
  absl::Duration first = absl::Milliseconds(100);
  absl::Duration max = absl::Minutes(1);
  // An event whose attempts all failed is parked. REQUIRES: >= 1.
  uint32_t attempt_count_max = 10;

  // How long to wait after attempt `attempt`, from 1; `random` is from 0 up to,
  // and without, 1.
  absl::Duration WaitAfter(uint32_t attempt, double random) const;
};

struct GroupOptions {
  // Which events: nothing given, all of the log, those of system streams too.
  EventFilter filter;
  // Where a group begins that there is not yet.
  SubscribeFrom from = SubscribeFrom::Beginning();
  // Goes on with another filter than the group had: for what it has not looked
  // at. Refused otherwise, as for subscriptions.
  bool accept_changed_filter = false;
  Lanes lanes = Lanes::ByStream();
  RetryPolicy retry;
  // A member that is not heard of for so long is taken for dead, and what it
  // had is handed to others. REQUIRES: > 0.
  absl::Duration lease = absl::Seconds(30);
  // How many events may be outstanding: looked at, and neither acknowledged nor
  // parked. When so many wait for retries, or behind one in their lane, nothing
  // new is looked at until some are done. About 150 bytes each. REQUIRES: >= 1,
  // <= kGroupOutstandingCountMax.
  size_t outstanding_count_max = 16'384;
  // So much of them is held in memory; the others are read again when it is
  // their turn.
  size_t outstanding_bytes_max = 16 << 20;
  // Hands out only what is on stable storage: for what leaves the store. Makes
  // a difference under Durability::Interval() and None() alone.
  bool durable_only = false;
};

// Who has joined. Ends with Leave(), when its lease runs out, and with the
// group: members of an earlier opening are unknown.
struct Membership {
  uint64_t id = 0;
  // Calls must not be further apart than this; see Renew().
  absl::Duration lease;
};

// An event in the hands of a member.
struct Delivery {
  // Names this one hand-out: an event that is handed out again has another one.
  uint64_t id = 0;
  // Never null; shared, and valid for as long as somebody has it.
  std::shared_ptr<const Event> event;
  uint64_t lane = 0;
  // From 1. Attempts of members that left are not counted, nor those of a
  // process that died.
  uint32_t attempt = 0;
};

struct NackOptions {
  // Why, for whoever looks at it later.
  std::string cause;
  // How long to wait; RetryPolicy says if it is not given.
  std::optional<absl::Duration> retry_after;
};

struct GroupMemberInfo {
  uint64_t id = 0;
  std::string name;
  uint64_t in_hand_count = 0;
  absl::Duration lease_left;
};

// How a group stands. Of one that is not open: as it was written last.
struct GroupInfo {
  std::string name;
  // Without `where`.
  EventFilter filter;
  // Without a key function.
  Lanes lanes = Lanes::ByStream();
  RetryPolicy retry;
  absl::Duration lease;
  size_t outstanding_count_max = 0;
  size_t outstanding_bytes_max = 0;
  bool durable_only = false;
  absl::Time created_at;
  // Some program has it open now: this one.
  bool open = false;
  // Every event below is done: acknowledged, parked, or not wanted.
  Position checkpoint;
  // Every event below was looked at.
  Position next_position;
  uint64_t outstanding_count = 0;
  // Of those: in the hands of members, and waiting to be tried again.
  uint64_t in_hand_count = 0;
  uint64_t waiting_count = 0;
  uint64_t parked_count = 0;
  // Outstanding events, and all that were not looked at yet, wanted or not.
  uint64_t lag_count = 0;
  // How long ago the first of them was recorded; zero if there is none.
  absl::Duration lag;
  std::vector<GroupMemberInfo> members;
  // Why nothing new is looked at, as Poll() tells it; OK normally. In
  // Groups::List() also why the group can't be described: then only its name
  // is known.
  absl::Status problem;
};

// An open group. Thread-safe: members may be threads, or speak for others.
// Obtained from Groups; works until that is closed or destroyed, or Close().
//
// Each call by a member renews its lease. Errors that all of them have:
//   kNotFound            no such member: it left, or its lease ran out and what
//                        it had was handed to others. Join again
//   kUnavailable         the group or the store is closed, or closing:
//                        is_closed(); or, of a group in another process, it is
//                        away, and may come back
//   whatever a write of rows returned: that comes again at every call, and the
//   store takes no write any more. Close both, mend what is wrong, and open
//   them again (groups.h)
class ConsumerGroup {
 public:
  virtual ~ConsumerGroup() = default;
  ConsumerGroup(const ConsumerGroup&) = delete;
  ConsumerGroup& operator=(const ConsumerGroup&) = delete;

  // `name` is for people: members may share one. At most 256 bytes.
  // Further errors: kInvalidArgument for a longer one.
  // Of a group in another process that is away it waits for that to come back:
  // RemoteOptions::reconnect_timeout.
  virtual absl::StatusOr<Membership> Join(std::string_view name) = 0;
  // The same without that wait: kUnavailable, within a second or so.
  virtual absl::StatusOr<Membership> TryJoin(std::string_view name) {
    return Join(name);
  }

  // Up to `count_max` events, at most kGroupPollCountMax, each of a lane of
  // which nobody has one in hand. Waits up to `timeout`, which may be infinite,
  // for the first; nothing if there is none by then, or once Interrupt() was
  // called. Several threads may poll for one member. REQUIRES: count_max >= 1.
  //
  // Further errors: those of reads of the log, like kDataLoss, and what
  // EventFilter::where returned. They are told where there is nothing else to
  // give, and pass by themselves: what could not be read is tried again by
  // calls from a second later on, uncounted.
  //
  // Cost: some microseconds an event.
  virtual absl::StatusOr<std::vector<Delivery>> Poll(
      uint64_t member, size_t count_max, absl::Duration timeout) = 0;

  // Done. Written to the store with others, within a tenth of a second or
  // 10,000 of them, and at Close(): after a clean close nothing of it comes
  // again; after a crash what was acknowledged in that time may.
  // Further errors: kFailedPrecondition for a delivery that this member does
  // not have: acknowledged before, or given to somebody else since. Of several,
  // those that it has are done nevertheless.
  virtual absl::Status Ack(uint64_t member,
                           std::span<const uint64_t> deliveries) = 0;
  absl::Status Ack(uint64_t member, uint64_t delivery) {
    return Ack(member, std::span<const uint64_t>(&delivery, 1));
  }

  // Failed: to be tried again later, by any member; events behind it in its
  // lane wait meanwhile. After the last attempt it is parked instead.
  // Further errors: as Ack().
  virtual absl::Status Nack(uint64_t member, uint64_t delivery,
                            const NackOptions& options) = 0;

  // Never to be tried again by itself: set aside with the cause, for an
  // operator to retry or skip (Groups). Its lane goes on without it. Written
  // like an acknowledgement. Further errors: as Ack().
  virtual absl::Status Park(uint64_t member, uint64_t delivery,
                            std::string_view cause) = 0;

  // Says that the member lives, while it works for longer than its lease.
  virtual absl::Status Renew(uint64_t member) = 0;

  // What it has in hand goes back, uncounted, to be handed to others at once.
  virtual absl::Status Leave(uint64_t member) = 0;

  // Ends one Poll() of the member that waits, or its next one, with nothing. Of
  // a member that there is not it does nothing.
  virtual void Interrupt(uint64_t member) = 0;

  // Writes what was acknowledged and parked so far. Errors: as Ack().
  virtual absl::Status Flush() = 0;

  // How it stands; Groups::Get() says all of it: this has no options, lag and
  // parked events, unless another process holds the group.
  virtual absl::StatusOr<GroupInfo> Info() = 0;

  // Flush(), and ends the group for all its members; what they have in hand was
  // not handled. Waits for calls that use the store, and where another call of
  // Close() is at it, for that. Idempotent. Errors: those of the write, also
  // when it is called again.
  virtual absl::Status Close() = 0;

  // Nothing goes on with it any more: Close() was called, or its Groups or its
  // store were closed. Never takes long.
  virtual bool is_closed() const = 0;

 protected:
  ConsumerGroup() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_BUS_CONSUMER_GROUP_H_
