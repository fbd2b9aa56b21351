#include "tests/store/damage_outcome.h"

#include <sys/wait.h>

#include <cstdio>
#include <map>
#include <memory>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "daybook/store/event_store.h"
#include "gtest/gtest.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"

namespace daybook::testing {
namespace {

bool IsWrong(const absl::Status& status) {
  return absl::IsInternal(status) &&
         std::string(status.message()).starts_with("WRONG");
}

Outcome OpenAndCheck(const std::string& path, const StoredWorkload& stored) {
  const Workload workload(stored.seed, stored.payload_max);
  auto store = EventStore::Open(path, StoreOptions());
  if (!store.ok()) {
    std::printf("open: %s\n", store.status().ToString().c_str());
    if (absl::IsDataLoss(store.status())) return kRefused;
    return absl::IsFailedPrecondition(store.status()) ? kPrecondition
                                                      : kOtherError;
  }
  const absl::StatusOr<StoredAppends> log = CheckLog(**store, workload);
  if (!log.ok()) {
    std::printf("log: %s\n", log.status().ToString().c_str());
    if (IsWrong(log.status())) return kWrong;
    if (!absl::IsDataLoss(log.status())) return kOtherError;
    return GetDamage(log.status()).has_value() ? kLossInLog : kLossUnplaced;
  }
  if (log->size() != stored.appends) {
    std::printf("log: %zu appends\n", log->size());
    return kWrong;
  }
  const absl::StatusOr<StoredAppends> all = CheckStore(**store, workload);
  if (!all.ok()) {
    std::printf("index: %s\n", all.status().ToString().c_str());
    if (absl::IsDataLoss(all.status())) return kLossInIndex;
    return IsWrong(all.status()) ? kWrong : kOtherError;
  }
  return kAllRight;
}

int CheckInChild(const std::map<std::string, std::string>& arguments) {
  StoredWorkload stored;
  if (!absl::SimpleAtoi(arguments.at("seed"), &stored.seed) ||
      !absl::SimpleAtoi(arguments.at("payload_max"), &stored.payload_max) ||
      !absl::SimpleAtoi(arguments.at("appends"), &stored.appends)) {
    return kOtherError;
  }
  return OpenAndCheck(arguments.at("store"), stored);
}

const bool kRegistered = RegisterChild("damage", CheckInChild);

}  // namespace

Outcome OpenDamaged(const std::string& store, const StoredWorkload& stored,
                    const std::string& output_path, std::string* output) {
  const uint64_t before = HashFolder(store);
  ChildProcess child("damage",
                     {{"store", store},
                      {"seed", absl::StrCat(stored.seed)},
                      {"payload_max", absl::StrCat(stored.payload_max)},
                      {"appends", absl::StrCat(stored.appends)}},
                     output_path);
  const int status = child.Wait();
  *output = child.Output();
  if (!WIFEXITED(status)) return kDied;
  const auto outcome = static_cast<Outcome>(WEXITSTATUS(status));
  if (outcome == kRefused || outcome == kPrecondition) {
    EXPECT_EQ(HashFolder(store), before)
        << "refused, and changed all the same: " << *output;
  }
  return outcome;
}

}  // namespace daybook::testing
