// The built-in projection `count`.

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "daybook/v1/builtin.pb.h"
#include "tools/builtin_projection.h"
#include "tools/builtin_rows.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

std::string_view NameOf(CountBy by) {
  switch (by) {
    case CountBy::kType:
      return "type";
    case CountBy::kCategory:
      return "category";
    case CountBy::kTag:
      return "tag";
    case CountBy::kStream:
      return "stream";
    case CountBy::kHour:
      return "hour";
  }
  return "";
}

class Count final : public BuiltinProjection<v1::CountKey, v1::CountRow> {
 public:
  Count(CountBy by, EventTime time)
      : BuiltinProjection(
            Concat("count-by-", NameOf(by),
                   time == EventTime::kOccurred ? "-occurred" : ""),
            /*version=*/1),
        by_(by),
        time_(time) {
    one_.set_count(1);
  }

  absl::Status Prepare(const EventView& event,
                       google::protobuf::Arena* /*arena*/,
                       PreparedEvent* prepared) const override {
    Begin(event, prepared);
    AddKeys(event, prepared);
    if (!prepared->keys.empty()) prepared->message = &one_;
    return absl::OkStatus();
  }

 protected:
  absl::Status Merge(const v1::CountRow& event,
                     v1::CountRow* row) const override {
    row->set_count(row->count() + event.count());
    return absl::OkStatus();
  }

 private:
  void AddKeys(const EventView& event, PreparedEvent* prepared) const {
    v1::CountKey key;
    const auto add = [&](std::string_view text) {
      key.set_key(text.data(), text.size());
      AddKey(key, prepared);
    };
    switch (by_) {
      case CountBy::kType:
        return add(event.type);
      case CountBy::kCategory:
        return add(CategoryOf(event.stream));
      case CountBy::kStream:
        return add(event.stream);
      case CountBy::kTag:
        for (const std::string_view tag : event.tags) add(tag);
        return;
      case CountBy::kHour:
        if (const std::optional<absl::Time> time = TimeOf(event, time_)) {
          const absl::TimeZone utc = absl::UTCTimeZone();
          add(TimeText(absl::FromCivil(absl::ToCivilHour(*time, utc), utc)));
        }
    }
  }

  const CountBy by_;
  const EventTime time_;
  v1::CountRow one_;
};

}  // namespace

std::shared_ptr<const AnyProjection> MakeCount(CountBy by, EventTime time) {
  if (by != CountBy::kHour) time = EventTime::kRecorded;
  return std::make_shared<Count>(by, time);
}

}  // namespace daybook::tools
