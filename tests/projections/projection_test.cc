// Projections: what of a type makes it one, and the same with its types
// unknown.

#include "daybook/projections/projection.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "daybook/projections/any_projection.h"
#include "daybook/projections/registry.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/events.pb.h"
#include "tests/projections/keys.pb.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::StatusIs;
using tests::v1::AnyKey;
using tests::v1::CartOpened;
using tests::v1::ItemAdded;
using tests::v1::ItemPutIn;

AnyKey Named(const std::string& text) {
  AnyKey key;
  key.set_text(text);
  return key;
}

// Rows are AnyKeys too: `large` counts.
struct Counts {
  static constexpr std::string_view kName = "counts";
  static constexpr int kVersion = 1;
  using Key = AnyKey;
  using Row = AnyKey;
  using Events = EventSet<CartOpened, ItemAdded>;

  static std::optional<Key> KeyOf(const CartOpened& opened) {
    if (opened.cart().empty()) return std::nullopt;
    return Named(opened.cart());
  }
  static void Apply(Row& row, const CartOpened&) { row.set_flag(true); }
  static std::vector<Key> KeyOf(const ItemAdded& added,
                                const EventInfo& event) {
    return {Named(added.cart()), Named(added.sku()),
            Named(std::string(event.stream))};
  }
  static absl::Status Apply(Row& row, const ItemAdded& added) {
    if (added.quantity() == 0) return absl::InvalidArgumentError("nothing");
    row.set_large(row.large() + added.quantity());
    return absl::OkStatus();
  }
};
static_assert(Projection<Counts>);

struct WithoutApply : Counts {
  using Events = EventSet<CartOpened, ItemAdded, ItemPutIn>;
};
static_assert(!Projection<WithoutApply>);

struct WithoutRow {
  static constexpr std::string_view kName = "counts";
  [[maybe_unused]] static constexpr int kVersion = 1;
  using Key = AnyKey;
  using Events = EventSet<>;
};
static_assert(!Projection<WithoutRow>);

// An event that holds `message`, in cart-1.
template <typename M>
class Stored {
 public:
  explicit Stored(const M& message) : payload_(message.SerializeAsString()) {
    view_.stream = "cart-1";
    view_.type = EventTypeOf<M>()->name();
    view_.content_type = kProtobufContentType;
    view_.payload = payload_;
    view_.position = Position(7);
  }
  const EventView& view() const { return view_; }

 private:
  const std::string payload_;
  EventView view_;
};

ItemAdded Added(const std::string& cart, const std::string& sku,
                uint32_t quantity) {
  ItemAdded added;
  added.set_cart(cart);
  added.set_sku(sku);
  added.set_quantity(quantity);
  return added;
}

// The texts of encoded keys.
std::vector<std::string> Texts(const RowKeys& keys) {
  std::vector<std::string> texts;
  for (const std::string& bytes : keys) {
    std::string_view left = bytes;
    AnyKey key;
    EXPECT_TRUE(DecodeRowKey(&left, &key));
    texts.push_back(key.text());
  }
  return texts;
}

class ProjectionTest : public ::testing::Test {
 protected:
  ProjectionTest() {
    auto made = MakeAnyProjection<Counts>();
    EXPECT_OK(made);
    counts_ = *made;
  }

  std::shared_ptr<const AnyProjection> counts_;
  google::protobuf::Arena arena_;
  PreparedEvent prepared_;
};

TEST_F(ProjectionTest, AnEventIsPreparedWithTheKeysOfItsRowsEachOnce) {
  const Stored event(Added("cart-1", "tea", 2));

  ASSERT_OK(counts_->Prepare(event.view(), &arena_, &prepared_));

  ASSERT_NE(prepared_.message, nullptr);
  EXPECT_THAT(Texts(prepared_.keys), ElementsAre("cart-1", "tea"));
  EXPECT_EQ(prepared_.info.position, Position(7));
}

TEST_F(ProjectionTest, AnEventMayChangeNoRow) {
  const Stored event((CartOpened()));

  ASSERT_OK(counts_->Prepare(event.view(), &arena_, &prepared_));

  EXPECT_THAT(prepared_.keys, IsEmpty());
}

