// Registry: what a program can fold, by name. A command line is given one, and
// so knows the program's states and views (daybook/tools/tool_main.h).
//
//   Registry registry;
//   registry.AddDecider<Cart>("cart");
//   registry.AddProjection<SalesBySku>();
//   return ToolMain(argc, argv, registry);

#ifndef DAYBOOK_PROJECTIONS_REGISTRY_H_
#define DAYBOOK_PROJECTIONS_REGISTRY_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_decider.h"
#include "daybook/projections/any_projection.h"
#include "daybook/projections/projection.h"

namespace daybook {

// Not thread-safe while it is added to.
class Registry {
 public:
  // What can't be added, or has a name that is taken, is remembered in status()
  // and left out.
  template <Decider D>
  void AddDecider(std::string name) {
    Add(MakeAnyDecider<D>(std::move(name)));
  }
  template <Projection P>
  void AddProjection() {
    Add(MakeAnyProjection<P>());
  }
  void Add(absl::StatusOr<std::shared_ptr<const AnyDecider>> decider);
  void Add(absl::StatusOr<std::shared_ptr<const AnyProjection>> projection);

  // OK, or the first error of an addition.
  const absl::Status& status() const { return status_; }

  // Null if there is none of that name.
  std::shared_ptr<const AnyDecider> FindDecider(std::string_view name) const;
  std::shared_ptr<const AnyProjection> FindProjection(
      std::string_view name) const;

  // In the order they were added.
  const std::vector<std::shared_ptr<const AnyDecider>>& deciders() const {
    return deciders_;
  }
  const std::vector<std::shared_ptr<const AnyProjection>>& projections() const {
    return projections_;
  }

 private:
  bool IsTaken(std::string_view name) const;

  std::vector<std::shared_ptr<const AnyDecider>> deciders_;
  std::vector<std::shared_ptr<const AnyProjection>> projections_;
  absl::Status status_;
};

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_REGISTRY_H_
