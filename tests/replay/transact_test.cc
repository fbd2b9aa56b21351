// Transact on a stream: what a decision sees, what is stored of it, what comes
// back, and when it is asked again.

#include "daybook/replay/transact.h"

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daybook/store/errors.h"
#include "daybook/store/limits.h"
#include "gmock/gmock.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "store/errors_internal.h"
#include "tests/replay/cart.h"
#include "tests/testing/engines.h"
#include "tests/testing/intercepted_store.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using testing::Add;
using testing::Added;
using testing::Cart;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::Opened;
using testing::QuantityOf;
using testing::StatusIs;
using tests::v1::CartOpened;
using tests::v1::CartState;
using tests::v1::CartTotal;
using tests::v1::ItemAdded;

class TransactTest : public ::testing::Test {
 protected:
  static Backoff NoWait() {
    return {.sleep = [](absl::Duration) {}};
  }

  EventStore& store() { return engine_->store(); }

  CartState State(std::string_view stream = "cart-42") {
    auto folded = Fold<Cart>(store(), stream);
    EXPECT_OK(folded);
    return folded.ok() ? folded->state : CartState();
  }
  // What the application appended, without registered schemas.
  std::vector<Event> Stored(std::string_view stream = "cart-42") {
    std::vector<Event> events;
    auto cursor = store().ReadStream(stream);
    if (!cursor.ok()) return events;
    for (const EventView& event : *cursor) events.push_back(event.ToEvent());
    EXPECT_OK(cursor->status());
    return events;
  }
  // Somebody else adds coffee.
  void Interfere() {
    EXPECT_OK(Append(store(), "cart-42", ExpectedRevision::Any(),
                     Added("coffee", 1)));
  }
  // Adds tea and gives the number of teas then; counts its runs.
  auto AddTea(uint32_t quantity = 1) {
    return [this, quantity](const CartState& cart,
                            Emit<Cart>& emit) -> absl::StatusOr<CartTotal> {
      ++runs_;
      emit(Added("tea", quantity));
      CartTotal total;
      total.set_quantity(QuantityOf(cart, "tea"));
      return total;
    };
  }

  const std::unique_ptr<testing::Engine> engine_ =
      testing::RocksDbEngineFactory().make(StoreOptions());
  int runs_ = 0;
};

// --- One run -----------------------------------------------------------------

TEST_F(TransactTest, DecisionSeesTheStateAndItsEventsAreAppended) {
  ASSERT_OK(Append(store(), "cart-42", ExpectedRevision::NoStream(),
                   Opened("42"), Added("tea", 2)));

  ASSERT_OK_AND_ASSIGN(const Transacted<CartTotal> done,
                       Transact<Cart>(store(), "cart-42", AddTea(3)));

  EXPECT_EQ(done.result.quantity(), 5);
  EXPECT_FALSE(done.repeated);
  EXPECT_EQ(done.append->last_revision(), Revision(2));
  EXPECT_EQ(QuantityOf(State(), "tea"), 5);
}

TEST_F(TransactTest, StreamThatDoesNotExistHasTheFirstState) {
  ASSERT_OK(Transact<Cart>(
      store(), "cart-42",
      [](const CartState& cart, Emit<Cart>& emit) -> absl::Status {
        EXPECT_EQ(cart.changes(), 0);
        emit(Opened("42"));
        return absl::OkStatus();
      }));

  EXPECT_EQ(State().cart(), "42");
}

TEST_F(TransactTest, EventsOfOneDecisionAreOneAppend) {
  ASSERT_OK_AND_ASSIGN(const Transacted<void> done,
                       Transact<Cart>(store(), "cart-42",
                                      [](const CartState& cart,
                                         Emit<Cart>& emit) -> absl::Status {
                                        emit(Opened("42"));
                                        emit(Added("tea", 1));
                                        EXPECT_EQ(cart.changes(), 2);
                                        return absl::OkStatus();
                                      }));

  EXPECT_EQ(done.append->last_position.value(),
            done.append->first_position.value() + 1);
}