TEST_F(ProjectionTest, EventsOfOtherTypesAreNoneOfItsOwn) {
  const Stored event((ItemPutIn()));

  ASSERT_OK(counts_->Prepare(event.view(), &arena_, &prepared_));

  EXPECT_EQ(prepared_.message, nullptr);
  EXPECT_FALSE(counts_->Wants(event.view()));
}

TEST_F(ProjectionTest, APayloadThatDoesNotParseIsDataLoss) {
  const Stored event(Added("cart-1", "tea", 2));
  EventView damaged = event.view();
  damaged.payload = "\xff";

  EXPECT_THAT(counts_->Prepare(damaged, &arena_, &prepared_),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 7")));
}

TEST_F(ProjectionTest, EachEventIsAppliedByItsOwnApply) {
  AnyKey row;
  const Stored added(Added("cart-1", "tea", 2));
  ASSERT_OK(counts_->Prepare(added.view(), &arena_, &prepared_));
  EXPECT_THAT(counts_->Apply(prepared_, 0, &row),
              testing::IsOkAndHolds(RowFate::kKeep));
  EXPECT_EQ(row.large(), 2);
  EXPECT_FALSE(row.flag());
  CartOpened opened;
  opened.set_cart("cart-1");
  const Stored event(opened);

  ASSERT_OK(counts_->Prepare(event.view(), &arena_, &prepared_));
  EXPECT_OK(counts_->Apply(prepared_, 0, &row));

  EXPECT_TRUE(row.flag());
}

TEST_F(ProjectionTest, WhatApplyReturnsComesBack) {
  AnyKey row;
  const Stored added(Added("cart-1", "tea", 0));
  ASSERT_OK(counts_->Prepare(added.view(), &arena_, &prepared_));

  EXPECT_THAT(
      counts_->Apply(prepared_, 0, &row),
      StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("nothing")));
}

struct SecondCounts : Counts {
  static constexpr int kVersion = 2;
};
struct OtherRows : Counts {
  using Row = ItemAdded;
  static void Apply(Row&, const CartOpened&) {}
  static void Apply(Row&, const ItemAdded&) {}
};

TEST_F(ProjectionTest, AnotherVersionOrShapeHasAnotherFingerprint) {
  EXPECT_EQ((*MakeAnyProjection<Counts>())->fingerprint(),
            counts_->fingerprint());
  EXPECT_NE((*MakeAnyProjection<SecondCounts>())->fingerprint(),
            counts_->fingerprint());
  EXPECT_NE((*MakeAnyProjection<OtherRows>())->fingerprint(),
            counts_->fingerprint());
}

struct BadKey : Counts {
  using Key = tests::v1::KeyWithDouble;
  static Key KeyOf(const CartOpened&) { return {}; }
  static Key KeyOf(const ItemAdded&) { return {}; }
};
struct NoName : Counts {
  static constexpr std::string_view kName = "";
};

TEST_F(ProjectionTest, WhatCantBeOneIsRefused) {
  EXPECT_THAT(MakeAnyProjection<BadKey>(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("KeyWithDouble.price")));
  EXPECT_THAT(MakeAnyProjection<NoName>(),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("a projection's name is 1 to 256 bytes")));
}

TEST(RegistryTest, WhatWasAddedIsFoundByName) {
  Registry registry;

  registry.AddProjection<Counts>();

  EXPECT_OK(registry.status());
  ASSERT_NE(registry.FindProjection("counts"), nullptr);
  EXPECT_EQ(registry.FindProjection("sums"), nullptr);
  EXPECT_EQ(registry.FindDecider("counts"), nullptr);
}

TEST(RegistryTest, ANameThatIsTakenIsRememberedAsAnError) {
  Registry registry;
  registry.AddProjection<Counts>();

  registry.AddProjection<SecondCounts>();

  EXPECT_THAT(registry.status(), StatusIs(absl::StatusCode::kAlreadyExists,
                                          HasSubstr(R"("counts" names two)")));
  EXPECT_EQ(registry.FindProjection("counts")->version(), 1);
}

}  // namespace
}  // namespace daybook
