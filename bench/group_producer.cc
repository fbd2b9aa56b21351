// What signatures of producers cost: to make, to append, to verify; alone, and
// a thousand events with one.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/groups.h"
#include "bench/workload.h"
#include "daybook/store/producers.h"
#include "daybook/store/sign_batch.h"
#include "daybook/store/verify.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kBatchCount = 1'000;
constexpr char kOrigin[] = "shop.example/log";

// Who signs, and how many events with one signature.
enum class Signing { kNone, kAlone, kBatch };

class ProducerBench {
 public:
  explicit ProducerBench(const Context& context)
      : context_(context),
        count_(
            std::max(context.options.sizes.single_append_count, kBatchCount) /
            kBatchCount * kBatchCount),
        signer_(*audit::NoteSigner::Generate("till-3.shop.example")) {}

  void Run() {
    constexpr Unit kRate = Unit::kEventsPerSecond;
    const auto series = [](auto measure) -> std::vector<Contestant> {
      return {{"unsigned", kRate, [=] { return measure(Signing::kNone); }},
              {"alone", kRate, [=] { return measure(Signing::kAlone); }},
              {"batch", kRate, [=] { return measure(Signing::kBatch); }}};
    };
    context_.runner.Run(
        "producer-sign",
        {{"alone", kRate, [this] { return Sign(Signing::kAlone); }},
         {"batch", kRate, [this] { return Sign(Signing::kBatch); }}});
    context_.runner.Run("producer-append",
                        series([this](Signing s) { return Append(s); }));
    context_.runner.Run("producer-verify",
                        series([this](Signing s) { return Verify(s); }));
  }

 private:
  // Appends of a thousand events each, however they are signed.
  std::vector<AppendRequest> Requests(Signing signing) const {
    Workload workload({});
    std::vector<AppendRequest> requests;
    for (uint64_t i = 0; i < count_; i += kBatchCount) {
      requests.push_back(workload.NextBatch(kBatchCount).request);
      SignAll(signing, &requests.back());
    }
    return requests;
  }

  void SignAll(Signing signing, AppendRequest* request) const {
    if (signing == Signing::kBatch) {
      Check(SignEvents(signer_, kOrigin, request), "sign");
    }
    if (signing != Signing::kAlone) return;
    // Without a key nothing of an append is in its events' metadata.
    for (StreamEvent& event : request->events) {
      AppendRequest one;
      one.events.push_back(std::move(event));
      Check(SignEvents(signer_, kOrigin, &one), "sign");
      event = std::move(one.events[0]);
    }
  }

  Sample RateOf(const Stopwatch& stopwatch) const {
    Sample sample;
    sample.seconds = stopwatch.Seconds();
    sample.value = static_cast<double>(count_) / sample.seconds;
    sample.counters["cpu"] =
        stopwatch.CpuSeconds() / static_cast<double>(count_);
    return sample;
  }

  Sample Sign(Signing signing) const {
    std::vector<AppendRequest> requests = Requests(Signing::kNone);
    const Stopwatch stopwatch;
    for (AppendRequest& request : requests) SignAll(signing, &request);
    return RateOf(stopwatch);
  }

  std::unique_ptr<EventStore> NewStore(const std::string& path) const {
    StoreOptions options;
    options.tree_heads = TreeHeadOptions::OnDemand();
    absl::StatusOr<std::unique_ptr<EventStore>> store =
        EventStore::Open(path, options);
    Check(store.status(), "open");
    Check((*store)->AddProducer(signer_.verifier_key(), kOrigin).status(),
          "add the producer");
    return *std::move(store);
  }

  Sample Append(Signing signing) const {
    const auto folder = context_.NewFolder("producer-append");
    const std::vector<AppendRequest> requests = Requests(signing);
    const std::unique_ptr<EventStore> store =
        NewStore(folder->path() + "/store");
    const Stopwatch stopwatch;
    for (const AppendRequest& request : requests) {
      Check(store->Append(request).status(), "append");
    }
    return RateOf(stopwatch);
  }

  Sample Verify(Signing signing) const {
    const auto folder = context_.NewFolder("producer-verify");
    const std::string path = folder->path() + "/store";
    std::unique_ptr<EventStore> store = NewStore(path);
    for (const AppendRequest& request : Requests(signing)) {
      Check(store->Append(request).status(), "append");
    }
    CloseStore(std::move(store));
    const Stopwatch stopwatch;
    Check(VerifyStore(path, VerifyOptions()).status(), "verify");
    return RateOf(stopwatch);
  }

  const Context& context_;
  const uint64_t count_;
  const audit::NoteSigner signer_;
};

}  // namespace

void RunProducerGroups(const Context& context) { ProducerBench(context).Run(); }

}  // namespace daybook::bench
