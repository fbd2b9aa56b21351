// Members of a group in processes of their own, killed with kill -9 at random
// moments, and a holder that stops serving now and then. Each event's effect,
// an append with a key, is in the store exactly once, in the order of the
// event's stream.
//
// The child is this binary started afresh.
//
// DAYBOOK_FAULT_SECONDS, DAYBOOK_SEED: tests/testing/fault_run.h.

#include <sys/wait.h>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/server/remote_groups.h"
#include "daybook/server/remote_store.h"
#include "daybook/server/store_server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::ChildProcess;
using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::TemporaryFolder;

constexpr size_t kMemberCount = 3;
constexpr uint64_t kStreamCount = 10;

const GroupOptions kOptions = {
    .filter = {.category = "order"},
    .retry = {.first = absl::Milliseconds(1), .attempt_count_max = 1'000'000},
    // Members that are killed are replaced soon.
    .lease = absl::Milliseconds(300)};

// --- The child ---------------------------------------------------------------

// Whatever fails is tried again, by whoever the group gives it to.
void HandleSome(EventStore& store, ConsumerGroup& group, uint64_t member) {
  while (true) {
    const auto deliveries = group.Poll(member, 4, absl::Milliseconds(100));
    if (!deliveries.ok()) return;
    for (const Delivery& delivery : *deliveries) {
      const uint64_t position = delivery.event->position.value();
      AppendRequest effect;
      effect.key = absl::StrCat("effect-of-", position);
      effect.events = {
          {.stream = absl::StrCat("effect-", delivery.event->stream),
           .event = {.type = "done", .payload = absl::StrCat(position)}}};
      if (!store.Append(effect).ok()) return;
      if (!group.Ack(member, delivery.id).ok()) return;
    }
  }
}

int HandleUntilKilled(const std::map<std::string, std::string>& arguments) {
  while (true) {
    const auto store = RemoteStore::Connect(arguments.at("store"));
    if (!store.ok()) {
      absl::SleepFor(absl::Milliseconds(5));
      continue;
    }
    const auto groups = RemoteGroups::Over(**store);
    const auto group = groups->Open("handlers", kOptions);
    if (!group.ok()) continue;
    const auto member = (*group)->Join("child");
    if (member.ok()) HandleSome(**store, **group, member->id);
  }
}

const bool kRegistered =
    testing::RegisterChild("group-member", HandleUntilKilled);

// --- The parent --------------------------------------------------------------

class GroupMembersKill9Test : public ::testing::Test {
 protected:
  void StartMember(size_t i) {
    members_[i] = std::make_unique<ChildProcess>(
        "group-member",
        std::map<std::string, std::string>{{"store", folder_ / "store"}},
        folder_ / absl::StrCat("output-", i));
  }
  void Serve() {
    auto server = StoreServer::Start(*store_, folder_ / "store");
    ASSERT_OK(server);
    server_ = *std::move(server);
  }
  void Append(FaultRun& run) {
    std::vector<NewEvent> events(1 + Draw(run.random(), 5), {.type = "placed"});
    EXPECT_OK(
        store_->Append(absl::StrCat("order-", Draw(run.random(), kStreamCount)),
                       ExpectedRevision::Any(), events));
  }
  // Of each stream, the positions of its events, or those that its effects are
  // of, in order.
  std::map<std::string, std::vector<std::string>> Read(bool effects) {
    std::map<std::string, std::vector<std::string>> read;
    auto cursor = store_->ReadLog();
    EXPECT_OK(cursor);
    while (cursor->Next()) {
      const EventView& event = cursor->event();
      if (effects && event.type == "done") {
        read[std::string(event.stream.substr(7))].emplace_back(event.payload);
      } else if (!effects && event.type == "placed") {
        read[std::string(event.stream)].push_back(
            absl::StrCat(event.position.value()));
      }
    }
    EXPECT_OK(cursor->status());
    return read;
  }

  const TemporaryFolder folder_;
  std::unique_ptr<EventStore> store_;
  std::unique_ptr<StoreServer> server_;
  std::array<std::unique_ptr<ChildProcess>, kMemberCount> members_;
};

TEST_F(GroupMembersKill9Test, EachEffectIsThereOnceInTheOrderOfItsStream) {
  FaultRun run;
  auto store = EventStore::Open(folder_ / "store", StoreOptions());
  ASSERT_OK(store);
  store_ = *std::move(store);
  Serve();
  for (size_t i = 0; i < kMemberCount; ++i) StartMember(i);
  uint64_t kills = 0;
  uint64_t restarts = 0;
  while (run.More()) {
    for (int i = 0; i < 10; ++i) Append(run);
    absl::SleepFor(absl::Milliseconds(Draw(run.random(), 100)));
    const size_t killed = Draw(run.random(), kMemberCount);
    members_[killed]->Kill();
    ASSERT_TRUE(WIFSIGNALED(members_[killed]->Wait()))
        << members_[killed]->Output();
    StartMember(killed);
    ++kills;
    if (OneIn(run.random(), 5)) {
      server_ = nullptr;
      Serve();
      ++restarts;
    }
  }

  const Position head = store_->Head();
  while (true) {
    const auto info = server_->groups().Get("handlers");
    if (info.ok() && info->checkpoint >= head) break;
    absl::SleepFor(absl::Milliseconds(5));
  }

  for (auto& member : members_) member->Kill();
  for (auto& member : members_) member->Wait();
  server_ = nullptr;
  EXPECT_EQ(Read(/*effects=*/true), Read(/*effects=*/false)) << run.Replay();
  run.Report(absl::StrCat(kills, " kills, ", restarts, " restarts, ",
                          head.value(), " positions"));
  EXPECT_OK(store_->Close(absl::Minutes(1)));
}

}  // namespace
}  // namespace daybook
