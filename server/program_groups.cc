#include "server/program_groups.h"

namespace daybook {

void ProgramGroups::CloseUnlessOpened(
    const std::shared_ptr<ConsumerGroup>& group) {
  MutexLock lock(&mutex_);
  if (opened_.contains(group)) return;
  // What could not be written is given again.
  group->Close().IgnoreError();
}

absl::StatusOr<std::shared_ptr<ConsumerGroup>> ProgramGroups::Open(
    std::string_view name, const GroupOptions& options) {
  MutexLock lock(&mutex_);
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> group =
      groups_.Open(name, options);
  Note(group);
  return group;
}

absl::StatusOr<std::shared_ptr<ConsumerGroup>> ProgramGroups::Open(
    std::string_view name) {
  MutexLock lock(&mutex_);
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> group = groups_.Open(name);
  Note(group);
  return group;
}

void ProgramGroups::Note(
    const absl::StatusOr<std::shared_ptr<ConsumerGroup>>& group) {
  std::erase_if(opened_, [](const std::weak_ptr<ConsumerGroup>& opened) {
    return opened.expired();
  });
  if (group.ok()) opened_.insert(*group);
}

}  // namespace daybook
