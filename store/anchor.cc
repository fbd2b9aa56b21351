#include "store/anchor.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/checksum.h"
#include "store/coding.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Stored; never change.
constexpr uint64_t kMagic = 0x726f68636e616264;  // "dbanchor"
// Apart, so that one torn sector never hits both.
constexpr off_t kSlotDistance = 4096;
constexpr size_t kSlotSize = 32;

struct Slot {
  uint64_t turn = 0;
  Position head;
};

std::string EncodeSlot(const Slot& slot) {
  std::string bytes;
  PutFixed<uint64_t>(&bytes, kMagic);
  PutFixed<uint64_t>(&bytes, slot.turn);
  PutFixed<uint64_t>(&bytes, slot.head.value());
  PutFixed<uint64_t>(&bytes, Checksum(bytes));
  return bytes;
}

std::optional<Slot> ReadSlot(int file, uint64_t turn) {
  char bytes[kSlotSize];
  const off_t at = static_cast<off_t>(turn % 2) * kSlotDistance;
  if (pread(file, bytes, kSlotSize, at) != static_cast<ssize_t>(kSlotSize)) {
    return std::nullopt;
  }
  const std::string_view view(bytes, kSlotSize);
  if (LoadFixed<uint64_t>(bytes) != kMagic ||
      LoadFixed<uint64_t>(bytes + 24) != Checksum(view.substr(0, 24))) {
    return std::nullopt;
  }
  return Slot{LoadFixed<uint64_t>(bytes + 8),
              Position(LoadFixed<uint64_t>(bytes + 16))};
}

std::string AnchorPath(const std::string& folder) { return folder + "/ANCHOR"; }

absl::Status UselessError(const std::string& path, std::string_view what) {
  return absl::DataLossError(absl::StrCat(
      path, " is ", ToAbsl(what),
      ": nothing tells whether the log is whole; restore the folder from a "
      "backup, or see what `recover` finds in the log: it makes a new one"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Anchor>> Anchor::Create(
    const std::string& folder) {
  const std::string path = AnchorPath(folder);
  const int file =
      open(path.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return ErrnoStatus(errno, "create " + path);
  std::unique_ptr<Anchor> anchor(new Anchor(file, Position(0), 1, false));
  // Both slots whole from the start: one that is not is damage, or the write
  // that was under way.
  for (int slot = 0; slot < 2; ++slot) {
    DAYBOOK_RETURN_IF_ERROR(anchor->Write(Position(0)));
  }
  DAYBOOK_RETURN_IF_ERROR(anchor->Sync());
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(folder));
  return anchor;
}

absl::StatusOr<std::unique_ptr<Anchor>> Anchor::Open(
    const std::string& folder) {
  return Open(folder, O_RDWR);
}

absl::StatusOr<std::unique_ptr<Anchor>> Anchor::OpenToLook(
    const std::string& folder) {
  return Open(folder, O_RDONLY);
}

absl::StatusOr<Position> Anchor::Read(const std::string& folder) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Anchor> anchor,
                           OpenToLook(folder));
  return anchor->head();
}

absl::StatusOr<std::unique_ptr<Anchor>> Anchor::Open(const std::string& folder,
                                                     int access) {
  const std::string path = AnchorPath(folder);
  const int file = open(path.c_str(), access | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) {
    return UselessError(path, "missing");
  }
  if (file < 0) return ErrnoStatus(errno, "open " + path);
  const std::optional<Slot> even = ReadSlot(file, 0);
  const std::optional<Slot> odd = ReadSlot(file, 1);
  if (!even.has_value() && !odd.has_value()) {
    close(file);
    return UselessError(path, "damaged");
  }
  const bool even_is_last =
      !odd.has_value() || (even.has_value() && even->turn > odd->turn);
  const Slot last = even_is_last ? *even : *odd;
  return std::unique_ptr<Anchor>(new Anchor(
      file, last.head, last.turn, !even.has_value() || !odd.has_value()));
}

Anchor::~Anchor() { close(file_); }

absl::Status Anchor::Write(Position head) {
  ++turn_;
  const std::string bytes = EncodeSlot({turn_, head});
  const off_t at = static_cast<off_t>(turn_ % 2) * kSlotDistance;
  if (pwrite(file_, bytes.data(), bytes.size(), at) !=
      static_cast<ssize_t>(bytes.size())) {
    return ErrnoStatus(errno, "write the anchor");
  }
  head_ = head;
  has_damaged_slot_ = false;
  dirty_ = true;
  return absl::OkStatus();
}

absl::Status Anchor::Sync() {
  if (!dirty_) return absl::OkStatus();
  if (fdatasync(file_) != 0) return ErrnoStatus(errno, "sync the anchor");
  dirty_ = false;
  return absl::OkStatus();
}

}  // namespace daybook
