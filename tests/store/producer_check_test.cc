// Signatures of producers on disk: what VerifyStore() makes of them. What is
// wrong gets in by Restore(), which takes history as it is.

#include <memory>
#include <string>
#include <utility>

#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "daybook/store/producers.h"
#include "daybook/store/sign_batch.h"
#include "daybook/store/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using ::testing::HasSubstr;
using testing::IsOk;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr std::string_view kOrigin = "shop.example/log";

class ProducerCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    StoreOptions options;
    options.durability = Durability::None();
    ASSERT_OK_AND_ASSIGN(store_, EventStore::Open(Path(), options));
    ASSERT_OK(store_->AddProducer(Key(), kOrigin));
  }

  std::string Path() { return folder_ / "store"; }
  const audit::VerifierKey& Key() const { return till_.verifier_key(); }

  static AppendRequest Sales(int count, const std::string& stream = "till-3") {
    AppendRequest request;
    for (int i = 0; i < count; ++i) {
      request.events.push_back({stream, {.type = "sold", .payload = "tea"}});
    }
    return request;
  }
  AppendRequest Signed(AppendRequest request) const {
    EXPECT_OK(SignEvents(till_, kOrigin, &request));
    return request;
  }
  void Append(const AppendRequest& request) {
    ASSERT_OK(store_->Append(request));
  }
  // Without a look at who made it.
  void SlipIn(AppendRequest request) {
    for (StreamEvent& event : request.events) {
      if (!event.event.id.has_value()) event.event.id = EventId();
    }
    ASSERT_OK(store_->Restore(request, absl::Now(), ""));
  }

  absl::StatusOr<VerifiedStore> Verify(const VerifyOptions& options = {}) {
    EXPECT_OK(store_->Close(absl::Minutes(1)));
    store_.reset();
    return VerifyStore(Path(), options);
  }
  void ExpectBad(uint64_t position, std::string_view why) {
    const absl::Status verified = Verify().status();
    EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss,
                                   HasSubstr(std::string(why))));
    EXPECT_EQ(GetDamage(verified), Position(position));
  }

  TemporaryFolder folder_;
  const audit::NoteSigner till_ =
      *audit::NoteSigner::Generate("till-3.shop.example");
  std::unique_ptr<EventStore> store_;
};

TEST_F(ProducerCheckTest, CountsWhatIsSignedAndWhatIsNot) {
  Append(Signed(Sales(3)));
  Append(Sales(2, "cart-1"));
  ASSERT_OK(store_->SetProducerPolicy("raw-", ProducerPolicy::kIgnore));
  Append(Signed(Sales(1, "raw-1")));
  ASSERT_OK(store_->RevokeProducer(Key().name(), Key().id(), "stolen"));

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Verify());

  EXPECT_EQ(verified.producers, (ProducerCounts{3, 2, 1}));
}

TEST_F(ProducerCheckTest, AWrongSignatureIsFoundWithItsPosition) {
  Append(Signed(Sales(3)));
  AppendRequest wrong = Signed(Sales(1));
  wrong.events[0].event.payload = "coffee";
  SlipIn(wrong);

  ExpectBad(4, "is not one of this event");
}

TEST_F(ProducerCheckTest, AnotherEventsSignatureIsFound) {
  AppendRequest request = Signed(Sales(2));
  std::swap(request.events[0].event.signature->bytes,
            request.events[1].event.signature->bytes);
  SlipIn(request);

  ExpectBad(1, "is not one of this event");
}

TEST_F(ProducerCheckTest, AMissingSignatureIsFoundWhereItIsRequired) {
  SlipIn(Sales(1));
  ASSERT_OK(store_->SetProducerPolicy("till-", ProducerPolicy::kRequire));
  SlipIn(Sales(1));

  ExpectBad(3, "no producer signed it");
}

TEST_F(ProducerCheckTest, WhatAKeySignedAfterItWasRevokedIsFound) {
  Append(Signed(Sales(1)));
  ASSERT_OK(store_->RevokeProducer(Key().name(), Key().id(), "stolen"));
  SlipIn(Signed(Sales(1)));

  ExpectBad(3, "which was revoked at position 2");
}

TEST_F(ProducerCheckTest, WhatAKeySignedBeforeItWasAddedIsFound) {
  const audit::NoteSigner other = *audit::NoteSigner::Generate("till-4");
  AppendRequest early = Sales(1);
  ASSERT_OK(SignEvents(other, kOrigin, &early));
  SlipIn(early);
  ASSERT_OK(store_->AddProducer(other.verifier_key(), kOrigin));

  ExpectBad(1, "which is no producer's");
}

// Keys and policies from below what is looked at count.
TEST_F(ProducerCheckTest, OnlyWhatCameSinceIsLookedAt) {
  AppendRequest wrong = Signed(Sales(1));
  wrong.events[0].event.payload = "coffee";
  SlipIn(wrong);
  ASSERT_OK(store_->SetProducerPolicy("till-", ProducerPolicy::kRequire));
  VerifyOptions options;
  ASSERT_OK_AND_ASSIGN(options.since, store_->Tree());
  Append(Signed(Sales(4)));

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Verify(options));

  EXPECT_EQ(verified.producers, (ProducerCounts{4, 0, 0}));
}

TEST_F(ProducerCheckTest, HashesAloneSayNothingOfProducers) {
  AppendRequest wrong = Signed(Sales(1));
  wrong.events[0].event.payload = "coffee";
  SlipIn(wrong);
  VerifyOptions options;
  options.events = false;

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Verify(options));

  EXPECT_EQ(verified.producers, ProducerCounts());
}

TEST_F(ProducerCheckTest, SeveralAppendsHaveOneSignature) {
  std::vector<AppendRequest> requests(5, Sales(2));
  ASSERT_OK(SignBatch(till_, kOrigin, requests));
  for (auto request = requests.rbegin(); request != requests.rend();
       ++request) {
    Append(*request);
  }

  ASSERT_OK_AND_ASSIGN(const VerifiedStore verified, Verify());

  EXPECT_EQ(verified.producers.signed_events, 10);
  const auto of = [](const AppendRequest& request) {
    return audit::ParseProducerSignature(
               request.events[0].event.signature->bytes)
        ->signature;
  };
  EXPECT_EQ(of(requests[0]), of(requests[4]));
}

}  // namespace
}  // namespace daybook
