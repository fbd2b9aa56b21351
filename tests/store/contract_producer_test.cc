// Producers: who may sign events, where they must, and what is refused.

#include <atomic>

#include "daybook/audit/leaf.h"
#include "daybook/audit/producer_signature.h"
#include "daybook/store/producers.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::string_view kOrigin = "shop.example/log";

class ProducerTest : public EventStoreContractTest {
 protected:
  ProducerTest() : till_(*audit::NoteSigner::Generate("till-3.shop.example")) {}

  const audit::VerifierKey& Key() const { return till_.verifier_key(); }
  void AddTill() { ASSERT_OK(store().AddProducer(Key(), kOrigin)); }
  void RevokeTill() {
    ASSERT_OK(store().RevokeProducer(Key().name(), Key().id(), "stolen"));
  }
  void SetPolicy(std::string_view prefix, ProducerPolicy policy) {
    ASSERT_OK(store().SetProducerPolicy(prefix, policy));
  }

  AppendRequest Signed(AppendRequest request,
                       std::string_view origin = kOrigin) const {
    EXPECT_OK(SignEvents(till_, origin, &request));
    return request;
  }
  AppendRequest SignedSale() const {
    return Signed(MakeRequest({{"till-3", "sold"}}));
  }
  absl::StatusOr<AppendResult> TryUnsigned(std::string stream) {
    return store().Append(MakeRequest({{std::move(stream), "sold"}}));
  }
  // What does not verify is refused, and nothing of it is stored.
  void ExpectRefused(const AppendRequest& request, absl::StatusCode code,
                     std::string_view why) {
    const Position head = store().Head();
    const absl::StatusOr<AppendResult> result = store().Append(request);
    EXPECT_THAT(result, StatusIs(code, HasSubstr(std::string(why))));
    EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
    EXPECT_EQ(store().Head(), head);
  }
  // Whether the signature of the event is one of its leaf.
  absl::Status VerifyLeaf(Position position) {
    absl::Status verified = absl::NotFoundError("no leaf");
    const auto tree = store().ReadTree();
    EXPECT_OK(tree);
    EXPECT_OK((*tree)->VisitLeaves(
        position, position.Next(), [&](const StoredLeaf& stored) {
          const audit::Leaf leaf = Value(audit::ParseLeaf(stored.bytes));
          const auto signature =
              audit::ParseProducerSignature(leaf.producer_signature);
          verified = signature.ok()
                         ? audit::ProducerVerifier().Verify(
                               *signature, audit::StatementOf(leaf), Key())
                         : signature.status();
          return true;
        }));
    return verified;
  }

  const audit::NoteSigner till_;
};
DAYBOOK_FOR_EVERY_ENGINE(ProducerTest);

TEST_P(ProducerTest, ASignedEventIsStoredWithItsSignature) {
  AddTill();
  AppendRequest request = SignedSale();
  Append(request);

  const Event event = ReadStream("till-3").at(0);

  EXPECT_EQ(event.signature, request.events[0].event.signature->bytes);
  EXPECT_EQ(event.id, request.events[0].event.id);
  EXPECT_EQ(ReadEvent(1).signature, event.signature);
  EXPECT_EQ(ReadLog().at(1).signature, event.signature);
  EXPECT_OK(VerifyLeaf(Position(1)));
  EXPECT_OK(store().CheckTree(Position(0), store().Head()));
}

TEST_P(ProducerTest, ABatchIsOneSignatureForEachOfItsEvents) {
  AddTill();
  AppendRequest request =
      MakeRequest({{"till-3", "opened"}, {"a", "sold"}, {"till-3", "sold"}});
  request.key = "k";
  request.result = "answer";
  Append(Signed(request));

  for (uint64_t at = 1; at <= 3; ++at) EXPECT_OK(VerifyLeaf(Position(at)));
  const std::string first = ReadEvent(1).signature;
  const std::string second = ReadEvent(2).signature;
  EXPECT_EQ(audit::ParseProducerSignature(first)->signature,
            audit::ParseProducerSignature(second)->signature);
}

