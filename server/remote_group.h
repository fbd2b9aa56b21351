// A consumer group that another process has open.

#ifndef DAYBOOK_SERVER_REMOTE_GROUP_H_
#define DAYBOOK_SERVER_REMOTE_GROUP_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "daybook/bus/consumer_group.h"
#include "daybook/v1/group_service.pb.h"
#include "server/connection.h"
#include "store/mutex.h"

namespace daybook {

// Members belong to the connection through which they joined: another holder
// may know somebody else by the same number.
class RemoteGroup final : public ConsumerGroup {
 public:
  // Without `options` it is opened as it was last.
  RemoteGroup(std::shared_ptr<Connector> connector, std::string name,
              std::optional<v1::GroupOptions> options)
      : connector_(std::move(connector)),
        name_(std::move(name)),
        options_(std::move(options)) {}

  // Opens it where it is held, to hear of what is wrong.
  absl::Status Open();

  absl::StatusOr<Membership> Join(std::string_view name) override;
  absl::StatusOr<Membership> TryJoin(std::string_view name) override;
  absl::StatusOr<std::vector<Delivery>> Poll(uint64_t member, size_t count_max,
                                             absl::Duration timeout) override;
  absl::Status Ack(uint64_t member,
                   std::span<const uint64_t> deliveries) override;
  absl::Status Nack(uint64_t member, uint64_t delivery,
                    const NackOptions& options) override;
  absl::Status Park(uint64_t member, uint64_t delivery,
                    std::string_view cause) override;
  absl::Status Renew(uint64_t member) override;
  absl::Status Leave(uint64_t member) override;
  void Interrupt(uint64_t member) override;
  absl::Status Flush() override;
  absl::StatusOr<GroupInfo> Info() override;
  // Its members leave; those of others go on.
  absl::Status Close() override;
  bool is_closed() const override ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Member {
    std::shared_ptr<Connection> connection;
    bool interrupted = false;
  };

  absl::Status CheckOpen() const ABSL_LOCKS_EXCLUDED(mutex_);
  // Waits for `patience` for a holder that does not answer. `*is_away`: whether
  // none was there, and may come.
  absl::StatusOr<Membership> JoinOnce(std::string_view name,
                                      absl::Duration patience, bool* is_away)
      ABSL_LOCKS_EXCLUDED(mutex_);
  // The one that `member` joined through. Errors: kUnavailable once closed;
  // kNotFound.
  absl::StatusOr<std::shared_ptr<Connection>> ConnectionOf(uint64_t member)
      ABSL_LOCKS_EXCLUDED(mutex_);
  absl::Status FlushHeld();
  // Of a member that this does not have any more, or not yet.
  absl::Status LeaveHeld(uint64_t member, Connection& connection);
  // Unless it is closed by now: whether it was not.
  bool Remember(uint64_t member, std::shared_ptr<Connection> connection)
      ABSL_LOCKS_EXCLUDED(mutex_);
  void Forget(uint64_t member) ABSL_LOCKS_EXCLUDED(mutex_);
  // Whether it was; not any more.
  bool TakeInterrupt(uint64_t member) ABSL_LOCKS_EXCLUDED(mutex_);
  void Name(uint64_t member, v1::GroupMember* message) const;
  // A call by a member, which is one no longer if the connection breaks, or the
  // group is closed where it is held.
  template <typename Method, typename Request, typename Reply>
  absl::Status CallAs(uint64_t member, Method method, const Request& request,
                      Reply* reply) ABSL_LOCKS_EXCLUDED(mutex_);

  const std::shared_ptr<Connector> connector_;
  const std::string name_;
  const std::optional<v1::GroupOptions> options_;
  mutable Mutex mutex_;
  bool closed_ ABSL_GUARDED_BY(mutex_) = false;
  std::map<uint64_t, Member> members_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_REMOTE_GROUP_H_
