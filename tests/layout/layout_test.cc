// Reads the checkout's own files: which room includes which, what public
// headers show, and that no file is forgotten in its CMakeLists.txt.

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>
#include <string>
#include <string_view>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/test_data.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

using ::testing::IsEmpty;
using ::testing::Not;

struct Room {
  std::string_view name;
  int level;  // A room includes only rooms of a lower level.
};

// proto, audit <- store <- projections <- replay <- bus <- server <- tools, and
// testing beside replay; the rest may use all of them, and each other not at
// all, but for tests, which also try the examples.
constexpr std::array<Room, 12> kRooms = {{
    {"proto", 0},
    {"audit", 0},
    {"store", 1},
    {"projections", 2},
    {"replay", 3},
    {"testing", 3},
    {"bus", 4},
    {"server", 5},
    {"tools", 6},
    {"bench", 7},
    {"examples", 7},
    {"tests", 8},
}};

// These see the inside of other rooms, and RocksDB itself.
bool SeesInside(std::string_view room) {
  return room == "tests" || room == "bench";
}

// Private headers that higher rooms may include nevertheless: small helpers
// that are no part of the API.
constexpr std::array<std::string_view, 21> kSharedPrivateHeaders = {
    "store/caught.h",
    "store/checksum.h",
    "store/coding.h",
    "store/error_marks.h",
    "store/errors_internal.h",
    "store/event_filter.h",
    "store/expected_revision.h",
    "store/filter_record.h",
    "store/head_file.h",
    "store/kept_event.h",
    "store/metadata_codec.h",
    "store/mutex.h",
    "store/names.h",
    "store/out_of_memory.h",
    "store/protobuf.h",
    "store/status_macros.h",
    "store/status_message.h",
    "store/strings.h",
    "store/system_events.h",
    "store/thread.h",
    "store/validate.h",
};

// One #include line.
struct Inclusion {
  std::string from;  // Path from the top of the checkout.
  std::string to;    // As written between the quotes or brackets.
};

const Room* FindRoom(std::string_view name) {
  const auto* found = std::ranges::find(kRooms, name, &Room::name);
  return found == kRooms.end() ? nullptr : found;
}

std::string FirstFolder(std::string_view path) {
  return std::string(path.substr(0, path.find('/')));
}

bool IsPublicHeader(std::string_view path) {
  return path.find("/include/") != std::string_view::npos;
}

// The room a header belongs to; empty for one from outside the project.
std::string RoomOfHeader(const std::string& header) {
  constexpr std::string_view kInstalled = "daybook/";
  if (header.starts_with("daybook/v1/")) return "proto";
  if (header.starts_with(kInstalled)) {
    return FirstFolder(header.substr(kInstalled.size()));
  }
  const std::string folder = FirstFolder(header);
  return FindRoom(folder) == nullptr ? "" : folder;
}

