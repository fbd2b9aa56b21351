// InterceptedGroup is a consumer group whose calls a test can hold up.

#ifndef DAYBOOK_TESTS_BUS_INTERCEPTED_GROUP_H_
#define DAYBOOK_TESTS_BUS_INTERCEPTED_GROUP_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "daybook/bus/consumer_group.h"

namespace daybook::testing {

// Hands every call to `group`.
class InterceptedGroup final : public ConsumerGroup {
 public:
  explicit InterceptedGroup(std::shared_ptr<ConsumerGroup> group)
      : group_(std::move(group)) {}

  // Called before each of these calls, by whoever makes it.
  using Before = std::function<void()>;
  Before before_join;
  Before before_nack;
  Before before_renew;

  absl::StatusOr<Membership> Join(std::string_view name) override {
    Run(before_join);
    return group_->Join(name);
  }
  absl::StatusOr<Membership> TryJoin(std::string_view name) override {
    Run(before_join);
    return group_->TryJoin(name);
  }
  absl::StatusOr<std::vector<Delivery>> Poll(uint64_t member, size_t count_max,
                                             absl::Duration timeout) override {
    return group_->Poll(member, count_max, timeout);
  }
  absl::Status Ack(uint64_t member,
                   std::span<const uint64_t> deliveries) override {
    return group_->Ack(member, deliveries);
  }
  absl::Status Nack(uint64_t member, uint64_t delivery,
                    const NackOptions& options) override {
    Run(before_nack);
    return group_->Nack(member, delivery, options);
  }
  absl::Status Park(uint64_t member, uint64_t delivery,
                    std::string_view cause) override {
    return group_->Park(member, delivery, cause);
  }
  absl::Status Renew(uint64_t member) override {
    Run(before_renew);
    return group_->Renew(member);
  }
  absl::Status Leave(uint64_t member) override { return group_->Leave(member); }
  void Interrupt(uint64_t member) override { group_->Interrupt(member); }
  absl::Status Flush() override { return group_->Flush(); }
  absl::StatusOr<GroupInfo> Info() override { return group_->Info(); }
  absl::Status Close() override { return group_->Close(); }
  bool is_closed() const override { return group_->is_closed(); }

 private:
  static void Run(const Before& before) {
    if (before) before();
  }

  const std::shared_ptr<ConsumerGroup> group_;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_BUS_INTERCEPTED_GROUP_H_
