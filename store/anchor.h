// The anchor: how long the log is, kept outside RocksDB.
//
// Point-in-time recovery, the only mode that survives ordinary crashes, takes
// damage in the middle of the write-ahead log for its end and drops what comes
// after, without a word. The anchor tells the difference: after each synced
// group and before its acknowledgement the log's new size is written here, so
// that at open a log shorter than its anchor has lost something acknowledged.
//
// Two slots in one small file, written in turn, each with its own checksum: a
// torn write leaves the other. A write goes to the page cache and survives the
// death of the process; a sync each second (by the owner) makes it survive a
// power cut. It is never ahead of the log.
//
// Grammar: store/FORMAT.md, "ANCHOR". Not thread-safe.

#ifndef DAYBOOK_STORE_ANCHOR_H_
#define DAYBOOK_STORE_ANCHOR_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/numbers.h"

namespace daybook {

class Anchor {
 public:
  // Makes the anchor of a new store in `folder`, of size 0, durably.
  static absl::StatusOr<std::unique_ptr<Anchor>> Create(
      const std::string& folder);

  // Opens the anchor of the store in `folder`.
  // Errors: kDataLoss when it is missing or neither slot is whole: nothing
  // tells then whether the log is.
  static absl::StatusOr<std::unique_ptr<Anchor>> Open(
      const std::string& folder);

  // The same to look at: Write() is not to be called.
  static absl::StatusOr<std::unique_ptr<Anchor>> OpenToLook(
      const std::string& folder);

  // What the anchor in `folder` says, with nothing written or held.
  // Errors: as Open().
  static absl::StatusOr<Position> Read(const std::string& folder);

  ~Anchor();
  Anchor(const Anchor&) = delete;
  Anchor& operator=(const Anchor&) = delete;

  // The log's size when this was last written.
  Position head() const { return head_; }

  // One slot was not whole when this was opened: if it was the newer one,
  // head() is that of one write earlier. It is damage, or the write that a
  // power cut tore. The next Write() goes there.
  bool has_damaged_slot() const { return has_damaged_slot_; }

  // REQUIRES: everything below `head` is durable.
  absl::Status Write(Position head);
  // Makes the last write durable; costs nothing when it is already.
  absl::Status Sync();

 private:
  static absl::StatusOr<std::unique_ptr<Anchor>> Open(const std::string& folder,
                                                      int access);
  Anchor(int file, Position head, uint64_t turn, bool has_damaged_slot)
      : file_(file),
        head_(head),
        turn_(turn),
        has_damaged_slot_(has_damaged_slot) {}

  int file_;
  Position head_;
  uint64_t turn_;
  bool has_damaged_slot_;
  bool dirty_ = false;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_ANCHOR_H_
