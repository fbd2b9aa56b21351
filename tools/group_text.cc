#include "tools/group_text.h"

#include <string_view>

#include "absl/time/time.h"
#include "daybook/store/subscription.h"
#include "tools/json_text.h"
#include "tools/query_json.h"
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
  std::string json = Concat("{\"name\":", JsonString(info.name));
  const auto add = [&](std::string_view name, const std::string& text) {
    if (!text.empty()) json += Concat(",\"", name, "\":", JsonString(text));
  };
  if (!info.problem.ok()) {
    add("problem", std::string(info.problem.message()));
    return json + "}";
  }
  add("stream", info.filter.stream);
  add("category", info.filter.category);
  add("stream_prefix", info.filter.stream_prefix);
  if (!info.filter.query.items.empty()) {
    json += Concat(",\"query\":", QueryToJson(info.filter.query));
  }
  add("lanes", LanesText(info.lanes));
  return json + Concat(",\"created_at\":\"", TimeText(info.created_at),
                       "\",\"checkpoint\":", info.checkpoint.value(),
                       ",\"next_position\":", info.next_position.value(),
                       ",\"outstanding\":", info.outstanding_count,
                       ",\"parked\":", info.parked_count,
                       ",\"lag_events\":", info.lag_count,
                       ",\"lag_seconds\":", absl::ToDoubleSeconds(info.lag),
                       "}");
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
