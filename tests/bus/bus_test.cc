// Validators and handlers of a bus.

#include "daybook/bus/bus.h"

#include <atomic>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "tests/bus/groups_fixture.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BusTest : public GroupsTest {
 protected:
  static AppendRequest RequestOf(std::vector<std::string> streams) {
    AppendRequest request;
    for (std::string& stream : streams) {
      request.events.push_back({std::move(stream), {.type = "happened"}});
    }
    return request;
  }
  Published Publish(const AppendRequest& request) {
    auto published = bus_->Append(request);
    EXPECT_OK(published);
    return published.ok() ? *std::move(published) : Published();
  }
  // Notes which events it hears of.
  std::unique_ptr<Registration> Listen(EventFilter filter) {
    auto registered =
        bus_->Handle("listener", std::move(filter), [this](const auto& event) {
          heard_.push_back(event.position.value());
          return absl::OkStatus();
        });
    EXPECT_OK(registered);
    return *std::move(registered);
  }

  std::unique_ptr<Bus> bus_ = Bus::Over(store());
  std::vector<uint64_t> heard_;
};
DAYBOOK_FOR_GROUP_ENGINES(BusTest);

TEST_P(BusTest, AHandlerHearsOfWhatItWantsBeforeTheAppendReturns) {
  const auto all = Listen({});
  EXPECT_THAT(Publish(RequestOf({"a-1", "b-1"})).failures, IsEmpty());
  EXPECT_THAT(heard_, ElementsAre(0, 1));
}

TEST_P(BusTest, HandlersArePickedByStreamCategoryTypeOrTag) {
  const auto registrations = {
      Listen({.category = "b"}).release(), Listen({.stream = "a-1"}).release(),
      Listen({.query = {{{.tags = {"x"}}}}}).release(),
      Listen({.query = {{{.types = {"other"}}}}}).release()};
  AppendRequest request = RequestOf({"a-1", "b-1"});
  request.events[1].event.tags = {"x"};
  Publish(request);
  EXPECT_THAT(heard_, ElementsAre(0, 1, 1));
  for (Registration* registration : registrations) delete registration;
}

TEST_P(BusTest, EveryHandlerHearsOfEveryEvent) {
  const auto one = Listen({});
  const auto other = Listen({});
  Publish(RequestOf({"a"}));
  EXPECT_THAT(heard_, ElementsAre(0, 0));
}

TEST_P(BusTest, WhoLeavesHearsNoMore) {
  {
    const auto registration = Listen({});
    Publish(RequestOf({"a"}));
  }
  Publish(RequestOf({"a"}));
  EXPECT_THAT(heard_, ElementsAre(0));
}

TEST_P(BusTest, AValidatorRefusesBeforeAnythingIsStored) {
  const auto listener = Listen({});
  const auto check = bus_->Validate([](const AppendRequest& request) {
    return request.events.size() > 1 ? absl::InvalidArgumentError("too many")
                                     : absl::OkStatus();
  });
  EXPECT_THAT(bus_->Append(RequestOf({"a", "b"})),
              StatusIs(absl::StatusCode::kInvalidArgument, "too many"));
  EXPECT_EQ(store().Head(), Position(0));
  EXPECT_OK(bus_->Append(RequestOf({"a"})));
  EXPECT_THAT(heard_, ElementsAre(0));
}

TEST_P(BusTest, AHandlersFailureStandsBesideTheReceipt) {
  const auto bad = bus_->Handle("bad", {}, [](const EventView&) {
    return absl::InternalError("broken");
  });
  const auto throwing = bus_->Handle(
      "throwing", {},
      [](const EventView&) -> absl::Status { throw std::runtime_error("oh"); });
  const auto good = Listen({});
  const Published published = Publish(RequestOf({"a"}));
  EXPECT_EQ(published.receipt.first_position, Position(0));
  ASSERT_THAT(published.failures, SizeIs(2));
  EXPECT_EQ(published.failures[0].handler, "bad");
  EXPECT_THAT(published.failures[0].status,
              StatusIs(absl::StatusCode::kInternal));
  EXPECT_THAT(published.failures[1].status,
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_THAT(heard_, ElementsAre(0));
}

TEST_P(BusTest, AValidatorThatThrowsRefuses) {
  const auto check = bus_->Validate([](const AppendRequest&) -> absl::Status {
    throw std::runtime_error("oh");
  });
  EXPECT_THAT(bus_->Append(RequestOf({"a"})),
              StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(store().Head(), Position(0));
}

TEST_P(BusTest, ARepeatedAppendIsHeardOfAgain) {
  const auto listener = Listen({});
  AppendRequest request = RequestOf({"a"});
  request.key = "k";
  Publish(request);
  EXPECT_TRUE(Publish(request).receipt.repeated);
  EXPECT_THAT(heard_, ElementsAre(0, 0));
}

TEST_P(BusTest, AHandlerMayAppendByTheBus) {
  const auto chain =
      bus_->Handle("chain", {.category = "a"}, [this](const EventView&) {
        return bus_->Append(RequestOf({"b-1"})).status();
      });
  const auto listener = Listen({.category = "b"});
  EXPECT_THAT(Publish(RequestOf({"a-1"})).failures, IsEmpty());
  EXPECT_THAT(heard_, ElementsAre(1));
}

TEST_P(BusTest, WhatIsAppendedOrRestoredOtherwiseRunsNoHandler) {
  const auto listener = Listen({});
  Append("a", 1);
  AppendRequest request = RequestOf({"a"});
  request.events[0].event.id = EventId();
  EXPECT_OK(store().Restore(request, clock_.Now(), ""));
  EXPECT_THAT(heard_, IsEmpty());
}

TEST_P(BusTest, JoiningAndLeavingGoOnBesideAppends) {
  std::atomic<bool> stopped = false;
  std::atomic<int> heard_count = 0;
  std::thread comer([&] {
    while (!stopped) {
      // What the handler uses is there for as long as it is called.
      const auto counter = std::make_unique<std::atomic<int>*>(&heard_count);
      const auto registration =
          bus_->Handle("short", {}, [used = counter.get()](const EventView&) {
            ++**used;
            return absl::OkStatus();
          });
    }
  });
  const absl::Time patience = absl::Now() + kSoon;
  while (heard_count < 100 && absl::Now() < patience) {
    EXPECT_THAT(Publish(RequestOf({"a"})).failures, IsEmpty());
  }
  stopped = true;
  comer.join();
  EXPECT_GE(heard_count, 100);
}

}  // namespace
}  // namespace daybook
