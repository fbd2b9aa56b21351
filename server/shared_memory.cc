#include "server/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/random/random.h"
#include "absl/strings/str_cat.h"

namespace daybook {
namespace {

// Before the events: a page that holds the token.
constexpr size_t kHeaderBytes = 4096;
constexpr size_t kTokenBytes = 16;
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;

std::string MakeToken() {
  absl::BitGen random;
  std::string token(kTokenBytes, '\0');
  for (char& byte : token)
    byte = static_cast<char>(absl::Uniform<int>(random, 0, 256));
  return token;
}

// Null if it does not work.
char* Map(int file, size_t bytes) {
  void* const mapped =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  return mapped == MAP_FAILED ? nullptr : static_cast<char*>(mapped);
}

}  // namespace

SharedMemory::SharedMemory(OwnedFile file, size_t size, char* mapped,
                           Address address)
    : file_(std::move(file)),
      size_(size),
      mapped_(mapped),
      data_(mapped + kHeaderBytes),
      address_(std::move(address)) {}

SharedMemory::~SharedMemory() { munmap(mapped_, kHeaderBytes + size_); }

std::shared_ptr<SharedMemory> SharedMemory::Create(size_t size) {
  const size_t bytes = kHeaderBytes + size;
  OwnedFile file(memfd_create("daybook", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (file.get() < 0 || ftruncate(file.get(), static_cast<off_t>(bytes)) != 0 ||
      fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    return nullptr;
  }
  char* const mapped = Map(file.get(), bytes);
  if (mapped == nullptr) return nullptr;
  Address address{getpid(), file.get(), MakeToken()};
  std::memcpy(mapped, address.token.data(), kTokenBytes);
  return absl::WrapUnique(
      new SharedMemory(std::move(file), size, mapped, std::move(address)));
}

std::shared_ptr<SharedMemory> SharedMemory::Open(const Address& address) {
  if (address.token.size() != kTokenBytes) return nullptr;
  const std::string path =
      absl::StrCat("/proc/", address.process, "/fd/", address.file);
  // Whatever it turns out to be, opening it must not wait for anybody.
  const OwnedFile file(
      open(path.c_str(), O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  struct stat found {};
  if (file.get() < 0 || fstat(file.get(), &found) != 0 ||
      !S_ISREG(found.st_mode) ||
      found.st_size <= static_cast<off_t>(kHeaderBytes) ||
      (fcntl(file.get(), F_GET_SEALS) & kSeals) != kSeals) {
    return nullptr;
  }
  const auto bytes = static_cast<size_t>(found.st_size);
  char* const mapped = Map(file.get(), bytes);
  if (mapped == nullptr) return nullptr;
  auto memory = absl::WrapUnique(
      new SharedMemory(OwnedFile(), bytes - kHeaderBytes, mapped, address));
  if (std::string_view(mapped, kTokenBytes) != address.token) return nullptr;
  return memory;
}

void SharedMemory::Empty() {
  fallocate(file_.get(), FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
            kHeaderBytes, static_cast<off_t>(size_));
}

}  // namespace daybook
