#include "tests/testing/thread_limit.h"

#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <climits>

namespace {

std::atomic<int> threads_left = INT_MAX;

}  // namespace

// The program's own comes before that of the system, for libraries too.
extern "C" int pthread_create(pthread_t* thread,
                              const pthread_attr_t* attributes,
                              void* (*run)(void*), void* argument) noexcept {
  static const auto kCreate = reinterpret_cast<decltype(&pthread_create)>(
      dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_left.fetch_sub(1) <= 0) return EAGAIN;
  return kCreate(thread, attributes, run, argument);
}

namespace daybook::testing {

ThreadLimit::ThreadLimit(int count) { threads_left = count; }

ThreadLimit::~ThreadLimit() { threads_left = INT_MAX; }

}  // namespace daybook::testing
