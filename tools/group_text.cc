#include "tools/group_text.h"

#include "absl/time/time.h"
#include "daybook/store/subscription.h"
#include "tools/json_text.h"
#include "tools/subscription_text.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {

std::string LanesText(const Lanes& lanes) {
  switch (lanes.kind()) {
    case Lanes::Kind::kStream:
      break;
    case Lanes::Kind::kTag:
      return Concat("tag ", lanes.tag_prefix(), "*");
    case Lanes::Kind::kKey:
      return "a function of its program";
  }
  return "stream";
}

std::string LagText(const GroupInfo& info) {
  return LagText(
      SubscriptionInfo{.lag_count = info.lag_count, .lag = info.lag});
}

std::string GroupJson(const GroupInfo& info) {
  const std::string json = Concat("{\"name\":", JsonString(info.name));
  if (!info.problem.ok()) {
    return Concat(json, ",\"problem\":",
                  JsonString(std::string(info.problem.message())), "}");
  }
  return Concat(
      json, FilterMembersJson(info.filter),
      ",\"lanes\":", JsonString(LanesText(info.lanes)), ",\"created_at\":\"",
      TimeText(info.created_at), "\",\"open\":", info.open ? "true" : "false",
      ",\"checkpoint\":", info.checkpoint.value(),
      ",\"next_position\":", info.next_position.value(),
      ",\"outstanding\":", info.outstanding_count,
      ",\"parked\":", info.parked_count, ",\"lag_events\":", info.lag_count,
      ",\"lag_seconds\":", absl::ToDoubleSeconds(info.lag), "}");
}

std::string ParkedJson(const ParkedEvent& parked, const Event& event) {
  return Concat("{\"position\":", parked.position.value(),
                ",\"stream\":", JsonString(event.stream),
                ",\"revision\":", event.revision.value(),
                ",\"type\":", JsonString(event.type),
                ",\"attempts\":", parked.attempt_count, ",\"parked_at\":\"",
                TimeText(parked.parked_at),
                "\",\"member\":", JsonString(parked.member),
                ",\"cause\":", JsonString(parked.cause), "}");
}

}  // namespace daybook::tools
