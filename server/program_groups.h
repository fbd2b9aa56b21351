// The server's own groups in the hands of the program that serves. What it
// opens stays open until it closes it, as with any Groups; all else is open for
// members in other processes alone, and closed without them.

#ifndef DAYBOOK_SERVER_PROGRAM_GROUPS_H_
#define DAYBOOK_SERVER_PROGRAM_GROUPS_H_

#include <memory>
#include <set>
#include <string_view>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/bus/groups.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class ProgramGroups final : public Groups {
 public:
  // `groups` must outlive it.
  explicit ProgramGroups(Groups& groups) : groups_(groups) {}

  // Closes `group`, unless the program has opened it.
  void CloseUnlessOpened(const std::shared_ptr<ConsumerGroup>& group)
      ABSL_LOCKS_EXCLUDED(mutex_);

  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name, const GroupOptions& options) override
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::shared_ptr<ConsumerGroup>> Open(
      std::string_view name) override ABSL_LOCKS_EXCLUDED(mutex_);
  absl::StatusOr<std::vector<GroupInfo>> List() override {
    return groups_.List();
  }
  absl::StatusOr<GroupInfo> Get(std::string_view name) override {
    return groups_.Get(name);
  }
  absl::Status WaitHandled(std::string_view name, Position position,
                           absl::Duration timeout) override {
    return groups_.WaitHandled(name, position, timeout);
  }
  absl::StatusOr<std::vector<ParkedEvent>> Parked(
      std::string_view name, const ParkedOptions& options) override {
    return groups_.Parked(name, options);
  }
  absl::Status Retry(std::string_view name, Position position,
                     const Operation& operation) override {
    return groups_.Retry(name, position, operation);
  }
  absl::Status Skip(std::string_view name, Position position,
                    const Operation& operation) override {
    return groups_.Skip(name, position, operation);
  }
  absl::Status RetryRecorded(std::string_view name,
                             Position position) override {
    return groups_.RetryRecorded(name, position);
  }
  absl::Status SkipRecorded(std::string_view name, Position position) override {
    return groups_.SkipRecorded(name, position);
  }
  absl::Status Reset(std::string_view name, Position position,
                     const Operation& operation) override {
    return groups_.Reset(name, position, operation);
  }
  absl::Status Delete(std::string_view name,
                      const Operation& operation) override {
    return groups_.Delete(name, operation);
  }
  absl::Status Close() override { return groups_.Close(); }

 private:
  using Opened = std::set<std::weak_ptr<ConsumerGroup>, std::owner_less<>>;

  void Note(const absl::StatusOr<std::shared_ptr<ConsumerGroup>>& group)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Groups& groups_;
  // Held while a group is opened or closed: what the program gets is open.
  Mutex mutex_;
  // By the program; those that are closed go once nobody has them.
  Opened opened_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_PROGRAM_GROUPS_H_
