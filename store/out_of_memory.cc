#include "store/out_of_memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <new>
#include <system_error>

namespace daybook {
namespace {

// More than any sound piece of a file takes at once.
constexpr size_t kPlentyBytes = size_t{256} << 20;

// Whether there is memory still, so that what was refused was absurd.
bool IsPlentyLeft() {
  void* probe = mmap(nullptr, kPlentyBytes, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (probe == MAP_FAILED) return false;
  munmap(probe, kPlentyBytes);
  return true;
}

void EndOrThrow() {
  if (!IsPlentyLeft()) EndOutOfMemory();
  throw std::bad_alloc();
}

// For threads that could not be started, which the standard library throws.
[[noreturn]] void EndOnException() {
  try {
    if (const std::exception_ptr thrown = std::current_exception()) {
      std::rethrow_exception(thrown);
    }
  } catch (const std::system_error& error) {
    if (error.code() == std::errc::resource_unavailable_try_again ||
        error.code() == std::errc::not_enough_memory) {
      EndOutOfMemory();
    }
  } catch (...) {
    // As without this handler.
  }
  // RocksDB may leave threads behind when it can't start another, and then
  // nothing tells why.
  if (!IsPlentyLeft()) EndOutOfMemory();
  std::abort();
}

}  // namespace

void EndOutOfMemory() { _exit(kOutOfMemoryStatus); }

void EndWhenOutOfMemory() {
  std::set_new_handler(EndOrThrow);
  std::set_terminate(EndOnException);
}

}  // namespace daybook
