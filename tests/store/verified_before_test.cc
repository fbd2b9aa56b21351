// Producers below what an auditor verified before (VerifyOptions::since): their
// events are looked at again, since the signatures above hang on them.

#include <string>
#include <string_view>

#include "absl/strings/str_replace.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "daybook/store/producers.h"
#include "daybook/store/sign_batch.h"
#include "daybook/store/verify.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/store/log_editor.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using testing::StatusIs;
using testing::TemporaryFolder;

constexpr std::string_view kOrigin = "shop.example/log";
constexpr std::string_view kProducer = "till-3.shop.example";

// More than a tile of the tree, with the producer's key first.
class VerifiedBeforeTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto store = Open();
    ASSERT_OK(store->AddProducer(till_.verifier_key(), kOrigin));
    AppendRequest sales;
    for (int i = 0; i < 300; ++i) {
      sales.events.push_back({"till-3", {.type = "sold", .payload = "tea"}});
    }
    ASSERT_OK(store->Append(sales));
    ASSERT_OK_AND_ASSIGN(options_.since, store->Tree());
    ASSERT_OK(store->Close(absl::Minutes(1)));
    ASSERT_OK(Verify());
  }

  std::unique_ptr<EventStore> Open() {
    StoreOptions options;
    options.durability = Durability::None();
    auto store = EventStore::Open(folder_ / "store", options);
    EXPECT_OK(store);
    return *std::move(store);
  }
  absl::StatusOr<VerifiedStore> Verify() {
    return VerifyStore(folder_ / "store", options_);
  }
  // Puts the thief's key where the till's was.
  void ChangeTheKey(LogEditor& editor) {
    absl::StrReplaceAll(
        {{till_.verifier_key().ToString(), thief_.verifier_key().ToString()}},
        &editor.events[0].body);
  }
  void SellAsTheThief() {
    const auto store = Open();
    AppendRequest sale;
    sale.events.push_back({"till-3", {.type = "sold", .payload = "gold"}});
    ASSERT_OK(SignEvents(thief_, kOrigin, &sale));
    for (StreamEvent& event : sale.events) event.event.id = EventId();
    ASSERT_OK(store->Restore(sale, absl::Now(), ""));
    ASSERT_OK(store->Close(absl::Minutes(1)));
  }

  TemporaryFolder folder_;
  const audit::NoteSigner till_ = *audit::NoteSigner::Generate(kProducer);
  const audit::NoteSigner thief_ = *audit::NoteSigner::Generate(kProducer);
  VerifyOptions options_;
};

TEST_F(VerifiedBeforeTest, AKeyThatWasChangedIsFound) {
  LogEditor editor(folder_ / "store");
  const std::string before = editor.events[0].body;
  ChangeTheKey(editor);
  ASSERT_NE(editor.events[0].body, before);
  editor.Save({});
  SellAsTheThief();

  const absl::Status verified = Verify().status();

  EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(GetDamage(verified), Position(0));
}

TEST_F(VerifiedBeforeTest, AKeyThatWasChangedWithItsLeafIsFound) {
  LogEditor editor(folder_ / "store");
  ChangeTheKey(editor);
  editor.MakeLeavesAgain(0, "$producers");
  editor.Save({});
  SellAsTheThief();

  const absl::Status verified = Verify().status();

  EXPECT_THAT(verified, StatusIs(absl::StatusCode::kDataLoss));
  EXPECT_EQ(GetDamage(verified), Position(0));
}

}  // namespace
}  // namespace daybook
