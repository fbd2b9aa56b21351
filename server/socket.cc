#include "server/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// More wait in the kernel's queue while the accepting thread is busy.
constexpr int kBacklog = 128;
// So that a batch of events is written at once. The kernel takes less where it
// allows less.
constexpr int kSendBytes = 1 << 20;

absl::Status SystemError(int error, std::string_view doing) {
  return absl::ErrnoToStatus(error,
                             absl::string_view(doing.data(), doing.size()));
}

// Who may serve the store in `folder` to this process: its own user. Root reads
// stores of others, too: there it is the owner of the folder, whose store it
// is.
absl::StatusOr<uid_t> TrustedIn(const OwnedFile& opened,
                                const std::string& folder) {
  if (geteuid() != 0) return geteuid();
  struct stat found {};
  if (fstat(opened.get(), &found) != 0) {
    return SystemError(errno, absl::StrCat("ask whose ", folder, " is"));
  }
  return found.st_uid;
}

sockaddr_un AddressIn(const OwnedFile& folder) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path =
      absl::StrCat("/proc/self/fd/", folder.get(), "/", kSocketName);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* Generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

void WidenSocket(const OwnedFile& socket) {
  setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &kSendBytes,
             sizeof(kSendBytes));
}

absl::StatusOr<OwnedFile> NewSocket() {
  OwnedFile made(
      socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (made.get() < 0) return SystemError(errno, "make a socket");
  WidenSocket(made);
  return made;
}

}  // namespace

OwnedFile& OwnedFile::operator=(OwnedFile&& other) noexcept {
  if (this != &other) {
    Close();
    file_ = other.Release();
  }
  return *this;
}

int OwnedFile::Release() { return std::exchange(file_, -1); }

void OwnedFile::Close() {
  if (file_ >= 0) close(file_);
  file_ = -1;
}

absl::StatusOr<OwnedFile> OpenFolder(const std::string& folder) {
  OwnedFile file(open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (file.get() < 0) return SystemError(errno, absl::StrCat("open ", folder));
  return file;
}

absl::StatusOr<OwnedFile> ListenIn(const OwnedFile& folder) {
  if (unlinkat(folder.get(), kSocketName, 0) != 0 && errno != ENOENT) {
    return SystemError(errno, absl::StrCat("remove ", kSocketName));
  }
  DAYBOOK_ASSIGN_OR_RETURN(OwnedFile listening, NewSocket());
  // Before bind(), which gives the file this mode: it never had another.
  const sockaddr_un address = AddressIn(folder);
  if (fchmod(listening.get(), S_IRUSR | S_IWUSR) != 0 ||
      bind(listening.get(), Generic(address), sizeof(address)) != 0 ||
      listen(listening.get(), kBacklog) != 0) {
    return SystemError(errno, absl::StrCat("serve ", kSocketName));
  }
  return listening;
}

absl::StatusOr<SocketId> FindSocket(const OwnedFile& folder) {
  struct stat found {};
  if (fstatat(folder.get(), kSocketName, &found, AT_SYMLINK_NOFOLLOW) != 0) {
    return SystemError(errno, absl::StrCat("find ", kSocketName));
  }
  return SocketId{found.st_dev, found.st_ino};
}

void RemoveSocket(const OwnedFile& folder, const SocketId& id) {
  const absl::StatusOr<SocketId> found = FindSocket(folder);
  if (found.ok() && *found == id) unlinkat(folder.get(), kSocketName, 0);
}

absl::StatusOr<OwnedFile> AcceptFrom(int listening) {
  OwnedFile accepted(
      accept4(listening, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (accepted.get() >= 0) {
    WidenSocket(accepted);
    return accepted;
  }
  switch (errno) {
    case EAGAIN:
    case ECONNABORTED:
    case EINTR:
      return OwnedFile();
    default:
      return SystemError(errno, "accept a connection");
  }
}

absl::Status CheckPeer(int connected, uid_t allowed) {
  ucred peer{};
  socklen_t size = sizeof(peer);
  if (getsockopt(connected, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) {
    return SystemError(errno, "ask who connected");
  }
  if (peer.uid == allowed || peer.uid == 0) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      "the other side of the socket is user ", peer.uid, ", not ", allowed));
}

absl::StatusOr<OwnedFile> ConnectTo(const std::string& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const OwnedFile opened, OpenFolder(folder));
  DAYBOOK_ASSIGN_OR_RETURN(OwnedFile connected, NewSocket());
  const sockaddr_un address = AddressIn(opened);
  if (connect(connected.get(), Generic(address), sizeof(address)) != 0) {
    const int error = errno;
    const std::string doing =
        absl::StrCat("connect to ", folder, "/", kSocketName);
    // Left by one that was killed, or its queue is full.
    if (error == ECONNREFUSED || error == EAGAIN) {
      return absl::UnavailableError(
          absl::StrCat(doing, ": ", std::strerror(error)));
    }
    return SystemError(error, doing);
  }
  // Whoever can put a file into the folder could pose as the store.
  DAYBOOK_ASSIGN_OR_RETURN(const uid_t trusted, TrustedIn(opened, folder));
  DAYBOOK_RETURN_IF_ERROR(CheckPeer(connected.get(), trusted));
  return connected;
}

}  // namespace daybook
