// AnyDecider is a decider's fold whose types are known only when it runs: what
// snapshots and the command line work with.

#ifndef DAYBOOK_PROJECTIONS_ANY_DECIDER_H_
#define DAYBOOK_PROJECTIONS_ANY_DECIDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/decider.h"
#include "daybook/store/event.h"
#include "daybook/store/query.h"
#include "google/protobuf/message.h"

namespace daybook {

// Immutable and thread-safe.
class AnyDecider {
 public:
  virtual ~AnyDecider() = default;

  const std::string& name() const { return name_; }
  int revision() const { return revision_; }
  // Of the revision, the types of its events and the state's schema: a state
  // that was saved under another one is not used. Not 0. Two deciders that have
  // these in common have the same, so states are kept by name().
  uint64_t fingerprint() const { return fingerprint_; }
  // The types of its events, those that are upcast to them too.
  const Query& events() const { return events_; }
  // The state that all begin with.
  const google::protobuf::Message& initial() const { return initial_; }

  // As EvolveBy(). REQUIRES: a state of the type of initial().
  virtual absl::Status Evolve(const EventView& event,
                              google::protobuf::Message* state) const = 0;

 protected:
  AnyDecider(std::string name, int revision, Query events,
             const google::protobuf::Message& initial);

 private:
  const std::string name_;
  const int revision_;
  const Query events_;
  const google::protobuf::Message& initial_;
  const uint64_t fingerprint_;
};

// D as AnyDecider. Errors: as EventTypeOf(), for one of its events.
template <Decider D>
absl::StatusOr<std::shared_ptr<const AnyDecider>> MakeAnyDecider(
    std::string name);

// -----------------------------------------------------------------------------

namespace internal {

template <Decider D>
class TypedDecider final : public AnyDecider {
 public:
  TypedDecider(std::string name, Query events)
      : AnyDecider(std::move(name), D::kRevision, std::move(events),
                   D::State::default_instance()) {}
  absl::Status Evolve(const EventView& event,
                      google::protobuf::Message* state) const override {
    return EvolveBy<D>(event, static_cast<typename D::State*>(state));
  }
};

}  // namespace internal

template <Decider D>
absl::StatusOr<std::shared_ptr<const AnyDecider>> MakeAnyDecider(
    std::string name) {
  absl::StatusOr<Query> events = D::Events::ToQuery();
  if (!events.ok()) return events.status();
  if constexpr (requires { D::Upcasting(); }) {
    for (std::string& type : D::Upcasting().types()) {
      events->items.front().types.push_back(std::move(type));
    }
  }
  return std::make_shared<const internal::TypedDecider<D>>(std::move(name),
                                                           *std::move(events));
}

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_ANY_DECIDER_H_