TEST_F(TransactTest, DecisionThatFailsAppendsNothingAndGivesItsStatus) {
  absl::Status full = absl::ResourceExhaustedError("the cart is full");
  full.SetPayload("shop/limit", absl::Cord("10"));

  const auto done =
      Transact<Cart>(store(), "cart-42",
                     [&](const CartState&, Emit<Cart>& emit) -> absl::Status {
                       emit(Opened("42"));
                       return full;
                     });

  EXPECT_EQ(done.status(), full);
  EXPECT_EQ(store().Head(), Position(0));
}

TEST_F(TransactTest, DecisionThatIsAbortedByItselfIsNotTriedAgain) {
  const auto done = Transact<Cart>(
      store(), "cart-42", [&](const CartState&, Emit<Cart>&) -> absl::Status {
        ++runs_;
        return absl::AbortedError("changed my mind");
      });

  EXPECT_THAT(done, StatusIs(absl::StatusCode::kAborted, "changed my mind"));
  EXPECT_EQ(runs_, 1);
}

TEST_F(TransactTest, DecisionThatEmitsNothingRecordsNothing) {
  const auto look = [](const CartState&,
                       Emit<Cart>&) -> absl::StatusOr<CartTotal> {
    return CartTotal();
  };

  ASSERT_OK_AND_ASSIGN(
      const Transacted<CartTotal> done,
      Transact<Cart>(store(), "cart-42", look, {.append_key = "request-1"}));

  EXPECT_EQ(done.append, std::nullopt);
  EXPECT_EQ(store().Head(), Position(0));
  EXPECT_THAT(store().FindAppend("request-1"),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(TransactTest, MetadataIsOnEveryEvent) {
  const Metadata metadata{
      .correlation_id = "order 7", .causation_id = "click 9", .actor = "anna"};
  ASSERT_OK(
      Transact<Cart>(store(), "cart-42",
                     [](const CartState&, Emit<Cart>& emit) -> absl::Status {
                       emit(Opened("42"));
                       emit(Added("tea", 1));
                       return absl::OkStatus();
                     },
                     {.metadata = metadata}));

  EXPECT_THAT(Stored(),
              ElementsAre(::testing::Field(&Event::metadata, metadata),
                          ::testing::Field(&Event::metadata, metadata)));
}

TEST_F(TransactTest, StoredEventThatDoesNotParseIsDataLossWithItsPosition) {
  ASSERT_OK(
      store().Append("cart-42", ExpectedRevision::NoStream(),
                     {{.type = "cart.item-added",
                       .payload = "\xff\xff",
                       .content_type = std::string(kProtobufContentType)}}));

  EXPECT_THAT(
      Transact<Cart>(store(), "cart-42", AddTea()),
      StatusIs(absl::StatusCode::kDataLoss,
               AllOf(HasSubstr("position 0"), HasSubstr("cart.item-added"))));
  EXPECT_EQ(runs_, 0);
}

TEST_F(TransactTest, StreamNameThatCannotBeIsInvalid) {
  EXPECT_THAT(Transact<Cart>(store(), "", AddTea()),
              StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_THAT(Transact<Cart>(store(), "$mine", AddTea()),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST_F(TransactTest, DeletedStreamBeginsAgain) {
  ASSERT_OK(Transact<Cart>(store(), "cart-42", AddTea(5)));
  ASSERT_OK(store().DeleteStream("cart-42"));

  ASSERT_OK_AND_ASSIGN(const Transacted<CartTotal> done,
                       Transact<Cart>(store(), "cart-42", AddTea(1)));

  EXPECT_EQ(done.result.quantity(), 1);
  EXPECT_EQ(done.append->last_revision(), Revision(1));
}

TEST_F(TransactTest, StreamWhoseEventsAreAllHiddenCanBeAppendedTo) {
  ASSERT_OK(Transact<Cart>(store(), "cart-42", AddTea(5)));
  ASSERT_OK(
      store().SetStreamMetadata("cart-42", {.truncate_before = Revision(1)}));

  ASSERT_OK_AND_ASSIGN(const Transacted<CartTotal> done,
                       Transact<Cart>(store(), "cart-42", AddTea(1)));

  EXPECT_EQ(done.result.quantity(), 1);
}

// --- Conflicts ---------------------------------------------------------------

TEST_F(TransactTest, AnAppendInBetweenMakesItDecideAgainOnTheNewState) {
  std::vector<uint32_t> seen;
  ASSERT_OK(Transact<Cart>(
      store(), "cart-42",
      [&](const CartState& cart, Emit<Cart>& emit) -> absl::Status {
        seen.push_back(QuantityOf(cart, "coffee"));
        if (seen.size() < 3) Interfere();
        emit(Added("tea", 1));
        return absl::OkStatus();
      },
      {.backoff = NoWait()}));

  EXPECT_THAT(seen, ElementsAre(0, 1, 2));
  EXPECT_EQ(QuantityOf(State(), "tea"), 1);
}

TEST_F(TransactTest, AfterTheLastAttemptTheConflictComesBack) {
  const auto done =
      Transact<Cart>(store(), "cart-42",
                     [&](const CartState&, Emit<Cart>& emit) -> absl::Status {
                       ++runs_;
                       Interfere();
                       emit(Added("tea", 1));
                       return absl::OkStatus();
                     },
                     {.attempts = 3, .backoff = NoWait()});

  EXPECT_THAT(done, StatusIs(absl::StatusCode::kAborted, HasSubstr("3 of 3")));
  EXPECT_EQ(GetRevisionConflict(done.status())->actual, Revision(2));
  EXPECT_EQ(GetAppendOutcome(done.status()), AppendOutcome::kNotAppended);
  EXPECT_EQ(runs_, 3);
  EXPECT_EQ(QuantityOf(State(), "tea"), 0);
}

TEST_F(TransactTest, WaitsGrowUpToTheLongestAndAreDrawnAtRandom) {
  std::vector<absl::Duration> waits;
  const Backoff backoff{.first = absl::Milliseconds(10),
                        .max = absl::Milliseconds(50),
                        .sleep = [&](absl::Duration d) { waits.push_back(d); },
                        .random = [] { return 0.5; }};
  EXPECT_THAT(
      Transact<Cart>(store(), "cart-42",
                     [&](const CartState&, Emit<Cart>& emit) -> absl::Status {
                       Interfere();
                       emit(Added("tea", 1));
                       return absl::OkStatus();
                     },
                     {.attempts = 6, .backoff = backoff}),
      StatusIs(absl::StatusCode::kAborted));

  EXPECT_THAT(waits, ElementsAre(absl::Milliseconds(5), absl::Milliseconds(10),
                                 absl::Milliseconds(20), absl::Milliseconds(25),
                                 absl::Milliseconds(25)));
}

TEST_F(TransactTest, ManyThreadsOnOneStreamLoseNothing) {
  constexpr int kThreads = 8;
  constexpr int kEach = 20;
  std::vector<std::thread> threads;
  threads.reserve(kThreads);
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < kEach; ++n) {
        EXPECT_OK(Transact<Cart>(store(), "cart-42", Add("tea", 1),
                                 {.attempts = 1000}));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(QuantityOf(State(), "tea"), kThreads * kEach);
}

// --- Append keys -------------------------------------------------------------

TEST_F(TransactTest, UsedAppendKeyGivesTheStoredResultWithoutDeciding) {
  ASSERT_OK(
      Transact<Cart>(store(), "cart-42", AddTea(2), {.append_key = "r1"}));
  Interfere();

  ASSERT_OK_AND_ASSIGN(
      const Transacted<CartTotal> again,
      Transact<Cart>(store(), "cart-42", AddTea(9), {.append_key = "r1"}));

  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.result.quantity(), 2);
  EXPECT_EQ(again.append->last_revision(), Revision(0));
  EXPECT_EQ(runs_, 1);
  EXPECT_EQ(QuantityOf(State(), "tea"), 2);
}

TEST_F(TransactTest, UsedAppendKeyIsKnownAfterReopening) {
  ASSERT_OK(
      Transact<Cart>(store(), "cart-42", AddTea(2), {.append_key = "r1"}));
  engine_->Reopen();

  ASSERT_OK_AND_ASSIGN(
      const Transacted<CartTotal> again,
      Transact<Cart>(store(), "cart-42", AddTea(2), {.append_key = "r1"}));

  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.result.quantity(), 2);
}

TEST_F(TransactTest, RetryAfterALostReplyGivesTheFirstResult) {
  testing::InterceptedStore intercepted(store());
  intercepted.on_append =
      [](EventStore& below,
         const AppendRequest& request) -> absl::StatusOr<AppendResult> {
    EXPECT_OK(below.Append(request));
    return WithOutcome(absl::UnknownError("the reply was lost"),
                       AppendOutcome::kUnknown);
  };
  const auto lost =
      Transact<Cart>(intercepted, "cart-42", AddTea(2), {.append_key = "r1"});
  EXPECT_THAT(lost, StatusIs(absl::StatusCode::kUnknown));
  EXPECT_EQ(GetAppendOutcome(lost.status()), AppendOutcome::kUnknown);

  ASSERT_OK_AND_ASSIGN(
      const Transacted<CartTotal> again,
      Transact<Cart>(intercepted, "cart-42", AddTea(2), {.append_key = "r1"}));

  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.result.quantity(), 2);
  EXPECT_EQ(QuantityOf(State(), "tea"), 2);
}

TEST_F(TransactTest, UnknownOutcomeIsNotTriedAgainByItself) {
  testing::InterceptedStore intercepted(store());
  int appends = 0;
  intercepted.on_append =
      [&](EventStore&, const AppendRequest&) -> absl::StatusOr<AppendResult> {
    ++appends;
    return WithOutcome(absl::UnknownError("write failed"),
                       AppendOutcome::kUnknown);
  };

  EXPECT_THAT(Transact<Cart>(intercepted, "cart-42", AddTea()),
              StatusIs(absl::StatusCode::kUnknown, "write failed"));
  EXPECT_EQ(appends, 1);
}

// The twin came in between this attempt's look for the key and its decision,
// which therefore finds its work done.
TEST_F(TransactTest, DecisionThatRefusesWhatItsTwinDidGivesTheTwinsResult) {
  const auto open = [&](bool twin_first) {
    return [=, this](const CartState& cart,
                     Emit<Cart>& emit) -> absl::StatusOr<CartTotal> {
      if (twin_first) {
        AppendRequest twin;
        auto event = MakeEvent(store(), Opened("42"));
        twin.events = {{"cart-42", *std::move(event)}};
        twin.key = "r1";
        twin.result = internal::EncodeResult(CartTotal()).value();
        EXPECT_OK(store().Append(twin));
        return absl::FailedPreconditionError("is open");
      }
      EXPECT_FALSE(cart.cart().empty());
      emit(Opened("42"));
      return CartTotal();
    };
  };

  ASSERT_OK_AND_ASSIGN(
      const Transacted<CartTotal> done,
      Transact<Cart>(store(), "cart-42", open(true), {.append_key = "r1"}));

  EXPECT_TRUE(done.repeated);
  EXPECT_EQ(Stored().size(), 1);
}

// The twin decided on another state, so its events differ.
TEST_F(TransactTest, TwinThatDecidedOtherwiseWins) {
  ASSERT_OK_AND_ASSIGN(
      const Transacted<CartTotal> done,
      Transact<Cart>(
          store(), "cart-42",
          [&](const CartState&, Emit<Cart>& emit) -> absl::StatusOr<CartTotal> {
            EXPECT_OK(Transact<Cart>(store(), "cart-42", AddTea(7),
                                     {.append_key = "r1"}));
            emit(Added("tea", 1));
            return CartTotal();
          },
          {.append_key = "r1"}));

  EXPECT_TRUE(done.repeated);
  EXPECT_EQ(done.result.quantity(), 7);
  EXPECT_EQ(QuantityOf(State(), "tea"), 7);
}

TEST_F(TransactTest, ManyThreadsWithOneAppendKeyAppendOnce) {
  std::vector<std::thread> threads;
  threads.reserve(16);
  std::atomic<int> fresh = 0;
  for (int i = 0; i < 16; ++i) {
    threads.emplace_back([&] {
      const auto done = Transact<Cart>(store(), "cart-42", Add("tea", 1),
                                       {.append_key = "r1"});
      ASSERT_OK(done);
      fresh += done->repeated ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(fresh, 1);
  EXPECT_EQ(QuantityOf(State(), "tea"), 1);
}

TEST_F(TransactTest, AppendKeyOfAnotherStreamIsRefused) {
  ASSERT_OK(Transact<Cart>(store(), "cart-1", AddTea(), {.append_key = "r1"}));

  EXPECT_THAT(
      Transact<Cart>(store(), "cart-2", AddTea(), {.append_key = "r1"}),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("\"cart-1\"")));
  EXPECT_EQ(runs_, 1);
}

TEST_F(TransactTest, AppendKeyWithAResultOfAnotherTypeIsRefused) {
  AppendRequest other;
  other.events = {{"cart-42", {.type = "other"}}};
  other.key = "r1";
  other.result = "\xff\xff";
  ASSERT_OK(store().Append(other));

  EXPECT_THAT(
      Transact<Cart>(store(), "cart-42", AddTea(), {.append_key = "r1"}),
      StatusIs(absl::StatusCode::kAlreadyExists, HasSubstr("CartTotal")));
}

// Bytes of one type may parse as another: a stranger's result is none.
TEST_F(TransactTest, AppendKeyOfADecisionWithAnotherResultIsRefused) {
  const auto nothing = [](const CartState&, Emit<Cart>& emit) {
    emit(Opened("42"));
    return absl::OkStatus();
  };
  const auto text =
      [](const CartState&,
         Emit<Cart>& emit) -> absl::StatusOr<google::protobuf::StringValue> {
    emit(Opened("42"));
    return google::protobuf::StringValue();
  };
  const auto try_all = [&](const std::string& key) {
    const TransactOptions<Cart> options = {.append_key = key};
    return std::vector<absl::Status>{
        Transact<Cart>(store(), "cart-42", AddTea(), options).status(),
        Transact<Cart>(store(), "cart-42", nothing, options).status(),
        Transact<Cart>(store(), "cart-42", text, options).status()};
  };
  ASSERT_OK(Transact<Cart>(store(), "cart-42", AddTea(), {.append_key = "a"}));
  ASSERT_OK(Transact<Cart>(store(), "cart-42", nothing, {.append_key = "b"}));
  ASSERT_OK(Transact<Cart>(store(), "cart-42", text, {.append_key = "c"}));

  const auto other = StatusIs(absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(try_all("a"), ElementsAre(IsOk(), other, other));
  EXPECT_THAT(try_all("b"), ElementsAre(other, IsOk(), other));
  EXPECT_THAT(try_all("c"), ElementsAre(other, other, IsOk()));
}

TEST_F(TransactTest, LargestResultIsKeptAndALargerOneIsRefusedBeforeWriting) {
  const auto give = [](size_t note_size) {
    return
        [=](const CartState&, Emit<Cart>& emit) -> absl::StatusOr<CartTotal> {
          emit(Opened("42"));
          CartTotal total;
          total.set_note(std::string(note_size, 'x'));
          return total;
        };
  };
  // Tag and length of the field take three bytes; the type's name is kept, too.
  const size_t kLargest = kAppendResultBytesMax - 3 -
                          CartTotal::descriptor()->full_name().size() - 1;

  EXPECT_THAT(Transact<Cart>(store(), "cart-1", give(kLargest + 1),
                             {.append_key = "r1"}),
              StatusIs(absl::StatusCode::kInvalidArgument, HasSubstr("4096")));
  EXPECT_EQ(store().Head(), Position(0));
  EXPECT_OK(
      Transact<Cart>(store(), "cart-1", give(kLargest), {.append_key = "r1"}));
  EXPECT_OK(Transact<Cart>(store(), "cart-2", give(kLargest + 1)));
}

}  // namespace
}  // namespace daybook
