#include "daybook/projections/any_decider.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "projections/fingerprint.h"

namespace daybook {
namespace {

uint64_t FingerprintOf(int revision, const Query& events,
                       const google::protobuf::Message& state) {
  std::vector<std::string> types;
  for (const QueryItem& item : events.items) {
    types.insert(types.end(), item.types.begin(), item.types.end());
  }
  // In whatever order they are declared.
  std::ranges::sort(types);
  FingerprintBuilder builder;
  builder.Add(static_cast<uint64_t>(revision));
  builder.Add(types.size());
  for (const std::string& type : types) builder.Add(type);
  builder.Add(*state.GetDescriptor());
  return builder.Finish();
}

}  // namespace

AnyDecider::AnyDecider(std::string name, int revision, Query events,
                       const google::protobuf::Message& initial)
    : name_(std::move(name)),
      revision_(revision),
      events_(std::move(events)),
      initial_(initial),
      fingerprint_(FingerprintOf(revision, events_, initial)) {}

}  // namespace daybook
