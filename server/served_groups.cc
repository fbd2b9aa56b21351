#include "server/served_groups.h"

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

absl::Status NobodyJoined(const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat("nobody has joined a group of the name ", name));
}

}  // namespace

absl::StatusOr<std::shared_ptr<ConsumerGroup>> ServedGroups::OpenHeld(
    const std::string& name, const std::optional<GroupOptions>& options) {
  DAYBOOK_ASSIGN_OR_RETURN(
      std::shared_ptr<ConsumerGroup> group,
      options.has_value() ? groups_.Open(name, *options) : groups_.Open(name));
  {
    MutexLock lock(&mutex_);
    opened_[name] = group;
  }
  if (own_ != nullptr) served_.Watch(shared_from_this());
  return group;
}

absl::StatusOr<std::shared_ptr<ConsumerGroup>> ServedGroups::Open(
    const std::string& name, const std::optional<GroupOptions>& options) {
  MutexLock joining(&joining_);
  return OpenHeld(name, options);
}

absl::StatusOr<Membership> ServedGroups::Join(
    const std::string& name, const std::optional<GroupOptions>& options,
    std::string_view member_name) {
  MutexLock joining(&joining_);
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<ConsumerGroup> group,
                           OpenHeld(name, options));
  return group->Join(member_name);
}

absl::Status ServedGroups::Leave(const std::string& name, uint64_t member) {
  DAYBOOK_RETURN_IF_ERROR(
      With(name, [&](ConsumerGroup& group) { return group.Leave(member); }));
  MutexLock joining(&joining_);
  const absl::StatusOr<std::shared_ptr<ConsumerGroup>> group = Find(name);
  if (group.ok()) CloseIfEmpty(name, *group);
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<ConsumerGroup>> ServedGroups::Find(
    const std::string& name) {
  MutexLock lock(&mutex_);
  const auto found = opened_.find(name);
  if (found == opened_.end()) return NobodyJoined(name);
  return found->second;
}

void ServedGroups::Drop(const std::string& name, const ConsumerGroup& group) {
  MutexLock lock(&mutex_);
  const auto found = opened_.find(name);
  if (found != opened_.end() && found->second.get() == &group) {
    opened_.erase(found);
  }
}

absl::Status ServedGroups::With(const std::string& name, Work work) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<ConsumerGroup> group,
                           Find(name));
  absl::Status status = work(*group);
  // Is it the group that is closed, or the store, or all its groups?
  if (!absl::IsUnavailable(status) ||
      absl::IsUnavailable(groups_.Get(name).status())) {
    return status;
  }
  Drop(name, *group);
  return NobodyJoined(name);
}

void ServedGroups::CloseIfEmpty(const std::string& name,
                                const std::shared_ptr<ConsumerGroup>& group) {
  if (own_ == nullptr) return;
  const absl::StatusOr<GroupInfo> info = group->Info();
  if (info.ok() && !info->members.empty()) return;
  // One that is sick is closed too, so that whoever joins next opens it anew.
  program_groups_.CloseUnlessOpened(group);
  Drop(name, *group);
}

bool ServedGroups::LetGoIfIdle(absl::Duration /*now*/) {
  MutexLock joining(&joining_);
  Opened opened;
  {
    MutexLock lock(&mutex_);
    opened = opened_;
  }
  for (const auto& [name, group] : opened) CloseIfEmpty(name, group);
  MutexLock lock(&mutex_);
  return !opened_.empty();
}

}  // namespace daybook
