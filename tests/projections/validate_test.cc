// ValidateEvent: what a program says that no event of its own may be.

#include "absl/status/status.h"
#include "daybook/projections/decider.h"
#include "daybook/projections/typed_event.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/keys.pb.h"
#include "tests/testing/status_matchers.h"

namespace daybook::tests::v1 {

absl::Status ValidateEvent(const ItemsCounted& counted) {
  if (counted.quantity() > 0) return absl::OkStatus();
  return absl::InvalidArgumentError("nothing was counted");
}

}  // namespace daybook::tests::v1

namespace daybook {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using testing::StatusIs;
using tests::v1::ItemsCounted;

ItemsCounted Counted(uint32_t quantity) {
  ItemsCounted counted;
  counted.set_quantity(quantity);
  return counted;
}

const auto kRefused =
    StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing was"));

TEST(ValidateEventTest, WhatIsRefusedIsNotAppendedNorWhatComesWithIt) {
  const auto store = EventStore::OpenInMemory();

  EXPECT_THAT(
      Append(*store, "shelf", ExpectedRevision::Any(), Counted(1), Counted(0)),
      kRefused);

  EXPECT_THAT(store->GetStream("shelf"), StatusIs(absl::StatusCode::kNotFound));
  EXPECT_OK(Append(*store, "shelf", ExpectedRevision::Any(), Counted(1)));
}

struct Shelf {
  using State = tests::v1::Session;
  using Events = EventSet<ItemsCounted>;
  static constexpr int kRevision = 1;
  static void Evolve(State& state, const ItemsCounted& counted) {
    state.set_count(counted.quantity());
  }
};

TEST(ValidateEventTest, WhatADecisionEmitsIsAskedToo) {
  Shelf::State state;
  Emit<Shelf> emit(&state);

  emit(Counted(3));
  emit(Counted(0));

  EXPECT_THAT(emit.status(), kRefused);
  EXPECT_THAT(emit.events(), SizeIs(1));
  EXPECT_EQ(state.count(), 3);
}

}  // namespace
}  // namespace daybook
