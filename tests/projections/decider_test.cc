// Deciders: what is one, what Emit and EvolveBy do, and what the compiler says
// of a type that is none.

#include "daybook/projections/decider.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/projections/cart.h"
#include "tests/testing/shell.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Added;
using ::testing::ElementsAre;
using ::testing::Field;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Opened;
using testing::StatusIs;
using tests::v1::CartOpened;
using tests::v1::ItemAdded;
using tests::v1::ItemPutIn;
using tests::v1::NotAnEvent;

using Cart = testing::SmallCart;

// --- What is no decider ------------------------------------------------------

struct LacksAnEvolve {
  using State = ItemAdded;
  using Events = EventSet<CartOpened, ItemAdded>;
  static constexpr int kRevision = 1;
  static void Evolve(State&, const CartOpened&);
};
static_assert(!Decider<LacksAnEvolve>);
static_assert(std::same_as<internal::EventWithoutEvolve<
                               LacksAnEvolve, LacksAnEvolve::Events>::type,
                           ItemAdded>);

struct LacksARevision {
  using State = ItemAdded;
  using Events = EventSet<CartOpened>;
  static void Evolve(State&, const CartOpened&);
};
static_assert(!Decider<LacksARevision>);

struct HasAStateThatIsNoMessage : Cart {
  using State = int;
};
static_assert(!Decider<HasAStateThatIsNoMessage>);

struct HasNoEventSet : Cart {
  using Events = CartOpened;
};
static_assert(!Decider<HasNoEventSet>);
static_assert(!Decider<int>);

// What the compiler says of a file with `source` after the includes.
std::string Compile(const std::string& source) {
  std::string file = ::testing::TempDir() + "daybook-XXXXXX.cc";
  const int descriptor = mkstemps(file.data(), 3);
  EXPECT_NE(descriptor, -1);
  close(descriptor);
  std::ofstream(file) << "#include \"daybook/projections/decider.h\"\n"
                         "#include \"tests/projections/events.pb.h\"\n"
                         "using namespace daybook::tests::v1;\n"
                      << source;
  const std::string command =
      std::string(DAYBOOK_COMPILE) + " -fsyntax-only '" + file + "' 2>&1";
  std::string output = testing::RunInShell(command).out;
  std::remove(file.c_str());
  return output;
}

constexpr char kCartStart[] =
    "struct Cart {\n"
    "  using State = NotAnEvent;\n"
    "  using Events = daybook::EventSet<CartOpened, ItemAdded>;\n"
    "  static constexpr int kRevision = 1;\n"
    "  static void Evolve(State&, const CartOpened&);\n";

TEST(DeciderCompilation, MissingEvolveIsAnErrorThatNamesTheEvent) {
  const std::string output = Compile(
      std::string(kCartStart) + "};\nstatic_assert(daybook::Decider<Cart>);\n");

  EXPECT_THAT(output, HasSubstr("error"));
  EXPECT_THAT(output, HasSubstr("EveryEventHasAnEvolve"));
  EXPECT_THAT(output, HasSubstr("ItemAdded"));
}

TEST(DeciderCompilation, EmittingAnEventThatIsNotOfTheSetIsAnError) {
  const std::string output = Compile(
      std::string(kCartStart) +
      "  static void Evolve(State&, const ItemAdded&);\n};\n"
      "void Decide(daybook::Emit<Cart>& emit) { emit(ItemPutIn()); }\n");

  EXPECT_THAT(output, HasSubstr("not in its decider's Events"));
  EXPECT_THAT(output, HasSubstr("ItemPutIn"));
}

// Proves that what the others see are the errors they mean.
TEST(DeciderCompilation, CompleteDeciderCompiles) {
  EXPECT_EQ(Compile(std::string(kCartStart) +
                    "  static void Evolve(State&, const ItemAdded&);\n};\n"
                    "static_assert(daybook::Decider<Cart>);\n"
                    "void Decide(daybook::Emit<Cart>& emit) {\n"
                    "  emit(ItemAdded());\n}\n"),
            "");
}

// --- Emit --------------------------------------------------------------------

TEST(EmitTest, StateHasTheEventAtOnce) {
  Cart::State state;
  Emit<Cart> emit(&state);

  emit(Added("tea", 2));
  EXPECT_EQ(state.quantity(), 2);
  emit(Added("tea", 3));
  EXPECT_EQ(state.quantity(), 5);
}