TEST_P(ProducerTest, NothingOfASignedEventMayBeChanged) {
  AddTill();
  const auto expect_refused = [&](auto change) {
    AppendRequest request = MakeRequest({{"till-3", "sold"}});
    request.events[0].event.tags = {"a:1"};
    request.events[0].event.metadata.actor = "anna";
    request.events[0].event.source = "/till";
    request.key = "k";
    request.result = "answer";
    request = Signed(request);
    change(request, request.events[0].event);
    ExpectRefused(request, kInvalidArgument,
                  "event 0: the signature of till-3.shop.example");
  };
  expect_refused([](auto& request, auto&) { request.events[0].stream = "b"; });
  expect_refused([](auto& request, auto&) { request.key = "other"; });
  expect_refused([](auto& request, auto&) { request.result = "other"; });
  expect_refused([](auto&, auto& event) { event.type = "returned"; });
  expect_refused([](auto&, auto& event) { event.payload += "!"; });
  expect_refused([](auto&, auto& event) { event.content_type = "a/b"; });
  expect_refused([](auto&, auto& event) { event.tags = {"a:2"}; });
  expect_refused([](auto&, auto& event) { event.metadata.actor = "bob"; });
  expect_refused([](auto&, auto& event) { event.source = "/other"; });
  expect_refused([](auto&, auto& event) { event.id = EventId(); });
  expect_refused(
      [](auto&, auto& event) { event.occurred_at = absl::UnixEpoch(); });
  expect_refused(
      [](auto&, auto& event) { event.signature->payload_salt = {}; });
  expect_refused(
      [](auto&, auto& event) { event.signature->metadata_salt = {}; });
}

TEST_P(ProducerTest, AnEmptySourceIsStoredAsItWasSigned) {
  options_.source = "/store";
  Open();
  AddTill();

  Append(SignedSale());
  Append("till-3", {"unsigned"});

  EXPECT_EQ(ReadEvent(1).source, "");
  EXPECT_EQ(ReadEvent(2).source, "/store");
}

TEST_P(ProducerTest, OneEventThatIsWrongRefusesAll) {
  AddTill();
  AppendRequest request = Signed(MakeRequest({{"a", "1"}, {"a", "2"}}));
  request.events[1].event.payload = "another";

  ExpectRefused(request, kInvalidArgument, "event 1: the signature");
}

TEST_P(ProducerTest, AKeyThatWasNeverAddedSignsNothing) {
  ExpectRefused(SignedSale(), kFailedPrecondition,
                "event 0: signed with key \"till-3.shop.example\"+");
}

TEST_P(ProducerTest, ASignatureForAnotherLogIsRefused) {
  AddTill();

  ExpectRefused(Signed(MakeRequest({{"a", "1"}}), "bank.example/log"),
                kFailedPrecondition, "signed for the log \"bank.example/log\"");
}

TEST_P(ProducerTest, WhatIsNoSignatureIsRefused) {
  AddTill();
  AppendRequest request = SignedSale();
  request.events[0].event.signature->bytes = "signed, honestly";
  ExpectRefused(request, kInvalidArgument, "no signature of a producer");
  request.events[0].event.signature->bytes = "";
  ExpectRefused(request, kInvalidArgument, "signature is empty");
  request.events[0].event.signature->bytes.assign(kSignatureBytesMax + 1, 'x');
  ExpectRefused(request, kInvalidArgument, "the limit is 2048");
  request = SignedSale();
  request.events[0].event.id.reset();
  ExpectRefused(request, kInvalidArgument, "is signed, and has no id");
}

TEST_P(ProducerTest, ARevokedKeySignsNothingMore) {
  AddTill();
  const AppendRequest signed_before = SignedSale();
  Append(SignedSale());
  RevokeTill();

  ExpectRefused(signed_before, kFailedPrecondition,
                "which was revoked at position 2");

  EXPECT_OK(VerifyLeaf(Position(1)));
}

TEST_P(ProducerTest, WhetherAKeyWasValidThenIsKnownForEver) {
  AddTill();
  Append(SignedSale());
  RevokeTill();

  EXPECT_EQ(Value(reader().ReadProducers(Position(0))).keys().size(), 0u);
  const Producers then = Value(reader().ReadProducers(Position(1)));
  ASSERT_THAT(then.keys(), SizeIs(1));
  EXPECT_EQ(then.keys()[0].key, Key());
  EXPECT_EQ(then.keys()[0].origin, kOrigin);
  EXPECT_EQ(then.keys()[0].added_at, Position(0));
  EXPECT_FALSE(then.keys()[0].revoked_at.has_value());
  const Producers now = Value(reader().ReadProducers());
  ASSERT_THAT(now.keys(), SizeIs(1));
  EXPECT_EQ(now.keys()[0].revoked_at, Position(2));
  EXPECT_EQ(now.keys()[0].revoked_reason, "stolen");
}

