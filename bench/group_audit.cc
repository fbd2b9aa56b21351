// What the audit tree costs, and what verifying and proving take.

// The floor calls what is the cheapest of OpenSSL, as the product does.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <array>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/groups.h"
#include "bench/repeat.h"
#include "bench/workload.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/store/verify.h"
#include "store/open_store.h"

namespace daybook::bench {
namespace {

constexpr uint64_t kBatchCount = 1'000;
constexpr uint64_t kProofCount = 10'000;

std::unique_ptr<EventStore> OpenWith(const std::string& path,
                                     size_t memory_bytes, bool tree,
                                     const TreeHeadOptions& heads) {
  StoreOptions options;
  options.memory_budget = MemoryBudget::Create(memory_bytes);
  options.tree_heads = heads;
  OpenHooks hooks;
  hooks.without_tree = !tree;
  absl::StatusOr<std::unique_ptr<EventStore>> store =
      OpenWithHooks(path, options, hooks);
  Check(store.status(), "open");
  return *std::move(store);
}

// The bytes that are hashed for an event of the batches: its payload and its
// metadata, which is none, each after domain and salt; its leaf; a node.
constexpr std::array<size_t, 4> kHashedBytes = {335, 36, 229, 65};

Sample Rate(uint64_t count, const Stopwatch& stopwatch) {
  Sample sample;
  sample.seconds = stopwatch.Seconds();
  sample.value = static_cast<double>(count) / sample.seconds;
  const double events = static_cast<double>(count);
  sample.counters["cpu"] = stopwatch.CpuSeconds() / events;
  // Without the caller, who computes the commitments.
  sample.counters["cpu_behind"] =
      (stopwatch.CpuSeconds() - stopwatch.ThreadCpuSeconds()) / events;
  return sample;
}

class AuditBench {
 public:
  explicit AuditBench(const Context& context)
      : context_(context), options_(context.options) {}

  void Run() {
    RunAppends();
    RunBatches();
    RunStore();
  }

 private:
  void RunAppends() {
    const auto one_by_one = [this](bool tree) {
      const auto folder = context_.NewFolder("audit-append");
      Workload workload({});
      std::vector<Batch> singles;
      for (uint64_t i = 0; i < options_.sizes.single_append_count; ++i) {
        singles.push_back(workload.NextSingle());
      }
      const auto store =
          OpenWith(folder->path() + "/store", options_.memory_bytes, tree,
                   TreeHeadOptions::OnDemand());
      return AppendOneByOne(store.get(), singles);
    };
    context_.runner.Run(
        "audit-append",
        {{"without", Unit::kEventsPerSecond, [=] { return one_by_one(false); }},
         {"tree", Unit::kEventsPerSecond, [=] { return one_by_one(true); }}},
        // Two that differ by less than one round does from the next.
        3 * options_.sizes.rounds);
  }

  void RunBatches() {
    const auto batches = [this](bool tree, const TreeHeadOptions& heads) {
      const auto folder = context_.NewFolder("audit-batch");
      Workload workload({});
      std::vector<Batch> made;
      const uint64_t count =
          options_.sizes.batch_event_count / kBatchCount * kBatchCount;
      for (uint64_t i = 0; i < count; i += kBatchCount) {
        made.push_back(workload.NextBatch(kBatchCount));
      }
      const auto store = OpenWith(folder->path() + "/store",
                                  options_.memory_bytes, tree, heads);
      const Stopwatch stopwatch;
      for (const Batch& batch : made) {
        Check(store->Append(batch.request).status(), "append");
      }
      WaitForIndexes(store.get());
      return Rate(count, stopwatch);
    };
    const auto hashes = [this] {
      const std::string bytes(kHashedBytes[0], 'x');
      std::array<uint8_t, SHA256_DIGEST_LENGTH> digest;
      const Stopwatch stopwatch;
      for (uint64_t i = 0; i < options_.sizes.batch_event_count; ++i) {
        for (const size_t size : kHashedBytes) {
          SHA256_CTX state;
          SHA256_Init(&state);
          SHA256_Update(&state, bytes.data(), size);
          SHA256_Final(digest.data(), &state);
          benchmark::DoNotOptimize(digest);
        }
      }
      return Rate(options_.sizes.batch_event_count, stopwatch);
    };
    constexpr Unit kRate = Unit::kEventsPerSecond;
    context_.runner.Run(
        "audit-batch",
        {{"without", kRate,
          [=] { return batches(false, TreeHeadOptions::OnDemand()); }},
         {"tree", kRate,
          [=] { return batches(true, TreeHeadOptions::OnDemand()); }},
         {"tree-and-heads", kRate,
          [=] { return batches(true, TreeHeadOptions()); }},
         {"four-hashes", kRate, hashes}});
  }

  // A store that is verified and proven from.
  void RunStore() {
    Lazy<Folder> folder([this] { return context_.NewFolder("audit-store"); });
    const uint64_t count =
        options_.sizes.read_event_count / kBatchCount * kBatchCount;
    bool filled = false;
    const auto path = [&] {
      const std::string store_path = folder->path() + "/store";
      if (filled) return store_path;
      filled = true;
      Workload workload({});
      std::unique_ptr<EventStore> store = OpenWith(
          store_path, options_.memory_bytes, true, TreeHeadOptions::OnDemand());
      for (uint64_t i = 0; i < count; i += kBatchCount) {
        Check(store->Append(workload.NextBatch(kBatchCount).request).status(),
              "append");
      }
      WaitUntilAtRest(store.get());
      CloseStore(std::move(store));
      return store_path;
    };
    const auto verify = [&](bool events, bool indexes) {
      const std::string store_path = path();
      VerifyOptions verify_options;
      verify_options.events = events;
      verify_options.indexes = indexes;
      const Stopwatch stopwatch;
      Check(VerifyStore(store_path, verify_options).status(), "verify");
      return Rate(count, stopwatch);
    };
    const auto prove = [&] {
      const std::unique_ptr<EventStore> store = OpenWith(
          path(), options_.memory_bytes, true, TreeHeadOptions::OnDemand());
      const auto tree = store->ReadTree();
      Check(tree.status(), "read the tree");
      const audit::MerkleProver prover(count, (*tree)->tiles());
      std::mt19937_64 random(1);
      size_t hashes = 0;
      Sample sample = Repeat(kProofCount, [&](uint64_t) {
        const auto proof = prover.ProveInclusion(random() % count, count);
        Check(proof.status(), "prove");
        hashes = std::max(hashes, proof->size());
      });
      sample.counters["hashes"] = static_cast<double>(hashes);
      return sample;
    };
    context_.runner.Run("audit-verify",
                        {{"events", Unit::kEventsPerSecond,
                          [&] { return verify(true, false); }},
                         {"hashes", Unit::kEventsPerSecond,
                          [&] { return verify(false, false); }},
                         {"events-and-indexes", Unit::kEventsPerSecond,
                          [&] { return verify(true, true); }},
                         {"prove", Unit::kEventsPerSecond, prove}});
  }

  const Context& context_;
  const Options& options_;
};

}  // namespace

void RunAuditGroups(const Context& context) { AuditBench(context).Run(); }

}  // namespace daybook::bench