TEST(EmitTest, EventsAreKeptInOrderWithTypeAndTags) {
  Cart::State state;
  Emit<Cart> emit(&state, "cart-42");

  emit(Opened("42"));
  emit(Added("tea", 2));

  ASSERT_EQ(emit.events().size(), 2);
  EXPECT_EQ(emit.events()[0].stream, "cart-42");
  EXPECT_EQ(emit.events()[0].event.type, "cart.opened");
  EXPECT_THAT(emit.events()[1].event.tags, ElementsAre("sku:tea"));
}

TEST(EmitTest, EmitToSendsEachEventToItsOwnStream) {
  Cart::State state;
  EmitTo<Cart> emit(&state);

  emit("cart-1", Opened("1"));
  emit("stock-tea", Added("tea", 2));

  EXPECT_THAT(emit.events(),
              ElementsAre(Field(&StreamEvent::stream, "cart-1"),
                          Field(&StreamEvent::stream, "stock-tea")));
  EXPECT_EQ(state.quantity(), 2);
}

// A message without event option: seen only when it runs.
struct EmitsNoEvent {
  using State = ItemAdded;
  using Events = EventSet<NotAnEvent>;
  static constexpr int kRevision = 1;
  static void Evolve(State& state, const NotAnEvent&) { state.set_sku("x"); }
};

TEST(EmitTest, EventThatCannotBeStoredIsKeptAsTheStatus) {
  EmitsNoEvent::State state;
  Emit<EmitsNoEvent> emit(&state);

  emit(NotAnEvent());

  EXPECT_THAT(emit.status(), StatusIs(absl::StatusCode::kInvalidArgument,
                                      HasSubstr("NotAnEvent")));
  EXPECT_THAT(emit.events(), IsEmpty());
  EXPECT_EQ(state.sku(), "");
}

// --- EvolveBy ----------------------------------------------------------------

// A cart whose oldest items are of another shape.
struct OldCart : Cart {
  static const Upcasters& Upcasting() {
    static const Upcasters* const kUpcasters = [] {
      auto* upcasters = new Upcasters;
      EXPECT_OK((upcasters->Add<ItemPutIn, ItemAdded>(
          [](const ItemPutIn& old) { return Added(old.article(), 1); })));
      return upcasters;
    }();
    return *kUpcasters;
  }
};
static_assert(Decider<OldCart>);

class EvolveByTest : public ::testing::Test {
 protected:
  // Evolves by all events of the stream.
  template <typename D>
  absl::Status EvolveByAll() {
    auto cursor = store_->ReadStream("cart-42");
    for (const EventView& event : *cursor) {
      absl::Status status = EvolveBy<D>(event, &state_);
      if (!status.ok()) return status;
    }
    return cursor->status();
  }

  const std::unique_ptr<EventStore> store_ = EventStore::OpenInMemory();
  ItemAdded state_;
};

TEST_F(EvolveByTest, EventsOfOtherTypesArePassedOver) {
  ItemPutIn put_in;
  put_in.set_article("tea");
  ASSERT_OK(Append(*store_, "cart-42", ExpectedRevision::Any(), Opened("42"),
                   put_in, Added("cup", 1)));

  ASSERT_OK(EvolveByAll<Cart>());

  EXPECT_EQ(state_.cart(), "42");
  EXPECT_EQ(state_.quantity(), 1);
}

TEST_F(EvolveByTest, OldShapesAreReadAsTheNewest) {
  ItemPutIn put_in;
  put_in.set_article("tea");
  ASSERT_OK(Append(*store_, "cart-42", ExpectedRevision::Any(), put_in,
                   Added("cup", 1)));

  ASSERT_OK(EvolveByAll<OldCart>());

  EXPECT_EQ(state_.quantity(), 2);
}

TEST_F(EvolveByTest, PayloadThatDoesNotParseIsDataLoss) {
  ASSERT_OK(
      store_->Append("cart-42", ExpectedRevision::Any(),
                     {{.type = "cart.opened",
                       .payload = "\xff",
                       .content_type = std::string(kProtobufContentType)}}));

  EXPECT_THAT(EvolveByAll<Cart>(),
              StatusIs(absl::StatusCode::kDataLoss, HasSubstr("position 0")));
}

}  // namespace
}  // namespace daybook