TEST_P(ProducerTest, AKeyComesAndGoesOnce) {
  AddTill();
  EXPECT_THAT(store().AddProducer(Key(), kOrigin), StatusIs(kAlreadyExists));
  RevokeTill();

  EXPECT_THAT(store().AddProducer(Key(), kOrigin),
              StatusIs(kAlreadyExists, HasSubstr("make another one")));
  EXPECT_THAT(store().RevokeProducer(Key().name(), Key().id(), "again"),
              StatusIs(kFailedPrecondition));
  EXPECT_THAT(store().RevokeProducer("nobody", 7, "why not"),
              StatusIs(kNotFound));
  EXPECT_EQ(store().Head(), Position(2));
}

TEST_P(ProducerTest, NamesThatAreNoneAreRefused) {
  EXPECT_THAT(store().AddProducer(Key(), ""), StatusIs(kInvalidArgument));
  EXPECT_THAT(store().AddProducer(Key(), "two\nlines"),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(
      store().AddProducer(Key(), std::string(kProducerNamesBytesMax, 'x')),
      StatusIs(kInvalidArgument, HasSubstr("the limit is 800")));
  EXPECT_THAT(store().RevokeProducer("a\x1b[31m", 7, "x"),
              StatusIs(kInvalidArgument));
  EXPECT_THAT(store().SetProducerPolicy("$", ProducerPolicy::kRequire),
              StatusIs(kInvalidArgument));
  EXPECT_EQ(store().Head(), Position(0));
}

TEST_P(ProducerTest, WhereItIsRequiredUnsignedEventsAreRefused) {
  AddTill();
  SetPolicy("till-", ProducerPolicy::kRequire);

  ExpectRefused(MakeRequest({{"cart-1", "sold"}, {"till-3", "sold"}}),
                kFailedPrecondition, "event 1: no producer signed it");

  EXPECT_OK(TryUnsigned("cart-1"));
  EXPECT_OK(store().Append(SignedSale()));
}

TEST_P(ProducerTest, TheLongestPrefixDecides) {
  SetPolicy("", ProducerPolicy::kRequire);
  SetPolicy("till-test", ProducerPolicy::kAccept);
  SetPolicy("till-", ProducerPolicy::kRequire);

  EXPECT_THAT(TryUnsigned("cart-1"), StatusIs(kFailedPrecondition));
  EXPECT_THAT(TryUnsigned("till-3"), StatusIs(kFailedPrecondition));
  EXPECT_OK(TryUnsigned("till-test-1"));
  SetPolicy("", ProducerPolicy::kAccept);
  EXPECT_OK(TryUnsigned("cart-1"));
  EXPECT_THAT(TryUnsigned("till-3"), StatusIs(kFailedPrecondition));
}

TEST_P(ProducerTest, NoPolicyIsOfTheStoresOwnEvents) {
  SetPolicy("", ProducerPolicy::kRequire);

  EXPECT_OK(store().RecordOperation({"u", "c", "r"}));
  EXPECT_OK(store().SetStreamMetadata("a", {.max_count = 2}));
  EXPECT_OK(store().AddProducer(Key(), kOrigin));
}

TEST_P(ProducerTest, WhereTheyAreIgnoredNobodyLooks) {
  SetPolicy("raw-", ProducerPolicy::kIgnore);
  AppendRequest request = Signed(MakeRequest({{"raw-1", "1"}}));
  request.events[0].event.signature->bytes = "a stamp of another system";

  Append(request);

  EXPECT_EQ(ReadEvent(1).signature, "a stamp of another system");
  EXPECT_OK(store().CheckTree(Position(0), store().Head()));
}

TEST_P(ProducerTest, PoliciesAreAsOfAPosition) {
  SetPolicy("a", ProducerPolicy::kRequire);
  SetPolicy("a", ProducerPolicy::kIgnore);

  const auto policy = [&](uint64_t position) {
    return Value(reader().ReadProducers(Position(position))).PolicyOf("a-1");
  };
  EXPECT_EQ(policy(0), ProducerPolicy::kAccept);
  EXPECT_EQ(policy(1), ProducerPolicy::kRequire);
  EXPECT_EQ(policy(2), ProducerPolicy::kIgnore);
  EXPECT_THAT(
      Value(reader().ReadProducers()).rules(),
      ElementsAre(ProducerRule{"a", ProducerPolicy::kIgnore, Position(1)}));
}

TEST_P(ProducerTest, ARetryThatIsSignedAnewIsTheSameAppend) {
  AddTill();
  AppendRequest request = MakeRequest({{"till-3", "sold"}});
  request.key = "sale-7";
  const AppendResult first = Append(Signed(request));

  const AppendResult again = Append(Signed(request));
  const AppendResult unsigned_again = Append(request);

  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.first_position, first.first_position);
  EXPECT_TRUE(unsigned_again.repeated);
  RevokeTill();
  EXPECT_TRUE(Append(Signed(request)).repeated);
}

