// The cases of https://dcb.events, from examples/dcb/: each rule as examples,
// and as a race of many threads, after which it must still hold.

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "daybook/testing/given.h"
#include "examples/dcb/course_subscriptions.h"
#include "examples/dcb/double_submission.h"
#include "examples/dcb/invoice_numbers.h"
#include "examples/dcb/opt_in_token.h"
#include "examples/dcb/product_price.h"
#include "examples/dcb/unique_username.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/engines.h"
#include "tests/testing/status_matchers.h"

namespace example::dcb {
namespace {

using absl::StatusCode;
using daybook::AppendResult;
using daybook::EventView;
using daybook::ExpectedRevision;
using daybook::testing::Given;

constexpr int kThreads = 8;

class DcbTest : public ::testing::Test {
 protected:
  // Made when it is first asked for: examples need none.
  daybook::EventStore& store() {
    if (engine_ == nullptr) {
      engine_ = daybook::testing::RocksDbEngineFactory().make({});
    }
    return engine_->store();
  }

  template <typename... Ms>
  void Happened(const Ms&... events) {
    EXPECT_OK(daybook::Append(store(), "history", ExpectedRevision::Any(),
                              events...));
  }
  // Calls `run` with 0, 1, 2 ... on as many threads at once; gives how many
  // were OK. The others were refused: no conflict comes through.
  int Race(int threads, const std::function<absl::Status(int)>& run) {
    store();
    std::vector<std::thread> running;
    running.reserve(threads);
    std::atomic<int> ok_count = 0;
    std::atomic<int> waiting = threads;
    for (int i = 0; i < threads; ++i) {
      running.emplace_back([&, i] {
        // All begin when the last one is there.
        --waiting;
        while (waiting > 0) std::this_thread::yield();
        const absl::Status status = run(i);
        EXPECT_NE(status.code(), StatusCode::kAborted) << status;
        ok_count += status.ok() ? 1 : 0;
      });
    }
    for (std::thread& thread : running) thread.join();
    return ok_count;
  }
  // All events of one type that were ever stored.
  template <typename M>
  std::vector<M> All() {
    std::vector<M> messages;
    auto cursor = store().ReadLog();
    EXPECT_OK(cursor);
    for (const EventView& event : *cursor) {
      if (daybook::Is<M>(event)) messages.push_back(*daybook::As<M>(event));
    }
    EXPECT_OK(cursor->status());
    return messages;
  }