std::string Read(const fs::path& path) {
  std::ifstream in(path);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// The C++ files of all rooms, as paths from the top of the checkout.
std::vector<std::string> CppFiles() {
  std::vector<std::string> files;
  for (const Room& room : kRooms) {
    const fs::path folder = testing::SourceFolder() / room.name;
    if (!fs::exists(folder)) continue;
    for (const auto& entry : fs::recursive_directory_iterator(folder)) {
      const fs::path extension = entry.path().extension();
      if (extension != ".h" && extension != ".cc") continue;
      files.push_back(
          entry.path().lexically_relative(testing::SourceFolder()).string());
    }
  }
  return files;
}

std::vector<Inclusion> Inclusions() {
  static const std::regex kInclude(R"re(^\s*#\s*include\s*["<]([^">]+)[">])re");
  std::vector<Inclusion> inclusions;
  for (const std::string& file : CppFiles()) {
    std::ifstream in(testing::SourceFolder() / file);
    std::smatch match;
    for (std::string line; std::getline(in, line);) {
      if (std::regex_search(line, match, kInclude)) {
        inclusions.push_back({file, match[1]});
      }
    }
  }
  return inclusions;
}

// What is wrong with an inclusion, if anything.
std::optional<std::string> Wrong(const Inclusion& inclusion) {
  const std::string from = FirstFolder(inclusion.from);
  if (inclusion.to.starts_with("rocksdb/")) {
    if (IsPublicHeader(inclusion.from)) return "RocksDB in a public header";
    if (from != "store" && !SeesInside(from)) return "RocksDB outside store";
    return std::nullopt;
  }
  const std::string to = RoomOfHeader(inclusion.to);
  if (to.empty() || to == from) {
    const bool is_private = !to.empty() && !inclusion.to.starts_with("daybook");
    if (is_private && IsPublicHeader(inclusion.from)) {
      return "a private header in a public one";
    }
    return std::nullopt;
  }
  const Room* to_room = FindRoom(to);
  if (to_room == nullptr) return "no such room";
  if (to_room->level >= FindRoom(from)->level) return "upwards or sideways";
  const bool is_private = !inclusion.to.starts_with("daybook/");
  if (!is_private) return std::nullopt;
  if (IsPublicHeader(inclusion.from)) return "a private header in a public one";
  const bool is_shared =
      std::ranges::find(kSharedPrivateHeaders, inclusion.to) !=
      kSharedPrivateHeaders.end();
  if (is_shared || SeesInside(from)) return std::nullopt;
  return "another room's private header";
}

std::vector<std::string> Complaints(const std::vector<Inclusion>& inclusions) {
  std::vector<std::string> complaints;
  for (const Inclusion& inclusion : inclusions) {
    if (const std::optional<std::string> wrong = Wrong(inclusion)) {
      complaints.push_back(inclusion.from + " includes \"" + inclusion.to +
                           "\": " + *wrong);
    }
  }
  return complaints;
}

TEST(IncludeDirectionTest, RoomsIncludeOnlyRoomsBelowThem) {
  const std::vector<Inclusion> inclusions = Inclusions();
  ASSERT_THAT(inclusions, Not(IsEmpty()));
  EXPECT_THAT(Complaints(inclusions), IsEmpty());
}

// Proves that the check can fail.
TEST(IncludeDirectionTest, EveryWrongDirectionIsSeen) {
  const std::vector<Inclusion> wrong = {
      {"store/a.cc", "daybook/replay/load.h"},
      {"store/a.cc", "tools/command_line.h"},
      {"store/a.cc", "daybook/projections/typed_event.h"},
      {"projections/a.cc", "daybook/replay/load.h"},
      {"projections/a.cc", "tools/cli.h"},
      {"replay/a.cc", "tools/cli.h"},
      {"replay/a.cc", "daybook/testing/given.h"},
      {"replay/a.cc", "projections/private.h"},
      {"replay/a.cc", "store/schema_registry.h"},
      {"replay/a.cc", "daybook/bus/groups.h"},
      {"bus/a.cc", "tools/cli.h"},
      {"bus/a.cc", "store/subscription_rows.h"},
      {"replay/include/daybook/replay/a.h", "store/mutex.h"},
      {"testing/include/daybook/testing/a.h", "daybook/replay/fold.h"},
      {"examples/a.cc", "daybook/nowhere/a.h"},
      {"projections/a.cc", "rocksdb/db.h"},
      {"projections/a.cc", "store/schema_registry.h"},
      {"projections/include/daybook/projections/a.h", "projections/private.h"},
      {"store/a.cc", "tests/testing/test_data.h"},
      {"audit/a.cc", "daybook/store/event_store.h"},
      {"audit/a.cc", "daybook/v1/metadata.pb.h"},
      {"audit/a.cc", "rocksdb/db.h"},
      {"tools/a.cc", "rocksdb/db.h"},
      {"tools/a.cc", "store/key_codec.h"},
      {"tools/a.cc", "server/wire.h"},
      {"server/a.cc", "tools/cli.h"},
      {"server/a.cc", "store/stream_state.h"},
      {"store/a.cc", "daybook/server/remote_store.h"},
      {"tools/a.cc", "daybook/nowhere/a.h"},
      {"store/include/daybook/store/a.h", "rocksdb/db.h"},
      {"store/include/daybook/store/a.h", "store/mutex.h"},
      {"bench/a.cc", "tests/testing/test_data.h"},
      {"bench/a.cc", "examples/dcb/course_subscriptions.h"},
  };
  EXPECT_EQ(Complaints(wrong).size(), wrong.size());
}

TEST(IncludeDirectionTest, EveryRightDirectionPasses) {
  const std::vector<Inclusion> right = {
      {"store/a.cc", "rocksdb/db.h"},
      {"store/a.cc", "store/key_codec.h"},
      {"store/a.cc", "daybook/v1/metadata.pb.h"},
      {"store/a.cc", "absl/status/status.h"},
      {"store/include/daybook/store/a.h", "daybook/store/version.h"},
      {"store/include/daybook/store/a.h", "string_view"},
      {"projections/a.cc", "daybook/store/schema.h"},
      {"projections/a.cc", "store/status_macros.h"},
      {"projections/include/daybook/projections/a.h", "daybook/store/read.h"},
      {"replay/a.cc", "daybook/projections/decider.h"},
      {"replay/a.cc", "store/mutex.h"},
      {"bus/a.cc", "daybook/replay/transact.h"},
      {"tools/a.cc", "daybook/bus/groups.h"},
      {"testing/include/daybook/testing/a.h", "daybook/projections/decider.h"},
      {"tools/a.cc", "daybook/replay/fold.h"},
      {"tests/replay/a.cc", "examples/dcb/course_subscriptions.h"},
      {"tools/a.cc", "daybook/projections/event_type.h"},
      {"tools/a.cc", "daybook/store/event_store.h"},
      {"tools/a.cc", "store/status_macros.h"},
      {"tests/store/a.cc", "store/key_codec.h"},
      {"tests/store/a.cc", "tests/testing/test_data.h"},
      {"bench/a.cc", "rocksdb/db.h"},
  };
  EXPECT_THAT(Complaints(right), IsEmpty());
}

// Some builds of Abseil have a string_view of their own, which std's does not
// convert to everywhere: the API speaks std's.
TEST(PublicHeaderTest, SaysStdStringViewNotAbsls) {
  for (const std::string& file : CppFiles()) {
    if (!IsPublicHeader(file)) continue;
    EXPECT_THAT(Read(testing::SourceFolder() / file),
                Not(::testing::HasSubstr("absl::string_view")))
        << file;
  }
}

// A file that CMake does not know is neither built, tested nor installed.
TEST(CMakeListsTest, EveryFileThatMustBeListedIsListed) {
  for (const std::string& file : CppFiles()) {
    const bool must_be_listed = file.ends_with(".cc") || IsPublicHeader(file);
    if (!must_be_listed) continue;
    fs::path folder = testing::SourceFolder() / fs::path(file).parent_path();
    while (!fs::exists(folder / "CMakeLists.txt")) {
      folder = folder.parent_path();
    }
    const std::string name =
        (testing::SourceFolder() / file).lexically_relative(folder).string();
    EXPECT_THAT(Read(folder / "CMakeLists.txt"), ::testing::HasSubstr(name))
        << file << " is missing in " << folder / "CMakeLists.txt";
  }
}

}  // namespace
}  // namespace daybook
