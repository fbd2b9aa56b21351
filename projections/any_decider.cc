#include "daybook/projections/any_decider.h"

#include <utility>

#include "projections/fingerprint.h"

namespace daybook {
namespace {

uint64_t FingerprintOf(int revision, const google::protobuf::Message& state) {
  FingerprintBuilder builder;
  builder.Add(static_cast<uint64_t>(revision));
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
      fingerprint_(FingerprintOf(revision, initial)) {}

}  // namespace daybook
