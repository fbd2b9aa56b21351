#include "tests/tools/child.h"

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>

#include "absl/time/clock.h"
#include "gtest/gtest.h"

namespace daybook::testing {
namespace {

// In the child: a file as one of its standard streams.
void Redirect(const std::string& path, int descriptor) {
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || dup2(file, descriptor) < 0) _exit(126);
}

[[noreturn]] void Execute(const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment) {
  unsetenv("NO_COLOR");
  unsetenv("DAYBOOK_STORE");
  setenv("TERM", "xterm", 1);
  for (const std::string& variable : environment) {
    const size_t equals = variable.find('=');
    setenv(variable.substr(0, equals).c_str(), &variable[equals + 1], 1);
  }
  std::vector<char*> words;
  std::string program = DAYBOOK_PROGRAM;
  words.push_back(program.data());
  std::vector<std::string> copies = arguments;
  for (std::string& argument : copies) words.push_back(argument.data());
  words.push_back(nullptr);
  signal(SIGPIPE, SIG_DFL);
  execv(program.c_str(), words.data());
  _exit(127);
}

}  // namespace

Child::Child(const std::vector<std::string>& arguments,
             const ChildOptions& options)
    : options_(options) {
  int input[2];
  int pipe_out[2] = {-1, -1};
  EXPECT_EQ(pipe2(input, O_CLOEXEC), 0);
  if (options_.reader_leaves) {
    EXPECT_EQ(pipe2(pipe_out, O_CLOEXEC), 0);
  }
  if (options_.on_terminal) {
    winsize size{};
    size.ws_col = 80;
    size.ws_row = 24;
    pid_ = forkpty(&output_, nullptr, nullptr, &size);
  } else {
    pid_ = fork();
  }
  if (pid_ == 0) {
    dup2(input[0], STDIN_FILENO);
    if (options_.reader_leaves) {
      dup2(pipe_out[1], STDOUT_FILENO);
      Redirect(folder_.File("err"), STDERR_FILENO);
    } else if (!options_.on_terminal) {
      Redirect(folder_.File("out"), STDOUT_FILENO);
      Redirect(folder_.File("err"), STDERR_FILENO);
    }
    Execute(arguments, options_.environment);
  }
  close(input[0]);
  input_ = input[1];
  // A child that ends early must not end the test.
  signal(SIGPIPE, SIG_IGN);
  if (options_.reader_leaves) {
    close(pipe_out[1]);
    output_ = pipe_out[0];
  }
}

Child::~Child() {
  if (pid_ > 0) {
    Signal(SIGKILL);
    Wait();
  }
}

void Child::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = write(input_, text.data(), text.size());
    if (written <= 0) return;
    text.remove_prefix(static_cast<size_t>(written));
  }
}

void Child::AwaitOut(std::string_view text) {
  while (folder_.Read("out").find(text) == std::string::npos) {
    absl::SleepFor(absl::Milliseconds(5));
  }
}

void Child::Signal(int signal) {
  signalled_ = true;
  kill(pid_, signal);
}

CommandResult Child::Wait() {
  CommandResult result;
  const auto end_input = [this] {
    if (input_ >= 0) close(input_);
    input_ = -1;
  };
  if (!signalled_) end_input();
  if (options_.reader_leaves) {
    std::array<char, 10> few;
    EXPECT_GT(read(output_, few.data(), few.size()), 0);
  } else if (options_.on_terminal) {
    std::array<char, 4096> buffer;
    ssize_t count;
    // Ends with an error, EIO, once the child is gone.
    while ((count = read(output_, buffer.data(), buffer.size())) > 0) {
      result.out.append(buffer.data(), static_cast<size_t>(count));
    }
  }
  if (output_ >= 0) close(output_);
  output_ = -1;
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = -1;
  end_input();
  result.exit_code =
      WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  if (!options_.on_terminal) {
    result.out = folder_.Read("out");
    result.err = folder_.Read("err");
  }
  return result;
}

CommandResult RunDaybook(const std::vector<std::string>& arguments,
                         std::string_view input, const ChildOptions& options) {
  Child child(arguments, options);
  child.Write(input);
  return child.Wait();
}

}  // namespace daybook::testing
