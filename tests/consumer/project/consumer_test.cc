// A test of the user's own, of a decision.

#include "cart.h"
#include "daybook/testing/given.h"
#include "gtest/gtest.h"

namespace {

TEST(CartTest, TeaIsAddedOnce) {
  consumer::ItemAdded added;
  added.set_sku("tea");

  daybook::testing::Given<consumer::Cart>()
      .When(consumer::AddTea)
      .ThenEvents({added});
  daybook::testing::Given<consumer::Cart>({added})
      .When(consumer::AddTea)
      .ThenStatus(absl::StatusCode::kFailedPrecondition, "has tea");
}

}  // namespace

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
