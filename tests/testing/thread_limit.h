// Lets tests see a machine that has no thread to give.

#ifndef DAYBOOK_TESTS_TESTING_THREAD_LIMIT_H_
#define DAYBOOK_TESTS_TESTING_THREAD_LIMIT_H_

namespace daybook::testing {

// Until it goes, `count` more threads can be started in this process. One at a
// time. Stands in for pthread_create(), so it works in a binary alone that is
// linked with thread_limit.cc; RocksDB and gRPC abort where theirs don't start.
class ThreadLimit {
 public:
  explicit ThreadLimit(int count);
  ~ThreadLimit();
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_THREAD_LIMIT_H_
