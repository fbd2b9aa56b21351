#include "bench/child.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>

#include "bench/check.h"
#include "bench/clock.h"
#include "bench/daybook_store.h"
#include "bench/workload.h"

namespace daybook::bench {

int AppendUntilKilled(const std::string& path, size_t memory_bytes,
                      uint64_t seed) {
  try {
    const std::unique_ptr<EventStore> store = OpenStore(path, memory_bytes);
    Workload workload({.seed = seed, .tags = true});
    for (;;) {
      const Batch batch = workload.NextBatch(1'000);
      const AppendResult result = Take(store->Append(batch.request), "append");
      const uint64_t head = result.last_position.value() + 1;
      if (write(STDOUT_FILENO, &head, sizeof(head)) != sizeof(head)) return 1;
    }
  } catch (const std::exception& error) {
    std::fprintf(stderr, "child: %s\n", error.what());
    return 1;
  }
}

uint64_t AppendThenKill(const std::string& path, size_t memory_bytes,
                        uint64_t seed, double seconds) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) FailErrno("pipe");
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  std::string program = "daybook_bench";
  std::string argument = kChildArgument;
  std::string path_text = path;
  std::string memory_text = std::to_string(memory_bytes);
  std::string seed_text = std::to_string(seed);
  std::array<char*, 6> arguments = {program.data(),   argument.data(),
                                    path_text.data(), memory_text.data(),
                                    seed_text.data(), nullptr};
  pid_t child;
  const int error = posix_spawn(&child, "/proc/self/exe", &actions, nullptr,
                                arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (error != 0) {
    close(ends[0]);
    Fail("posix_spawn", "no child");
  }
  // Reads what the child was told until it is gone; kills it when time is up.
  uint64_t head = 0;
  int64_t deadline = 0;
  bool killed = false;
  for (;;) {
    if (head != 0 && deadline == 0) {
      deadline = NowNanos() + static_cast<int64_t>(seconds * 1e9);
    }
    if (deadline != 0 && !killed && NowNanos() >= deadline) {
      kill(child, SIGKILL);
      killed = true;
    }
    pollfd waiting{ends[0], POLLIN, 0};
    if (poll(&waiting, 1, 1) <= 0) continue;
    uint64_t told;
    if (read(ends[0], &told, sizeof(told)) != sizeof(told)) break;
    head = told;
  }
  close(ends[0]);
  waitpid(child, nullptr, 0);
  Check(killed, "child lives until it is killed");
  return head;
}

}  // namespace daybook::bench
