// The built-in projection `timeline`.

#include <algorithm>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "daybook/v1/builtin.pb.h"
#include "tools/builtin_projection.h"
#include "tools/builtin_rows.h"

namespace daybook::tools {
namespace {

using google::protobuf::Timestamp;

constexpr int kTypesMax = 100;

void SetTime(absl::Time time, Timestamp* stamp) {
  const int64_t seconds = absl::ToUnixSeconds(time);
  stamp->set_seconds(seconds);
  stamp->set_nanos(static_cast<int32_t>(
      (time - absl::FromUnixSeconds(seconds)) / absl::Nanoseconds(1)));
}

bool IsBefore(const Timestamp& a, const Timestamp& b) {
  return a.seconds() != b.seconds() ? a.seconds() < b.seconds()
                                    : a.nanos() < b.nanos();
}

class Timeline final
    : public BuiltinProjection<v1::StreamKey, v1::TimelineRow> {
 public:
  explicit Timeline(EventTime time)
      : BuiltinProjection(
            time == EventTime::kOccurred ? "timeline-occurred" : "timeline",
            /*version=*/1),
        time_(time) {}

  absl::Status Prepare(const EventView& event, google::protobuf::Arena* arena,
                       PreparedEvent* prepared) const override {
    Begin(event, prepared);
    const std::optional<absl::Time> time = TimeOf(event, time_);
    if (!time.has_value()) return absl::OkStatus();
    auto* row = google::protobuf::Arena::CreateMessage<v1::TimelineRow>(arena);
    row->set_count(1);
    row->set_first_position(event.position.value());
    row->set_last_position(event.position.value());
    SetTime(*time, row->mutable_first_time());
    SetTime(*time, row->mutable_last_time());
    row->add_types(event.type.data(), event.type.size());
    prepared->message = row;
    v1::StreamKey key;
    key.set_stream(event.stream.data(), event.stream.size());
    AddKey(key, prepared);
    return absl::OkStatus();
  }

 protected:
  absl::Status Merge(const v1::TimelineRow& event,
                     v1::TimelineRow* row) const override {
    if (row->count() == 0) {
      *row = event;
      return absl::OkStatus();
    }
    row->set_count(row->count() + event.count());
    row->set_last_position(event.last_position());
    // Things may be recorded in another order than they happened in.
    if (IsBefore(event.first_time(), row->first_time())) {
      *row->mutable_first_time() = event.first_time();
    }
    if (IsBefore(row->last_time(), event.last_time())) {
      *row->mutable_last_time() = event.last_time();
    }
    const std::string& type = event.types(0);
    if (std::ranges::find(row->types(), type) != row->types().end()) {
      return absl::OkStatus();
    }
    if (row->types_size() < kTypesMax) {
      row->add_types(type);
    } else {
      row->set_more_types(true);
    }
    return absl::OkStatus();
  }

 private:
  const EventTime time_;
};

}  // namespace

std::shared_ptr<const AnyProjection> MakeTimeline(EventTime time) {
  return std::make_shared<Timeline>(time);
}

}  // namespace daybook::tools