TEST_P(ProducerTest, KeysAndPoliciesOutliveTheStore) {
  if (!Persistent()) GTEST_SKIP() << "of a store on disk";
  AddTill();
  SetPolicy("till-", ProducerPolicy::kRequire);
  Reopen();

  EXPECT_OK(store().Append(SignedSale()));
  EXPECT_THAT(TryUnsigned("till-3"), StatusIs(kFailedPrecondition));
  RevokeTill();
  Reopen();
  EXPECT_THAT(store().Append(SignedSale()), StatusIs(kFailedPrecondition));
}

TEST_P(ProducerTest, RestoredEventsKeepTheirSignatures) {
  AddTill();
  AppendRequest request = MakeRequest({{"till-3", "sold"}, {"a", "sold"}});
  request.key = "k";
  request = Signed(request);
  Append(request);
  const Event added = ReadEvent(0);
  const EventStore::ExportedAppend exported =
      Value(reader().ExportAppend(Position(1)));

  Open();
  AppendRequest adding;
  adding.events = {{added.stream,
                    {.type = added.type,
                     .payload = added.payload,
                     .content_type = added.content_type,
                     .id = added.id}}};
  ASSERT_OK(store().Restore(adding, added.recorded_at, ""));
  ASSERT_OK(store().Restore(request, added.recorded_at, exported.fingerprint));

  EXPECT_OK(VerifyLeaf(Position(1)));
  EXPECT_OK(VerifyLeaf(Position(2)));
  // And what they say of producers holds from here on.
  EXPECT_OK(store().Append(SignedSale()));
}

TEST_P(ProducerTest, EventsThatAreNoneOfProducersAreNotRestored) {
  AppendRequest request;
  request.events = {
      {"$producers",
       {.type = "$producer-added", .payload = "\xff", .id = EventId()}}};

  EXPECT_THAT(store().Restore(request, testing::FakeClock::Start(), ""),
              StatusIs(kInvalidArgument));
}

// Wherever an append and a revocation meet: nothing that is signed stands after
// the revocation.
TEST_P(ProducerTest, NothingSlipsInAfterARevocation) {
  for (int round = 0; round < 5; ++round) {
    Open();
    AddTill();
    RunThreads(4, [&](int thread) {
      const AppendRequest sale = SignedSale();
      if (thread == 0) {
        EXPECT_OK(store().RevokeProducer(Key().name(), Key().id(), "stolen"));
        return;
      }
      const absl::StatusOr<AppendResult> appended = store().Append(sale);
      if (!appended.ok()) {
        EXPECT_THAT(appended, StatusIs(kFailedPrecondition));
      }
    });

    bool revoked = false;
    for (const Event& event : ReadLog()) {
      if (event.type == "$producer-revoked") revoked = true;
      EXPECT_FALSE(revoked && !event.signature.empty())
          << "position " << event.position.value();
    }
    EXPECT_TRUE(revoked);
  }
}

TEST_P(ProducerTest, OfManyWhoAddTheSameKeyOneDoes) {
  std::atomic<int> added = 0;
  RunThreads(4, [&](int) {
    const auto result = store().AddProducer(Key(), kOrigin);
    if (result.ok()) {
      ++added;
    } else {
      EXPECT_THAT(result, StatusIs(kAlreadyExists));
    }
  });

  EXPECT_EQ(added, 1);
  EXPECT_THAT(Value(store().ReadProducers()).keys(), SizeIs(1));
}

TEST(SignEventsTest, NothingToSignIsRefused) {
  const audit::NoteSigner signer = *audit::NoteSigner::Generate("till-3");
  AppendRequest nothing;
  EXPECT_THAT(SignEvents(signer, "log", &nothing), StatusIs(kInvalidArgument));
  AppendRequest request = MakeRequest({{"a", "1"}});
  EXPECT_THAT(SignEvents(signer, "", &request), StatusIs(kInvalidArgument));
}

}  // namespace
}  // namespace daybook
