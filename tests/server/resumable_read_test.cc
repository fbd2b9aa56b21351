// A read that stood still goes on as if it had not, or says that it can't.

#include "server/resumable_read.h"

#include <string>
#include <vector>

#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/wire_events.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using testing::StatusIs;

class ResumableReadTest : public ::testing::Test {
 protected:
  ResumableReadTest() {
    for (int i = 0; i < 4; ++i) {
      Append("a");
      Append("b");
    }
  }
  void Append(const std::string& stream) {
    EXPECT_OK(store_->Append(stream, ExpectedRevision::Any(),
                             {{.type = stream, .tags = {"of:" + stream}}}));
  }
  // The positions it gives, one at a time; between two of them it lets go and
  // `meanwhile` happens.
  template <typename Meanwhile>
  absl::Status Read(const v1::ReadRequest& request, Meanwhile meanwhile) {
    positions_.clear();
    ResumableRead read(*store_, request);
    if (absl::Status status = read.Open(); !status.ok()) return status;
    bool more = true;
    while (more) {
      std::string list;
      if (absl::Status status = read.Take(1, &list, &more); !status.ok()) {
        return status;
      }
      wire::EventList events;
      EXPECT_OK(events.Parse(list));
      for (const EventView& event : events.events()) {
        positions_.push_back(event.position.value());
      }
      read.LetGo();
      meanwhile();
    }
    return absl::OkStatus();
  }
  absl::Status ReadWhileOthersAppend(const v1::ReadRequest& request) {
    return Read(request, [this] {
      Append("a");
      Append("b");
    });
  }
  static v1::ReadRequest OfStream(const std::string& stream) {
    v1::ReadRequest request;
    request.mutable_stream()->set_stream(stream);
    return request;
  }

  std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  std::vector<uint64_t> positions_;
};

TEST_F(ResumableReadTest, OfTheLogShowsItsMomentInBothDirections) {
  v1::ReadRequest request;
  request.mutable_log();
  EXPECT_OK(ReadWhileOthersAppend(request));
  EXPECT_THAT(positions_, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7));
  request.mutable_log()->set_from(2);
  request.mutable_log()->set_to(5);
  request.set_backward(true);
  EXPECT_OK(ReadWhileOthersAppend(request));
  EXPECT_THAT(positions_, ElementsAre(5, 4, 3, 2));
  request.set_limit(3);
  EXPECT_OK(ReadWhileOthersAppend(request));
  EXPECT_THAT(positions_, ElementsAre(5, 4, 3));
}

TEST_F(ResumableReadTest, OfAQueryShowsItsMoment) {
  v1::ReadRequest request;
  request.mutable_log()->mutable_query()->add_items()->add_tags("of:b");
  EXPECT_OK(ReadWhileOthersAppend(request));
  EXPECT_THAT(positions_, ElementsAre(1, 3, 5, 7));
}

TEST_F(ResumableReadTest, OfAStreamShowsItsMomentInBothDirections) {
  EXPECT_OK(ReadWhileOthersAppend(OfStream("a")));
  EXPECT_THAT(positions_, ElementsAre(0, 2, 4, 6));
  v1::ReadRequest request = OfStream("a");
  request.mutable_stream()->set_from(1);
  request.mutable_stream()->set_to(3);
  request.set_backward(true);
  EXPECT_OK(ReadWhileOthersAppend(request));
  EXPECT_THAT(positions_, ElementsAre(6, 4, 2));
}

TEST_F(ResumableReadTest, NeverHidesWhatAStreamLostMeanwhile) {
  EXPECT_THAT(Read(OfStream("a"),
                   [this] {
                     EXPECT_OK(store_->SetStreamMetadata(
                         "a", {.truncate_before = Revision(3)}));
                   }),
              StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(positions_, ElementsAre(0));
  EXPECT_THAT(
      Read(OfStream("b"),
           [this] { store_->DeleteStream("b").status().IgnoreError(); }),
      StatusIs(absl::StatusCode::kUnavailable));
  EXPECT_THAT(positions_, ElementsAre(1));
}

}  // namespace
}  // namespace daybook
