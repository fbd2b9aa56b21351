#include "tests/store/random_model.h"

#include <cstdlib>
#include <iostream>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/store/random_operations.h"
#include "tests/testing/fake_clock.h"

namespace daybook {
namespace {

constexpr uint64_t kEpisodeLengthMax = 2000;
// How often operations are left out and the rest run again.
constexpr int kShrinkRunsMax = 400;

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* const text = std::getenv(name);
  uint64_t value = 0;
  if (text != nullptr && absl::SimpleAtoi(text, &value)) return value;
  return otherwise;
}

// Small limits, so that what lies beyond them is met often.
StoreOptions RandomOptions(uint64_t seed) {
  std::mt19937_64 random(~seed);
  StoreOptions options;
  // Waiting for the disk is most of the time that a synced episode takes.
  switch (random() % 12) {
    case 0:
      options.durability = Durability::Sync();
      break;
    case 1:
      options.durability = Durability::Anchored();
      break;
    case 2:
      options.durability = Durability::Interval(absl::Milliseconds(5));
      break;
    default:
      options.durability = Durability::None();
  }
  const Compression compressions[] = {Compression::kNone, Compression::kLz4,
                                      Compression::kZstd};
  options.compression = compressions[random() % 3];
  if (random() % 2 == 0) options.source = "/default";
  if (random() % 2 == 0) options.stream_cache_count = 3;
  if (random() % 2 == 0) options.tail_count_max = 500;
  if (random() % 2 == 0) {
    options.memory_budget = MemoryBudget::Create(16 << 20);
  }
  return options;
}

// How many ids a store makes, and when, is its own affair: all are alike.
class NilIds final : public IdSource {
 public:
  EventId NewId(absl::Time /*now*/) override { return EventId(); }
};

// Both engines, as one operation after the other leaves them.
class Pair {
 public:
  Pair(const testing::EngineFactory& tested, uint64_t seed) {
    StoreOptions options = RandomOptions(seed);
    options.clock = &clock_;
    options.id_source = &ids_;
    reference_.engine = testing::MemoryEngineFactory().make(options);
    tested_.engine = tested.make(options);
  }

  EventStore& reference() { return reference_.store(); }

  // What each said, if that differs.
  struct Difference {
    std::string reference;
    std::string tested;
  };
  std::optional<Difference> Run(const RandomOperation& operation) {
    clock_.Advance(operation.advance);
    clock_.Jump(operation.jump);
    Difference said{operation.run(reference_), operation.run(tested_)};
    clock_.Jump(operation.jump_after);
    if (said.reference == said.tested) return std::nullopt;
    return said;
  }

 private:
  testing::FakeClock clock_;
  NilIds ids_;
  Subject reference_;
  Subject tested_;
};

struct Failure {
  // Up to and with the one answered differently.
  std::vector<RandomOperation> operations;
  Pair::Difference said;
};

// The first difference when `operations` are run on fresh engines.
std::optional<Failure> RunAgain(
    const testing::EngineFactory& tested, uint64_t seed,
    const std::vector<RandomOperation>& operations) {
  Pair pair(tested, seed);
  for (size_t i = 0; i < operations.size(); ++i) {
    if (auto said = pair.Run(operations[i])) {
      return Failure{{operations.begin(), operations.begin() + i + 1},
                     *std::move(said)};
    }
  }
  return std::nullopt;
}

// Leaves out ever shorter pieces as long as there is a difference without.
Failure Shrink(const testing::EngineFactory& tested, uint64_t seed,
               Failure failure) {
  int runs = 0;
  size_t piece = failure.operations.size() / 2;
  while (piece > 0 && runs < kShrinkRunsMax) {
    bool shorter = false;
    for (size_t start = 0;
         start + piece < failure.operations.size() && runs < kShrinkRunsMax;) {
      std::vector<RandomOperation> fewer = failure.operations;
      fewer.erase(fewer.begin() + start, fewer.begin() + start + piece);
      ++runs;
      if (auto still = RunAgain(tested, seed, fewer)) {
        failure = *std::move(still);
        shorter = true;
      } else {
        start += piece;
      }
    }
    if (!shorter || piece > failure.operations.size()) piece /= 2;
  }
  return failure;
}

std::string Report(uint64_t seed, uint64_t operation_count,
                   const Failure& failure, const Failure& shrunk) {
  const ::testing::TestInfo& test =
      *::testing::UnitTest::GetInstance()->current_test_info();
  std::string text = absl::StrCat(
      "engines differ: seed ", seed, ", operation ",
      failure.operations.size() - 1, "\nreplay: DAYBOOK_SEED=", seed,
      " DAYBOOK_OPERATIONS=", operation_count,
      " <test> --gtest_filter=", test.test_suite_name(), ".", test.name(),
      "\n\nshrunk to ", shrunk.operations.size(), " operations:\n");
  for (const RandomOperation& operation : shrunk.operations) {
    absl::StrAppend(&text, "  ", operation.kind, ": ", operation.description,
                    "\n");
  }
  absl::StrAppend(&text, "in memory:\n", shrunk.said.reference, "\n\ntested:\n",
                  shrunk.said.tested);
  return text;
}

}  // namespace

void CompareWithMemory(const testing::EngineFactory& tested, uint64_t seed,
                       uint64_t operation_count) {
  seed = FromEnvironment("DAYBOOK_SEED", seed);
  operation_count = FromEnvironment("DAYBOOK_OPERATIONS", operation_count);
  std::cout << "seed " << seed << ", " << operation_count << " operations"
            << std::endl;
  std::map<std::string, uint64_t> done;
  for (uint64_t left = operation_count; left > 0; ++seed) {
    Pair pair(tested, seed);
    RandomOperations random(seed, &pair.reference());
    std::vector<RandomOperation> operations;
    const uint64_t length =
        std::min(left, 1 + std::mt19937_64(seed)() % kEpisodeLengthMax);
    left -= length;
    for (uint64_t i = 0; i < length; ++i) {
      operations.push_back(random.Next());
      ++done[operations.back().kind];
      if (auto said = pair.Run(operations.back())) {
        const Failure failure{std::move(operations), *std::move(said)};
        FAIL() << Report(seed, i + 1, failure, Shrink(tested, seed, failure));
      }
    }
  }
  for (const auto& [kind, count] : done) {
    std::cout << "  " << count << " " << kind << "\n";
  }
}

}  // namespace daybook
