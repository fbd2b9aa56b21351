#include "daybook/projections/registry.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/strings.h"

namespace daybook {
namespace {

template <typename T>
std::shared_ptr<const T> Find(const std::vector<std::shared_ptr<const T>>& all,
                              std::string_view name) {
  const auto found = std::ranges::find_if(
      all,
      [&](const std::shared_ptr<const T>& one) { return one->name() == name; });
  return found == all.end() ? nullptr : *found;
}

}  // namespace

void Registry::Add(absl::StatusOr<std::shared_ptr<const AnyDecider>> decider) {
  if (decider.ok() && !IsTaken((*decider)->name())) {
    deciders_.push_back(*std::move(decider));
    return;
  }
  if (!status_.ok()) return;
  status_ = decider.ok() ? absl::AlreadyExistsError(absl::StrCat(
                               Quoted((*decider)->name()),
                               " names two deciders or projections"))
                         : decider.status();
}

void Registry::Add(
    absl::StatusOr<std::shared_ptr<const AnyProjection>> projection) {
  if (projection.ok() && !IsTaken((*projection)->name())) {
    projections_.push_back(*std::move(projection));
    return;
  }
  if (!status_.ok()) return;
  status_ = projection.ok() ? absl::AlreadyExistsError(absl::StrCat(
                                  Quoted((*projection)->name()),
                                  " names two deciders or projections"))
                            : projection.status();
}

bool Registry::IsTaken(std::string_view name) const {
  return FindDecider(name) != nullptr || FindProjection(name) != nullptr;
}

std::shared_ptr<const AnyDecider> Registry::FindDecider(
    std::string_view name) const {
  return Find(deciders_, name);
}

std::shared_ptr<const AnyProjection> Registry::FindProjection(
    std::string_view name) const {
  return Find(projections_, name);
}

}  // namespace daybook
