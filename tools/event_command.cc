#include "tools/event_command.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/time/clock.h"
#include "daybook/store/runtime.h"
#include "store/status_macros.h"
#include "tools/spawn.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// How soon the end of a command is seen, at first and when it takes long.
constexpr absl::Duration kFirstPause = absl::Microseconds(500);
constexpr absl::Duration kLongestPause = absl::Milliseconds(20);

// Nothing that the command or the event could be blamed for.
absl::Status Failed(std::string_view what) {
  return absl::ResourceExhaustedError(Concat(what, ": ", std::strerror(errno)));
}

// A file in memory that holds `text`, at its beginning. Not a pipe: nobody has
// to write while the command reads, or does not.
absl::StatusOr<int> FileOf(std::string_view text) {
  const int file = memfd_create("event", MFD_CLOEXEC);
  if (file < 0) return Failed("no memory for an event");
  while (!text.empty()) {
    const ssize_t written = write(file, text.data(), text.size());
    if (written < 0) {
      close(file);
      return Failed("no memory for an event");
    }
    text.remove_prefix(static_cast<size_t>(written));
  }
  lseek(file, 0, SEEK_SET);
  return file;
}

// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_08_02
constexpr int kNotStarted = 126;
constexpr int kNotFound = 127;

absl::Status StatusOf(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return absl::OkStatus();
  if (WIFEXITED(status) && (WEXITSTATUS(status) == kNotFound ||
                            WEXITSTATUS(status) == kNotStarted)) {
    return absl::NotFoundError(
        Concat("the command can't be started: sh ended with status ",
               WEXITSTATUS(status)));
  }
  return absl::FailedPreconditionError(
      WIFEXITED(status)
          ? Concat("the command ended with status ", WEXITSTATUS(status))
          : Concat("the command was ended by signal ", WTERMSIG(status)));
}

}  // namespace

absl::Status EventCommand::Run(const EventView& event, uint32_t attempt,
                               std::string_view json,
                               absl::FunctionRef<void()> alive) const {
  DAYBOOK_ASSIGN_OR_RETURN(const int input, FileOf(Concat(json, "\n")));
  const absl::Cleanup close_input = [input] { close(input); };

  SpawnOptions options;
  options.input = input;
  // So that all of it can be ended and Ctrl-C lets it finish.
  options.own_group = true;
  options.set = {Concat("DAYBOOK_STORE=", store_path_),
                 Concat("DAYBOOK_SUBSCRIPTION=", subscription_),
                 Concat("DAYBOOK_ATTEMPT=", attempt),
                 Concat("DAYBOOK_POSITION=", event.position.value()),
                 Concat("DAYBOOK_STREAM=", event.stream),
                 Concat("DAYBOOK_REVISION=", event.revision.value()),
                 Concat("DAYBOOK_TYPE=", event.type),
                 Concat("DAYBOOK_ID=", event.id.ToString())};
  pid_t pid = -1;
  if (const int error = Spawn({"sh", "-c", command_}, std::move(options), &pid);
      error != 0) {
    errno = error;
    return Failed("can't run sh");
  }

  const absl::Duration begin = Clock::System()->Monotonic();
  absl::Duration pause = kFirstPause;
  bool is_late = false;
  while (true) {
    int status = 0;
    const pid_t ended = waitpid(pid, &status, is_late ? 0 : WNOHANG);
    if (ended == pid) {
      if (!is_late) return StatusOf(status);
      return absl::DeadlineExceededError(Concat("the command took longer than ",
                                                absl::FormatDuration(timeout_),
                                                " and was ended"));
    }
    if (ended < 0 && errno != EINTR) return Failed("can't wait for sh");
    if (Clock::System()->Monotonic() - begin >= timeout_) {
      kill(-pid, SIGKILL);
      is_late = true;
      continue;
    }
    alive();
    absl::SleepFor(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

}  // namespace daybook::tools
