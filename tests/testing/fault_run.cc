#include "tests/testing/fault_run.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gtest/gtest.h"
#include "store/checksum.h"

extern char** environ;

namespace daybook::testing {
namespace {

constexpr char kChildVariable[] = "DAYBOOK_TEST_CHILD";
constexpr char kArgumentPrefix[] = "DAYBOOK_TEST_ARGUMENT_";

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  uint64_t value;
  return text != nullptr && absl::SimpleAtoi(text, &value) ? value : otherwise;
}

std::map<std::string, ChildMain>& Children() {
  static auto* children = new std::map<std::string, ChildMain>;
  return *children;
}

// Becomes the child, if this process is one, before any test runs.
class BecomeChild : public ::testing::Environment {
 public:
  void SetUp() override {
    const char* name = std::getenv(kChildVariable);
    if (name == nullptr) return;
    std::map<std::string, std::string> arguments;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      const std::string_view text(*variable);
      if (!text.starts_with(kArgumentPrefix)) continue;
      const size_t equals = text.find('=');
      arguments.emplace(text.substr(sizeof(kArgumentPrefix) - 1,
                                    equals - sizeof(kArgumentPrefix) + 1),
                        text.substr(equals + 1));
    }
    const int code = Children().at(name)(arguments);
    std::fflush(nullptr);
    std::cout.flush();
    _exit(code);
  }
};

const ::testing::Environment* const become_child =
    ::testing::AddGlobalTestEnvironment(new BecomeChild);

}  // namespace

FaultRun::FaultRun()
    : budget_(absl::Seconds(FromEnvironment("DAYBOOK_FAULT_SECONDS", 2))),
      seed_(
          FromEnvironment("DAYBOOK_SEED", std::random_device()() % 1'000'000)),
      random_(seed_),
      begin_(absl::Now()) {}

bool FaultRun::More() {
  // A round that failed is not followed by another.
  if (::testing::Test::HasFailure()) return false;
  return rounds_++ == 0 || TimeLeft();
}

bool FaultRun::TimeLeft() const { return absl::Now() - begin_ < budget_; }

std::string FaultRun::Replay() const {
  const auto* test = ::testing::UnitTest::GetInstance()->current_test_info();
  return absl::StrCat("DAYBOOK_SEED=", seed_,
                      " DAYBOOK_FAULT_SECONDS=", absl::ToInt64Seconds(budget_),
                      " bin/", program_invocation_short_name,
                      " --gtest_filter=", test->test_suite_name(), ".",
                      test->name());
}

void FaultRun::Report(std::string_view what) const {
  std::cout << "[          ] " << what << " in "
            << absl::FormatDuration(
                   absl::Trunc(absl::Now() - begin_, absl::Milliseconds(10)))
            << "\n[          ] again: " << Replay() << std::endl;
}

// --- Folders -----------------------------------------------------------------

std::string ReadFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void WriteFile(const std::string& path, std::string_view bytes) {
  std::ofstream out(path, std::ios::binary | std::ios::trunc);
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

void CopyFolder(const std::string& from, const std::string& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

void CopyOpenFolder(const std::string& from, const std::string& to) {
  while (true) {
    try {
      const uint64_t before = HashFolder(from);
      CopyFolder(from, to);
      if (HashFolder(from) == before) return;
    } catch (const std::filesystem::filesystem_error&) {
      // A file went while it was looked at.
    }
  }
}

uint64_t HashFolder(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (name.starts_with("LOCK") || name.starts_with("LOG")) continue;
    paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  uint64_t hash = 0;
  for (const std::string& path : paths) {
    hash = StableHash(path.substr(folder.size()), hash);
    if (std::filesystem::is_regular_file(path)) {
      hash = StableHash(ReadFile(path), hash);
    }
  }
  return hash;
}

// --- Children ----------------------------------------------------------------

bool RegisterChild(const std::string& name, ChildMain main) {
  return Children().emplace(name, std::move(main)).second;
}

ChildProcess::ChildProcess(const std::string& name,
                           const std::map<std::string, std::string>& arguments,
                           const std::string& output_path)
    : output_path_(output_path) {
  std::vector<std::string> variables;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    variables.push_back(*variable);
  }
  variables.push_back(absl::StrCat(kChildVariable, "=", name));
  for (const auto& [key, value] : arguments) {
    variables.push_back(absl::StrCat(kArgumentPrefix, key, "=", value));
  }
  std::vector<char*> environment;
  for (std::string& variable : variables)
    environment.push_back(variable.data());
  environment.push_back(nullptr);
  // Any test will do: the child never gets to run it.
  char program[] = "/proc/self/exe";
  char* const command[] = {program, nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 1, output_path.c_str(),
                                   O_WRONLY | O_CREAT | O_TRUNC, 0644);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  if (posix_spawn(&pid_, program, &actions, nullptr, command,
                  environment.data()) != 0) {
    pid_ = -1;
  }
  posix_spawn_file_actions_destroy(&actions);
}

ChildProcess::~ChildProcess() {
  if (!waited_) {
    Kill();
    Wait();
  }
}

void ChildProcess::Kill() {
  if (pid_ > 0 && !waited_) kill(pid_, SIGKILL);
}

bool ChildProcess::HasEnded() {
  if (!waited_ && pid_ > 0 && waitpid(pid_, &wait_status_, WNOHANG) == pid_) {
    waited_ = true;
  }
  return waited_;
}

int ChildProcess::Wait() {
  if (!waited_ && pid_ > 0) waitpid(pid_, &wait_status_, 0);
  waited_ = true;
  return wait_status_;
}

std::string ChildProcess::Output() const { return ReadFile(output_path_); }

}  // namespace daybook::testing
