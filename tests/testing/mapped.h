// A struct that several processes share, and that outlives each of them: what a
// child that is killed has told its parent is there.

#ifndef DAYBOOK_TESTS_TESTING_MAPPED_H_
#define DAYBOOK_TESTS_TESTING_MAPPED_H_

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <string>
#include <type_traits>

#include "gtest/gtest.h"

namespace daybook::testing {

// `T` in a file; zeros at first. REQUIRES: all zeros are a T; its members are
// atomic.
template <typename T>
class Mapped {
 public:
  static_assert(std::is_trivially_destructible_v<T>);

  explicit Mapped(const std::string& path) {
    const int file = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (ftruncate(file, sizeof(T)) == 0) {
      memory_ =
          mmap(nullptr, sizeof(T), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    }
    close(file);
    if (memory_ == MAP_FAILED) ADD_FAILURE() << "can't map " << path;
  }
  ~Mapped() { munmap(memory_, sizeof(T)); }
  Mapped(const Mapped&) = delete;
  Mapped& operator=(const Mapped&) = delete;

  T* operator->() { return static_cast<T*>(memory_); }

 private:
  void* memory_ = MAP_FAILED;
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_MAPPED_H_
