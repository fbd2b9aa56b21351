// Windows: rows by stretches of time, for projections.
//
//   // Sales by article and hour.
//   static std::vector<SkuHour> KeyOf(const ItemSold& sold,
//                                     const EventInfo& event) {
//     static constexpr TimeWindows kHours =
//     TimeWindows::Tumbling(absl::Hours(1)); std::vector<SkuHour> keys; for
//     (const TimeWindow& hour : kHours.Of(event)) {
//       keys.push_back(KeyFor(sold.sku(), hour.start));
//     }
//     return keys;
//   }
//
// Which windows an event is in depends on the event alone, so rows are the same
// whenever they are folded: late is what was recorded long after it happened,
// not what a program happened to see late.
//
// An event is taken to have happened at EventInfo::time(): when who appended it
// said it did, or else when it was recorded.

#ifndef DAYBOOK_PROJECTIONS_WINDOWS_H_
#define DAYBOOK_PROJECTIONS_WINDOWS_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "absl/time/time.h"
#include "daybook/projections/event_info.h"
#include "google/protobuf/repeated_field.h"

namespace daybook {

// From `start` on and before `end`.
struct TimeWindow {
  absl::Time start;
  absl::Time end;

  friend bool operator==(const TimeWindow&, const TimeWindow&) = default;
};

// Windows of one length that begin at multiples of their hop since 1970 in UTC.
class TimeWindows {
 public:
  // One after the other: every moment is in one. REQUIRES: 0 < `length`,
  // finite.
  static constexpr TimeWindows Tumbling(absl::Duration length) {
    return TimeWindows(length, length);
  }
  // One begins each `hop`: every moment is in length / hop of them, or none
  // where hops are longer. REQUIRES: both above 0 and finite.
  static constexpr TimeWindows Hopping(absl::Duration length,
                                       absl::Duration hop) {
    return TimeWindows(length, hop);
  }

  // The same, but an event that was recorded more than `lateness` after a
  // window's end is no longer in it: once that has passed, its row stays as it
  // is. Without this, there is no such limit.
  constexpr TimeWindows AllowLateness(absl::Duration lateness) const {
    TimeWindows windows = *this;
    windows.lateness_ = lateness;
    return windows;
  }

  // Those that `event` is in, in order; none if it is too late.
  std::vector<TimeWindow> Of(const EventInfo& event) const;

 private:
  constexpr TimeWindows(absl::Duration length, absl::Duration hop)
      : length_(length), hop_(hop) {}

  absl::Duration length_;
  absl::Duration hop_;
  absl::Duration lateness_ = absl::InfiniteDuration();
};

// Puts `event` into a session: a stretch of time in which events follow each
// other by less than `gap`. `sessions` are those of one key, in its row,
// ordered by time; S is a message with `int64 start` and `int64 end`,
// microseconds since 1970 of its first and last event. Returns the event's
// session, with both set.
//
// Where the event closes a gap, the later session is merged into the earlier
// one by `merge(S& earlier, const S& later)`, which need not care about start
// and end, and removed. Events may come in any order; the sessions are the
// same.
//
//   Session& session = JoinSession(row.mutable_sessions(), event,
//                                  absl::Minutes(30),
//                                  [](Session& a, const Session& b) {
//                                    a.set_clicks(a.clicks() + b.clicks());
//                                  });
//   session.set_clicks(session.clicks() + 1);
//
// Cost: the sessions of the row are looked through.
template <typename S, typename Merge>
S& JoinSession(google::protobuf::RepeatedPtrField<S>* sessions,
               const EventInfo& event, absl::Duration gap, Merge merge);

// -----------------------------------------------------------------------------

template <typename S, typename Merge>
S& JoinSession(google::protobuf::RepeatedPtrField<S>* sessions,
               const EventInfo& event, absl::Duration gap, Merge merge) {
  const int64_t at = absl::ToUnixMicros(event.time());
  const auto is_near = [gap](int64_t a, int64_t b) {
    return absl::FromUnixMicros(std::max(a, b)) -
               absl::FromUnixMicros(std::min(a, b)) <
           gap;
  };
  // The first session that is not wholly before the event's.
  int i = 0;
  while (i < sessions->size() && sessions->Get(i).end() < at &&
         !is_near(sessions->Get(i).end(), at)) {
    ++i;
  }
  const bool is_in =
      i < sessions->size() &&
      (sessions->Get(i).start() <= at || is_near(sessions->Get(i).start(), at));
  if (!is_in) {
    S* const added = sessions->Add();
    added->set_start(at);
    added->set_end(at);
    for (int k = sessions->size() - 1; k > i; --k) {
      sessions->SwapElements(k, k - 1);
    }
    return *sessions->Mutable(i);
  }
  S& session = *sessions->Mutable(i);
  session.set_start(std::min<int64_t>(session.start(), at));
  session.set_end(std::max<int64_t>(session.end(), at));
  if (i + 1 < sessions->size() &&
      is_near(session.end(), sessions->Get(i + 1).start())) {
    const S& later = sessions->Get(i + 1);
    merge(session, later);
    session.set_end(std::max<int64_t>(session.end(), later.end()));
    sessions->DeleteSubrange(i + 1, 1);
  }
  return session;
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_WINDOWS_H_