  std::unique_ptr<daybook::testing::Engine> engine_;
};

// --- Course subscriptions ----------------------------------------------------

class CourseSubscriptionsTest : public DcbTest {
 protected:
  static v1::CourseDefined Defined(const std::string& course,
                                   uint32_t capacity) {
    v1::CourseDefined defined;
    defined.set_course(course);
    defined.set_capacity(capacity);
    return defined;
  }
  static v1::CourseCapacityChanged Changed(const std::string& course,
                                           uint32_t capacity) {
    v1::CourseCapacityChanged changed;
    changed.set_course(course);
    changed.set_capacity(capacity);
    return changed;
  }
  static v1::StudentSubscribed Subscribed(const std::string& student,
                                          const std::string& course) {
    v1::StudentSubscribed subscribed;
    subscribed.set_student(student);
    subscribed.set_course(course);
    return subscribed;
  }
};

TEST_F(CourseSubscriptionsTest, StudentSubscribesToACourseWithRoom) {
  Given<Subscriptions>({Defined("c1", 1)})
      .When(Subscribe("s1", "c1"))
      .ThenEvents({Subscribed("s1", "c1")})
      .ThenStreams({"student-s1"});
}

TEST_F(CourseSubscriptionsTest, CourseThatIsNotDefinedIsNotFound) {
  Given<Subscriptions>()
      .When(Subscribe("s1", "c1"))
      .ThenStatus(StatusCode::kNotFound);
}

TEST_F(CourseSubscriptionsTest, FullCourseTakesNobody) {
  Given<Subscriptions>({Defined("c1", 1), Subscribed("s1", "c1")})
      .When(Subscribe("s2", "c1"))
      .ThenStatus(StatusCode::kResourceExhausted, "full");
}

TEST_F(CourseSubscriptionsTest, CourseThatTakesMoreHasRoomAgain) {
  Given<Subscriptions>(
      {Defined("c1", 1), Subscribed("s1", "c1"), Changed("c1", 2)})
      .When(Subscribe("s2", "c1"))
      .ThenEvents({Subscribed("s2", "c1")});
}

TEST_F(CourseSubscriptionsTest, NobodySubscribesTwice) {
  Given<Subscriptions>({Defined("c1", 5), Subscribed("s1", "c1")})
      .When(Subscribe("s1", "c1"))
      .ThenStatus(StatusCode::kAlreadyExists);
}

TEST_F(CourseSubscriptionsTest, StudentWithEnoughCoursesTakesNoMore) {
  Given<Subscriptions>({Defined("c6", 9), Subscribed("s1", "c1"),
                        Subscribed("s1", "c2"), Subscribed("s1", "c3"),
                        Subscribed("s1", "c4"), Subscribed("s1", "c5")})
      .When(Subscribe("s1", "c6"))
      .ThenStatus(StatusCode::kResourceExhausted, "enough courses");
}

TEST_F(CourseSubscriptionsTest, RaceForTheLastPlacesNeverOverfillsACourse) {
  Happened(Defined("c1", 3));

  EXPECT_EQ(Race(16,
                 [&](int i) {
                   return SubscribeStudent(store(), "s" + std::to_string(i),
                                           "c1");
                 }),
            3);

  EXPECT_EQ(All<v1::StudentSubscribed>().size(), 3);
}

// Every thread subscribes the same students to all courses, each in an order
// of its own: both limits are in dispute at once.
TEST_F(CourseSubscriptionsTest, RaceOnBothLimitsBreaksNeither) {
  constexpr int kStudents = 6;
  constexpr int kCourses = 8;
  for (int c = 0; c < kCourses; ++c) {
    Happened(Defined("c" + std::to_string(c), 3));
  }

  Race(kThreads, [&](int thread) {
    for (int n = 0; n < kStudents * kCourses; ++n) {
      const int pair = (n * 7 + thread * 11) % (kStudents * kCourses);
      const absl::Status status =
          SubscribeStudent(store(), "s" + std::to_string(pair % kStudents),
                           "c" + std::to_string(pair / kStudents));
      EXPECT_NE(status.code(), StatusCode::kAborted) << status;
    }
    return absl::OkStatus();
  });

  std::map<std::string, int> of_course;
  std::map<std::string, int> of_student;
  std::set<std::string> pairs;
  for (const v1::StudentSubscribed& s : All<v1::StudentSubscribed>()) {
    EXPECT_LE(++of_course[s.course()], 3);
    EXPECT_LE(++of_student[s.student()], kCoursesPerStudentMax);
    EXPECT_TRUE(pairs.insert(s.student() + " " + s.course()).second);
  }
  EXPECT_FALSE(pairs.empty());
}

// --- Unique username ---------------------------------------------------------

class UniqueUsernameTest : public DcbTest {
 protected:
  static v1::AccountRegistered Registered(const std::string& username) {
    v1::AccountRegistered registered;
    registered.set_username(username);
    return registered;
  }
  static v1::UsernameChanged Changed(const std::string& from,
                                     const std::string& to) {
    v1::UsernameChanged changed;
    changed.set_from(from);
    changed.set_to(to);
    return changed;
  }
};

TEST_F(UniqueUsernameTest, TakenNameIsRefused) {
  Given<Usernames>({Registered("anna")})
      .When(Register("2", "anna"))
      .ThenStatus(StatusCode::kAlreadyExists);
}

TEST_F(UniqueUsernameTest, NameThatWasGivenUpIsFree) {
  Given<Usernames>({Registered("anna"), Changed("anna", "ann")})
      .When(Register("2", "anna"))
      .ThenEvents({Registered("anna")})
      .ThenStreams({"account-2"});
}

TEST_F(UniqueUsernameTest, NobodyTakesTheNewNameOfAnother) {
  Given<Usernames>({Registered("anna"), Changed("anna", "ann")})
      .When(Register("2", "ann"))
      .ThenStatus(StatusCode::kAlreadyExists);
}

TEST_F(UniqueUsernameTest, OfAllWhoWantANameOneGetsIt) {
  EXPECT_EQ(Race(16,
                 [&](int i) {
                   return RegisterAccount(store(), std::to_string(i), "anna");
                 }),
            1);

  EXPECT_EQ(All<v1::AccountRegistered>().size(), 1);
}

TEST_F(UniqueUsernameTest, RenamingAndRegisteringRaceForOneName) {
  for (int i = 0; i < kThreads; ++i) {
    Happened(Registered("user-" + std::to_string(i)));
  }

  const int got_it = Race(2 * kThreads, [&](int i) {
    const std::string account = std::to_string(i);
    return i < kThreads
               ? RenameAccount(store(), account, "user-" + account, "anna")
               : RegisterAccount(store(), account, "anna");
  });

  EXPECT_EQ(got_it, 1);
}

// --- Invoice numbers ---------------------------------------------------------

class InvoiceNumbersTest : public DcbTest {
 protected:
  static v1::InvoiceCreated Created(uint64_t number, uint64_t cents) {
    v1::InvoiceCreated created;
    created.set_number(number);
    created.set_cents(cents);
    return created;
  }
};

TEST_F(InvoiceNumbersTest, FirstInvoiceIsNumberOne) {
  Given<Invoices>()
      .When(CreateInvoice(500))
      .ThenEvents({Created(1, 500)})
      .ThenStreams({"invoice-1"});
}

TEST_F(InvoiceNumbersTest, NextInvoiceHasTheNextNumber) {
  v1::InvoiceNumber third;
  third.set_number(3);

  Given<Invoices>({Created(1, 500), Created(2, 700)})
      .When(CreateInvoice(900))
      .ThenEvents({Created(3, 900)})
      .ThenResult(third);
}

TEST_F(InvoiceNumbersTest, RaceLeavesNoGapAndNoNumberTwice) {
  constexpr int kEach = 10;
  daybook::StateCache<Invoices> cache(store(), 1);

  Race(kThreads, [&](int thread) {
    for (int n = 0; n < kEach; ++n) {
      EXPECT_OK(Bill(store(), cache, static_cast<uint64_t>(thread)));
    }
    return absl::OkStatus();
  });

  std::vector<uint64_t> numbers;
  for (const v1::InvoiceCreated& created : All<v1::InvoiceCreated>()) {
    numbers.push_back(created.number());
  }
  ASSERT_EQ(numbers.size(), kThreads * kEach);
  for (size_t i = 0; i < numbers.size(); ++i) EXPECT_EQ(numbers[i], i + 1);
}

// --- Dynamic product price ---------------------------------------------------

class ProductPriceTest : public DcbTest {
 protected:
  static constexpr absl::Time kNoon = absl::FromUnixSeconds(1'772'500'000);

  static v1::ProductPriced Priced(const std::string& product, uint64_t cents,
                                  absl::Time at) {
    v1::ProductPriced priced;
    priced.set_product(product);
    priced.set_cents(cents);
    priced.set_at_seconds(absl::ToUnixSeconds(at));
    return priced;
  }
  static v1::ProductsOrdered Ordered(const ShownPrices& items) {
    v1::ProductsOrdered ordered;
    for (const auto& [product, cents] : items) {
      v1::ProductsOrdered::Item* item = ordered.add_items();
      item->set_product(product);
      item->set_cents(cents);
    }
    return ordered;
  }
};

TEST_F(ProductPriceTest, PriceOfNowIsPaid) {
  Given<Prices>({Priced("tea", 450, kNoon)})
      .When(PlaceOrder("1", {{"tea", 450}}, kNoon))
      .ThenEvents({Ordered({{"tea", 450}})});
}

TEST_F(ProductPriceTest, PriceThatNeverWasIsRefused) {
  Given<Prices>({Priced("tea", 450, kNoon)})
      .When(PlaceOrder("1", {{"tea", 1}}, kNoon))
      .ThenStatus(StatusCode::kFailedPrecondition, "tea has changed");
}

TEST_F(ProductPriceTest, OldPriceHoldsForAMomentAndNoLonger) {
  const Given<Prices> raised(
      {Priced("tea", 450, kNoon - absl::Hours(24)), Priced("tea", 500, kNoon)});

  raised.When(PlaceOrder("1", {{"tea", 450}}, kNoon + kPriceGrace))
      .ThenEvents({Ordered({{"tea", 450}})});
  raised
      .When(PlaceOrder("1", {{"tea", 450}},
                       kNoon + kPriceGrace + absl::Seconds(1)))
      .ThenStatus(StatusCode::kFailedPrecondition);
}

TEST_F(ProductPriceTest, OneWrongPriceRefusesTheWholeOrder) {
  Given<Prices>({Priced("tea", 450, kNoon), Priced("cup", 900, kNoon)})
      .When(PlaceOrder("1", {{"tea", 450}, {"cup", 1}}, kNoon))
      .ThenStatus(StatusCode::kFailedPrecondition, "cup has changed");
}

// The shop changes the price again and again, an hour each time, so that a
// price is good only until the next one is in the log; customers order at what
// they saw last.
TEST_F(ProductPriceTest, RaceSellsNothingAtAPriceThatWasGone) {
  constexpr int kChanges = 40;
  std::atomic<int> hour = 0;
  const auto at = [](int h) { return kNoon + h * absl::Hours(1); };
  const auto cents = [](int h) { return 100 + static_cast<uint64_t>(h); };
  Happened(Priced("tea", cents(0), at(0)));

  Race(kThreads, [&](int thread) {
    for (int n = 1; n <= kChanges; ++n) {
      if (thread == 0) {
        Happened(Priced("tea", cents(n), at(n)));
        hour = n;
        continue;
      }
      // As of the hour after, for which the price may have changed by now.
      const int seen = hour;
      const absl::Status status = OrderProducts(
          store(), std::to_string(thread) + "." + std::to_string(n),
          {{"tea", cents(seen)}}, at(seen + 1) + absl::Minutes(30));
      EXPECT_TRUE(status.ok() ||
                  status.code() == StatusCode::kFailedPrecondition)
          << status;
    }
    return absl::OkStatus();
  });

  uint64_t price = 0;
  auto cursor = store().ReadLog();
  ASSERT_OK(cursor);
  for (const EventView& event : *cursor) {
    ASSERT_OK(Prices::Events::Visit(
        event, daybook::Overloaded{
                   [&](const v1::ProductPriced& p) { price = p.cents(); },
                   [&](const v1::ProductsOrdered& ordered) {
                     EXPECT_EQ(ordered.items(0).cents(), price);
                   }}));
  }
  ASSERT_OK(cursor->status());
}

// --- Opt-in token ------------------------------------------------------------

class OptInTokenTest : public DcbTest {
 protected:
  static constexpr absl::Time kNoon = absl::FromUnixSeconds(1'772'500'000);

  static v1::SignUpInitiated Initiated() {
    v1::SignUpInitiated initiated;
    initiated.set_email("anna@example.com");
    initiated.set_token("7f3a");
    initiated.set_at_seconds(absl::ToUnixSeconds(kNoon));
    return initiated;
  }
  static v1::SignUpConfirmed Confirmed() {
    v1::SignUpConfirmed confirmed;
    confirmed.set_email("anna@example.com");
    confirmed.set_token("7f3a");
    return confirmed;
  }
};

TEST_F(OptInTokenTest, TokenThatWasSentConfirms) {
  Given<SignUp>({Initiated()})
      .When(Confirm("anna@example.com", "7f3a", kNoon + kTokenLife))
      .ThenEvents({Confirmed()});
}

TEST_F(OptInTokenTest, UsedTokenIsRefused) {
  Given<SignUp>({Initiated(), Confirmed()})
      .When(Confirm("anna@example.com", "7f3a", kNoon))
      .ThenStatus(StatusCode::kFailedPrecondition, "used");
}

TEST_F(OptInTokenTest, OldTokenIsRefused) {
  Given<SignUp>({Initiated()})
      .When(Confirm("anna@example.com", "7f3a",
                    kNoon + kTokenLife + absl::Seconds(1)))
      .ThenStatus(StatusCode::kFailedPrecondition, "too old");
}

TEST_F(OptInTokenTest, TokenOfAnotherAddressIsNotFound) {
  Happened(Initiated());

  EXPECT_EQ(ConfirmSignUp(store(), "bob@example.com", "7f3a", kNoon).code(),
            StatusCode::kNotFound);
  EXPECT_EQ(ConfirmSignUp(store(), "anna@example.com", "0000", kNoon).code(),
            StatusCode::kNotFound);
}

TEST_F(OptInTokenTest, TokenShownManyTimesAtOnceConfirmsOnce) {
  Happened(Initiated());

  EXPECT_EQ(Race(16,
                 [&](int) {
                   return ConfirmSignUp(store(), "anna@example.com", "7f3a",
                                        kNoon);
                 }),
            1);

  EXPECT_EQ(All<v1::SignUpConfirmed>().size(), 1);
}

// --- No double submission ----------------------------------------------------

using DoubleSubmissionTest = DcbTest;

TEST_F(DoubleSubmissionTest, FormSentTwicePlacesOneOrderAndIsAnsweredAlike) {
  ASSERT_OK_AND_ASSIGN(const auto first,
                       SubmitForm(store(), "form-1", "anna", "tea"));
  ASSERT_OK(SubmitForm(store(), "form-2", "anna", "cup"));
  engine_->Reopen();
  ASSERT_OK_AND_ASSIGN(const auto again,
                       SubmitForm(store(), "form-1", "anna", "tea"));

  EXPECT_EQ(first.result.order(), "anna/1");
  EXPECT_FALSE(first.repeated);
  EXPECT_EQ(again.result.order(), "anna/1");
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(All<v1::OrderPlaced>().size(), 2);
}

// Every thread sends the same forms of one customer, each beginning elsewhere.
TEST_F(DoubleSubmissionTest, RaceAnswersEachFormAlikeAndPlacesOneOrderEach) {
  constexpr int kForms = 5;
  std::vector<std::vector<std::string>> answers(kThreads);

  EXPECT_EQ(Race(kThreads,
                 [&](int thread) -> absl::Status {
                   answers[thread].resize(kForms);
                   for (int n = 0; n < kForms; ++n) {
                     const int form = (n + thread) % kForms;
                     const auto done =
                         SubmitForm(store(), "form-" + std::to_string(form),
                                    "anna", "tea");
                     if (!done.ok()) return done.status();
                     answers[thread][form] = done->result.order();
                   }
                   return absl::OkStatus();
                 }),
            kThreads);

  EXPECT_THAT(answers, ::testing::Each(answers[0]));
  EXPECT_EQ(std::set<std::string>(answers[0].begin(), answers[0].end()).size(),
            kForms);
  EXPECT_EQ(All<v1::OrderPlaced>().size(), kForms);
}

}  // namespace
}  // namespace example::dcb
