// Memory that a client shares with the holder: what is opened is the client's
// and nothing else, and events that come through it are those that come through
// the socket.

#include "server/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/batch_places.h"
#include "server/batch_space.h"
#include "tests/server/remote_engine.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Draw;
using testing::FaultRun;
using testing::OneIn;
using testing::RemoteEngine;

constexpr size_t kSize = 64 << 10;
constexpr char kZeros[1000] = {};

TEST(SharedMemoryTest, WhatOneSideWritesTheOtherReads) {
  const auto made = SharedMemory::Create(kSize);
  ASSERT_NE(made, nullptr);
  const pid_t holder = fork();
  if (holder == 0) {
    const auto opened = SharedMemory::Open(made->address());
    if (opened == nullptr || opened->size() != kSize) _exit(1);
    std::memcpy(opened->data() + kSize - 5, "there", 5);
    _exit(0);
  }
  int status = -1;
  waitpid(holder, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(std::string(made->data() + kSize - 5, 5), "there");
}

TEST(SharedMemoryTest, WhatIsEmptiedIsZero) {
  const auto made = SharedMemory::Create(kSize);
  made->data()[7] = 'x';
  made->Empty();
  EXPECT_EQ(made->data()[7], '\0');
}

TEST(SharedMemoryTest, AnotherFileIsNotTakenForIt) {
  const auto made = SharedMemory::Create(kSize);
  SharedMemory::Address address = made->address();
  address.token[3] = static_cast<char>(address.token[3] + 1);
  EXPECT_EQ(SharedMemory::Open(address), nullptr) << "another token";
  address = made->address();
  address.token.resize(3);
  EXPECT_EQ(SharedMemory::Open(address), nullptr) << "a short token";
  address = made->address();
  address.file = 999'999;
  EXPECT_EQ(SharedMemory::Open(address), nullptr) << "no file";
  address = made->address();
  address.process = 0;
  EXPECT_EQ(SharedMemory::Open(address), nullptr) << "no process";
}

// Else the other side could end this one with SIGBUS.
TEST(SharedMemoryTest, OneThatCouldShrinkIsNotTaken) {
  const int file = memfd_create("other", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  ASSERT_EQ(ftruncate(file, 2 * kSize), 0);
  const std::string token(16, 't');
  ASSERT_EQ(pwrite(file, token.data(), token.size(), 0), 16);
  EXPECT_EQ(SharedMemory::Open({getpid(), file, token}), nullptr);
  ASSERT_EQ(fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL),
            0);
  EXPECT_NE(SharedMemory::Open({getpid(), file, token}), nullptr);
  close(file);
}

TEST(BatchPlacesTest, APlaceIsFreeOnceNobodyHasIt) {
  const auto places = BatchPlaces::Create();
  std::vector<std::shared_ptr<const char>> taken;
  while (auto place = places->Take()) taken.push_back(std::move(place));
  EXPECT_GT(taken.size(), 1);
  const uint64_t second = places->BeginOf(taken[1]);
  taken[1] = nullptr;
  EXPECT_EQ(places->BeginOf(places->Take()), second);
}

class BatchSpaceTest : public ::testing::Test {
 protected:
  BatchSpaceTest() {
    event_.stream = "a";
    event_.type = "t";
    space_.ShareMemory(memory_);
  }
  v1::SubscribeReply::Batch PutOneOf(size_t payload_size) {
    const std::string payload(payload_size, 'x');
    event_.payload = payload;
    space_.Put(event_);
    v1::SubscribeReply::Batch batch;
    space_.MoveTo(&batch);
    return batch;
  }

  const std::shared_ptr<SharedMemory> memory_ = SharedMemory::Create(kSize);
  EventView event_;
  BatchSpace space_;
};

TEST_F(BatchSpaceTest, EventsGoToThePlaceThatWasNamed) {
  space_.UsePlace(100, 1000);
  const v1::SubscribeReply::Batch batch = PutOneOf(500);
  EXPECT_GT(batch.placed_size(), 500);
  EXPECT_TRUE(batch.events().empty());
  wire::EventList list;
  ASSERT_OK(list.Parse({memory_->data() + 100, batch.placed_size()}, memory_));
  EXPECT_EQ(list.events().at(0).payload, std::string(500, 'x'));
  // Named for one batch.
  EXPECT_EQ(PutOneOf(500).placed_size(), 0);
}

TEST_F(BatchSpaceTest, WhatDoesNotFitGoesThroughTheSocket) {
  space_.UsePlace(0, 1000);
  const v1::SubscribeReply::Batch batch = PutOneOf(1000);
  EXPECT_EQ(batch.placed_size(), 0);
  EXPECT_GT(batch.events().size(), 1000);
}

TEST_F(BatchSpaceTest, WhatDoesNotFitAfterOthersIsOfTheNextBatch) {
  space_.UsePlace(0, 1000);
  event_.payload = "first";
  space_.Put(event_);
  event_.position = Position(7);
  event_.payload = std::string_view(kZeros, sizeof(kZeros));
  space_.Put(event_);
  event_.position = Position(8);
  event_.payload = "last";
  space_.Put(event_);
  EXPECT_TRUE(space_.is_large());

  v1::SubscribeReply::Batch batch;
  EXPECT_EQ(space_.MoveTo(&batch), Position(7));

  EXPECT_GT(batch.placed_size(), 0);
  EXPECT_TRUE(batch.events().empty());
  EXPECT_EQ(space_.count(), 2);
  // Not named for what is there already.
  space_.UsePlace(0, 1000);
  EXPECT_EQ(space_.MoveTo(&batch), std::nullopt);
  EXPECT_EQ(batch.placed_size(), 0);
  wire::EventList list;
  ASSERT_OK(list.Parse(batch.events()));
  ASSERT_EQ(list.events().size(), 2);
  EXPECT_EQ(list.events()[1].payload, "last");
}

TEST_F(BatchSpaceTest, APlaceThatIsNotThereIsNotUsed) {
  for (const auto& [begin, size] : std::vector<std::pair<uint64_t, uint64_t>>{
           {kSize, 1}, {1, kSize}, {0, kSize + 1}, {~uint64_t{0}, 2}}) {
    space_.UsePlace(begin, size);
    EXPECT_EQ(PutOneOf(1).placed_size(), 0) << begin << ", " << size;
  }
  BatchSpace without;
  without.UsePlace(0, 100);
  without.Put(event_);
  v1::SubscribeReply::Batch batch;
  without.MoveTo(&batch);
  EXPECT_EQ(batch.placed_size(), 0);
}

// Batches in memory and in replies take turns.
TEST(SharedMemoryTest, EventsOfEverySizeComeInOrder) {
  FaultRun run;
  RemoteEngine engine{StoreOptions()};
  std::vector<std::string> payloads;
  for (int i = 0; i < 40; ++i) {
    AppendRequest request;
    const uint64_t size_max = OneIn(run.random(), 4) ? 1 << 20 : 3000;
    for (int k = 0; k < 40; ++k) {
      payloads.emplace_back(Draw(run.random(), size_max),
                            static_cast<char>('a' + k % 26));
      NewEvent event;
      event.type = "t";
      event.payload = payloads.back();
      request.events.push_back({"s", std::move(event)});
    }
    ASSERT_OK(engine.held().Append(request));
  }
  ASSERT_OK_AND_ASSIGN(const auto subscription, engine.store().Subscribe());
  size_t next = 0;
  while (next < payloads.size()) {
    ASSERT_OK_AND_ASSIGN(const EventBatch batch,
                         subscription->Next(absl::Seconds(30)));
    for (const EventView& event : batch.events) {
      ASSERT_EQ(event.payload, payloads[next]) << "position " << next;
      ++next;
    }
  }
}

// What the memory that is shared in this process takes.
uint64_t SharedBytes() {
  uint64_t bytes = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::string file =
        std::filesystem::read_symlink(entry.path(), gone).string();
    struct stat found {};
    if (file.starts_with("/memfd:daybook") &&
        stat(entry.path().c_str(), &found) == 0) {
      bytes += static_cast<uint64_t>(found.st_blocks) * 512;
    }
  }
  return bytes;
}

TEST(SharedMemoryTest, WhoHasCaughtUpGivesItBack) {
  RemoteEngine engine{StoreOptions()};
  NewEvent event;
  event.type = "t";
  event.payload.assign(1000, 'x');
  const std::vector<NewEvent> events(1000, event);
  for (int i = 0; i < 5; ++i) {
    ASSERT_OK(engine.held().Append("s", ExpectedRevision::Any(), events));
  }
  ASSERT_OK_AND_ASSIGN(const auto subscription, engine.store().Subscribe());
  uint64_t most = 0;
  while (subscription->next_position() < Position(5000)) {
    ASSERT_OK(subscription->Next(absl::Seconds(30)));
    most = std::max(most, SharedBytes());
  }
  EXPECT_GT(most, 256 << 10);
  // Once there is nothing more under way.
  for (int i = 0; i < 4; ++i) {
    ASSERT_OK(subscription->Next(absl::Milliseconds(1)));
  }
  EXPECT_LE(SharedBytes(), 64 << 10);
}

}  // namespace
}  // namespace daybook
