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
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/bus/groups.h"
#include "server/program_groups.h"
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
        groups_(groups == nullptr ? *own_ : *groups),
        program_groups_(groups_) {}

  Groups& groups() { return groups_; }
  // For the program that serves: what it opens here is not closed under it.
  Groups& program_groups() {
    return own_ == nullptr ? groups_ : program_groups_;
  }

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

  // Calls `work` with a group that was opened here. Errors: kNotFound if there
  // is none, or it was closed since, by the program or an operator: then it has
  // no such members; as `work`.
  using Work = absl::FunctionRef<absl::Status(ConsumerGroup& group)>;
  absl::Status With(const std::string& name, Work work)
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
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Find(const std::string& name)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // Forgets `group`, unless there is another one of the name by now.
  void Drop(const std::string& name, const ConsumerGroup& group)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void CloseIfEmpty(const std::string& name,
                    const std::shared_ptr<ConsumerGroup>& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(joining_);

  ServedStore& served_;
  const std::unique_ptr<Groups> own_;
  Groups& groups_;
  ProgramGroups program_groups_;
  // Nobody joins a group that is being closed.
  Mutex joining_ ABSL_ACQUIRED_BEFORE(mutex_);
  Mutex mutex_;
  Opened opened_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SERVED_GROUPS_H_
