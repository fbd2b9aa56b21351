// The consumer groups that other processes join: opened for the first of their
// members, and closed once there is none any more.

#ifndef DAYBOOK_SERVER_SERVED_GROUPS_H_
#define DAYBOOK_SERVER_SERVED_GROUPS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/bus/groups.h"
#include "server/served_store.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class ServedGroups final : public IdleHolder,
                           public std::enable_shared_from_this<ServedGroups> {
 public:
  // `groups` are the program's, and must outlive it; null: it has its own.
  ServedGroups(ServedStore& served, Groups* groups)
      : served_(served),
        own_(groups == nullptr ? Groups::Over(served.store) : nullptr),
        groups_(groups == nullptr ? *own_ : *groups) {}

  Groups& groups() { return groups_; }

  // Opens `name`, if need be, as `options` say, or as it was opened last.
  // Errors: as Groups::Open().
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      const std::string& name, const std::optional<GroupOptions>& options)
      ABSL_LOCKS_EXCLUDED(joining_, mutex_);
  // Opens likewise and joins. Errors: also as ConsumerGroup::Join().
  absl::StatusOr<Membership> Join(const std::string& name,
                                  const std::optional<GroupOptions>& options,
                                  std::string_view member_name)
      ABSL_LOCKS_EXCLUDED(joining_, mutex_);
  absl::Status Leave(const std::string& name, uint64_t member)
      ABSL_LOCKS_EXCLUDED(joining_, mutex_);

  // One that was opened here. Errors: kNotFound: then it has no such members.
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Find(const std::string& name)
      ABSL_LOCKS_EXCLUDED(mutex_);

  // Closes those without members. The program's own groups stay open: whether
  // it uses them is not known here.
  bool LetGoIfIdle(absl::Duration now) override
      ABSL_LOCKS_EXCLUDED(joining_, mutex_);

 private:
  using Opened = std::map<std::string, std::shared_ptr<ConsumerGroup>>;

  absl::StatusOr<std::shared_ptr<ConsumerGroup>> OpenHeld(
      const std::string& name, const std::optional<GroupOptions>& options)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(joining_);
  void CloseIfEmpty(const std::string& name, ConsumerGroup& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(joining_);

  ServedStore& served_;
  const std::unique_ptr<Groups> own_;
  Groups& groups_;
  // Nobody joins a group that is being closed.
  Mutex joining_ ABSL_ACQUIRED_BEFORE(mutex_);
  Mutex mutex_;
  Opened opened_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SERVED_GROUPS_H_
