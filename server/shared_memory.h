// Memory of a client into which the holder writes the events of large batches,
// so that they need not go through the socket: copying them four times costs
// more than all else of catching up.
//
// The client makes it, tells where it is, and says for each batch which place
// in it is free. The holder opens it through /proc of the client; where it
// can't (another namespace of processes), events go through the socket. Only
// the holder writes to it, only the client reads. It can't be made smaller,
// which would end the other side with SIGBUS, and begins with a token, so that
// no other process's file is taken for it.

#ifndef DAYBOOK_SERVER_SHARED_MEMORY_H_
#define DAYBOOK_SERVER_SHARED_MEMORY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "server/socket.h"

namespace daybook {

// Mapped as long as it lives. Thread-safe, but for what is in it.
class SharedMemory {
 public:
  // Where the other side finds it.
  struct Address {
    int64_t process = 0;
    int file = -1;
    std::string token;
  };

  // With `size` bytes for events, which take no memory until they are written.
  // Null where the system has no such memory; that is no error of anybody.
  static std::shared_ptr<SharedMemory> Create(size_t size);
  // Null where it is not to be had, or is something else.
  static std::shared_ptr<SharedMemory> Open(const Address& address);

  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  const Address& address() const { return address_; }
  size_t size() const { return size_; }
  char* data() const { return data_; }

  // Forgets what is in it, and takes no memory again. Of one that was created.
  void Empty();

 private:
  SharedMemory(OwnedFile file, size_t size, char* mapped, Address address);

  const OwnedFile file_;
  const size_t size_;
  char* const mapped_;
  char* const data_;
  const Address address_;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SHARED_MEMORY_H_
