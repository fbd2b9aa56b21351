// The socket in a store's folder through which its holder serves others.
//
// It is reached by its name in the opened folder ("/proc/self/fd/7/SOCKET"), so
// that the folder's own path may be longer than the 108 bytes that an address
// has room for. Sockets are handed to gRPC once connected; gRPC itself neither
// listens nor connects, and never sees a peer that was not checked.

#ifndef DAYBOOK_SERVER_SOCKET_H_
#define DAYBOOK_SERVER_SOCKET_H_

#include <sys/types.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook {

// In the store's folder.
inline constexpr char kSocketName[] = "SOCKET";

// An open file, closed when destroyed. Movable.
class OwnedFile {
 public:
  OwnedFile() = default;
  explicit OwnedFile(int file) : file_(file) {}
  OwnedFile(OwnedFile&& other) noexcept : file_(other.Release()) {}
  OwnedFile& operator=(OwnedFile&& other) noexcept;
  ~OwnedFile() { Close(); }

  int get() const { return file_; }
  // Lets go of it without closing it.
  int Release();

 private:
  void Close();

  int file_ = -1;
};

// Holds on to the folder, wherever it is moved. Errors: as the system says.
absl::StatusOr<OwnedFile> OpenFolder(const std::string& folder);

// A socket in the folder that others can connect to, of mode 0600. What is
// there of a process that was killed is replaced: REQUIRES that the caller
// holds the store. Errors: as the system says.
absl::StatusOr<OwnedFile> ListenIn(const OwnedFile& folder);

// Which file a socket is in its folder.
struct SocketId {
  dev_t device = 0;
  ino_t inode = 0;

  friend bool operator==(const SocketId&, const SocketId&) = default;
};

// The one that is there now. Errors: as the system says.
absl::StatusOr<SocketId> FindSocket(const OwnedFile& folder);

// Removes the socket from the folder, unless another one has taken its place.
void RemoveSocket(const OwnedFile& folder, const SocketId& id);

// The next peer of `listening`, or nothing (get() < 0) when none waits.
absl::StatusOr<OwnedFile> AcceptFrom(int listening);

// OK for a peer of the user `allowed`, and of root.
// Errors: kPermissionDenied, with the user.
absl::Status CheckPeer(int connected, uid_t allowed);

// Errors: kNotFound when there is no socket; kUnavailable when nobody listens;
// kPermissionDenied for one of another user, also when the listening process is
// another user's, unless that is root or, for root, the owner of the folder; as
// the system says.
absl::StatusOr<OwnedFile> ConnectTo(const std::string& folder);

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SOCKET_H_
