#include "bench/machine.h"

#include <lmdb.h>
#include <sqlite3.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "daybook/store/version.h"
#include "rocksdb/version.h"

namespace daybook::bench {
namespace {

// What follows the colon in the first line of `path` that starts with `key`.
std::string Field(const std::string& path, const std::string& key) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with(key)) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const size_t start = line.find_first_not_of(" \t", colon + 1);
    return start == std::string::npos ? "" : line.substr(start);
  }
  return "unknown";
}

std::string FirstLine(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

// Type and options of the file system that holds `directory`.
std::string FileSystemOf(const std::string& directory) {
  std::error_code error;
  const std::string path =
      std::filesystem::weakly_canonical(directory, error).string();
  std::ifstream in("/proc/self/mounts");
  std::string found = "unknown";
  size_t found_size = 0;
  for (std::string line; std::getline(in, line);) {
    std::istringstream fields(line);
    std::string device, folder, type, options;
    fields >> device >> folder >> type >> options;
    const bool holds =
        folder == "/" || path == folder || path.starts_with(folder + "/");
    // The last of equal length hides the ones before.
    if (holds && folder.size() >= found_size) {
      found_size = folder.size();
      found = type + " (" + options + ")";
    }
  }
  return found;
}

std::string NowInUtc() {
  const std::time_t now = std::time(nullptr);
  std::tm parts;
  gmtime_r(&now, &parts);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts);
  return text;
}

}  // namespace

Facts MachineFacts(const std::string& directory) {
  Facts facts;
  const auto add = [&](const char* name, std::string value) {
    facts.emplace_back(name, std::move(value));
  };
  utsname kernel;
  uname(&kernel);
  add("time", NowInUtc());
  add("cpu", Field("/proc/cpuinfo", "model name"));
  add("cores", std::to_string(std::thread::hardware_concurrency()));
  add("memory", Field("/proc/meminfo", "MemTotal"));
  add("kernel", std::string(kernel.sysname) + " " + kernel.release);
  add("file system", FileSystemOf(directory));
  add("load before", FirstLine("/proc/loadavg"));
#ifdef NDEBUG
  const std::string build = "release";
#else
  const std::string build = "with assertions";
#endif
#ifdef __clang__
  add("compiler", "clang " __clang_version__ ", " + build);
#else
  add("compiler", "gcc " __VERSION__ ", " + build);
#endif
  add("daybook", std::string(Version()));
  add("RocksDB", rocksdb::GetRocksVersionAsString());
  add("SQLite", sqlite3_libversion());
  add("LMDB", mdb_version(nullptr, nullptr, nullptr));
  return facts;
}

}  // namespace daybook::bench
