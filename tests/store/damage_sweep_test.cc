// Damages every place of a small store, one at a time: a bit of each 64th byte
// of every file, cuts, zeroed ranges, garbage behind the end, files that are
// missing or of an earlier day. Each is found, or changes nothing that is read
// and not the root of the audit tree.
//
// The places come in random order, as many as there is time for; with enough of
// it (DAYBOOK_FAULT_SECONDS=3600) all of them, once.

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/store/event_store.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/store/damage_outcome.h"
#include "tests/testing/fault_run.h"
#include "tests/testing/fault_workload.h"
#include "tests/testing/small_files.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;
using ::testing::AnyOf;
using testing::CopyFolder;
using testing::Draw;
using ::testing::Eq;
using testing::FaultRun;
using testing::Outcome;
using testing::Random;
using testing::ReadFile;
using testing::StoredWorkload;
using testing::TemporaryFolder;
using testing::Workload;
using testing::WriteFile;

constexpr StoredWorkload kStored = {
    .seed = 1907, .payload_max = 300, .appends = 16};
constexpr size_t kStride = 64;
// Of each file: how many cuts, and how many ranges are zeroed.
constexpr size_t kCuts = 16;
constexpr size_t kRangeBytes = 512;

enum class Kind { kFlip, kCut, kZero, kGarbage, kRemove, kStale };

struct Place {
  std::string file;  // below the store's folder
  Kind kind;
  size_t at = 0;
};

// What is used of a file: a write-ahead log has zeros behind.
size_t UsedBytes(const std::string& bytes) {
  return bytes.find_last_not_of('\0') + 1;
}

class DamageSweepTest : public ::testing::Test {
 protected:
  // `half`: the store when it had half of its appends.
  void SetUp() override {
    const Workload workload(kStored.seed, kStored.payload_max);
    uint64_t number = 0;
    for (int opening = 0; opening < 4; ++opening) {
      StoreOptions options;
      options.memory_budget = MemoryBudget::Create(16 << 20);
      ASSERT_OK_AND_ASSIGN(const auto store,
                           EventStore::Open(folder_ / "made", options));
      for (; number < kStored.appends * (opening + 1) / 4; ++number) {
        ASSERT_OK(store->Append(
            workload.Make({static_cast<uint32_t>(number % 3), number})));
      }
      ASSERT_OK(store->Sync());
      if (opening == 3) {
        testing::CopyOpenFolder(folder_ / "made", folder_ / "crashed");
        CutPreallocated(folder_ / "crashed/log");
      }
      ASSERT_OK(store->Close(absl::Minutes(1)));
      if (opening == 1) CopyFolder(folder_ / "made", folder_ / "half");
    }
  }

  // 70 MB of zeros take long to copy; some remain.
  static void CutPreallocated(const std::string& folder) {
    for (const auto& entry : fs::directory_iterator(folder)) {
      if (entry.path().extension() != ".log") continue;
      fs::resize_file(entry.path(),
                      UsedBytes(ReadFile(entry.path())) + (32 << 10));
    }
  }

  std::vector<Place> PlacesOf(const std::string& store) {
    std::vector<Place> places;
    for (const auto& entry : fs::recursive_directory_iterator(store)) {
      const std::string name = entry.path().filename();
      // A lock, and what RocksDB tells its operator.
      if (!entry.is_regular_file() || name == "LOCK" || name == "LOG" ||
          name.starts_with("LOG.old")) {
        continue;
      }
      const std::string file = entry.path().string().substr(store.size());
      const std::string bytes = ReadFile(entry.path());
      const size_t used = UsedBytes(bytes);
      store_bytes_ += used;
      for (size_t at = 0; at < used; at += kStride) {
        places.push_back({file, Kind::kFlip, at});
      }
      for (size_t cut = 0; cut < kCuts && used > 0; ++cut) {
        places.push_back({file, Kind::kCut, used * cut / kCuts});
        places.push_back({file, Kind::kZero, used * cut / kCuts});
      }
      places.push_back({file, Kind::kGarbage, used});
      places.push_back({file, Kind::kRemove});
      if (fs::exists(folder_ / ("half" + file)) &&
          ReadFile(folder_ / ("half" + file)) != bytes) {
        places.push_back({file, Kind::kStale});
      }
    }
    return places;
  }

  // What was done.
  std::string Damage(const Place& place, Random& random) const {
    const std::string path = folder_ / ("damaged" + place.file);
    std::string bytes = ReadFile(path);
    std::string done;
    switch (place.kind) {
      case Kind::kFlip: {
        const size_t at =
            std::min(place.at + Draw(random, kStride), bytes.size() - 1);
        bytes[at] = static_cast<char>(bytes[at] ^ (1 << Draw(random, 8)));
        done = absl::StrCat("flipped a bit at ", at);
        break;
      }
      case Kind::kCut:
        bytes.resize(place.at);
        done = absl::StrCat("cut at ", place.at);
        break;
      case Kind::kZero:
        for (size_t i = 0; i < kRangeBytes && place.at + i < bytes.size();
             ++i) {
          bytes[place.at + i] = '\0';
        }
        done = absl::StrCat("zeroed a range at ", place.at);
        break;
      case Kind::kGarbage:
        bytes.resize(place.at);
        for (int i = 0; i < 3'000; ++i) {
          bytes.push_back(static_cast<char>(random()));
        }
        done = "garbage behind the end";
        break;
      case Kind::kRemove:
        fs::remove(path);
        return "removed " + place.file;
      case Kind::kStale:
        bytes = ReadFile(folder_ / ("half" + place.file));
        done = "put back as it was at half";
        break;
    }
    WriteFile(path, bytes);
    return absl::StrCat(place.file, ": ", done);
  }

  void Sweep(const std::string& store) {
    FaultRun run;
    std::vector<Place> places = PlacesOf(folder_ / store);
    std::shuffle(places.begin(), places.end(), run.random());
    std::map<Outcome, int> outcomes;
    size_t next = 0;
    while (next < places.size() && run.More()) {
      const Place& place = places[next++];
      fs::remove_all(folder_ / "damaged");
      CopyFolder(folder_ / store, folder_ / "damaged");
      const std::string done = Damage(place, run.random());
      std::string output;
      const Outcome outcome = OpenDamaged(folder_ / "damaged", kStored,
                                          folder_ / "output", &output);
      ++outcomes[outcome];
      EXPECT_THAT(outcome,
                  AnyOf(Eq(testing::kAllRight), Eq(testing::kRefused),
                        Eq(testing::kLossInLog), Eq(testing::kLossInIndex),
                        Eq(testing::kPrecondition)))
          << done << ": " << output;
    }
    run.Report(absl::StrCat(
        next, " of ", places.size(), " places in ", store_bytes_ >> 10,
        " KiB damaged: ", outcomes[testing::kAllRight],
        " changed nothing, refused ",
        outcomes[testing::kRefused] + outcomes[testing::kPrecondition],
        ", found when read ",
        outcomes[testing::kLossInLog] + outcomes[testing::kLossInIndex]));
  }

  TemporaryFolder folder_;
  size_t store_bytes_ = 0;
};

TEST_F(DamageSweepTest, EachPlaceOfACrashedStore) { Sweep("crashed"); }

TEST_F(DamageSweepTest, EachPlaceOfAClosedStore) { Sweep("made"); }

}  // namespace
}  // namespace daybook
