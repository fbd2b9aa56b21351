// Where the events of a subscription's next batch are put: into memory that the
// client shares, if it named a place there for it and they fit; otherwise into
// the reply. What does not fit any more is of the batch after it: the client's
// memory is written to, never read.

#ifndef DAYBOOK_SERVER_BATCH_SPACE_H_
#define DAYBOOK_SERVER_BATCH_SPACE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daybook/v1/service.pb.h"
#include "server/shared_memory.h"
#include "server/wire_events.h"

namespace daybook {

// Not thread-safe.
class BatchSpace {
 public:
  // Null: there is none.
  void ShareMemory(std::shared_ptr<SharedMemory> memory) {
    memory_ = std::move(memory);
  }
  // For what is put next, unless the batch has begun; what is no place there is
  // not used.
  void UsePlace(uint64_t begin, uint64_t size) {
    if (count_ > 0) return;
    place_ = at_ = nullptr;
    if (memory_ == nullptr || size == 0 || begin > memory_->size() ||
        size > memory_->size() - begin) {
      return;
    }
    place_ = at_ = memory_->data() + begin;
    end_ = place_ + size;
  }

  void Put(const EventView& event) {
    ++count_;
    if (place_ != nullptr && !left_from_.has_value()) {
      if (wire::WriteEvent(event, end_, &at_)) {
        ++placed_count_;
        return;
      }
      if (placed_count_ > 0) {
        left_from_ = event.position;
      } else {
        place_ = at_ = nullptr;
      }
    }
    // One that grows this large is one of many.
    if (inline_.size() >= kManyBytes && inline_.capacity() < kBatchBytes) {
      inline_.reserve(kBatchBytes);
    }
    wire::AppendEvent(event, &inline_);
  }

  uint64_t count() const { return count_; }
  // Whether it is time to send it.
  bool is_large() const {
    return left_from_.has_value() || size() >= kBatchBytes;
  }

  // Fills `*batch`, and begins anew, with what is left. Gives where that
  // begins; nothing if all was sent.
  std::optional<Position> MoveTo(v1::SubscribeReply::Batch* batch) {
    batch->set_placed_size(at_ - place_);
    place_ = at_ = nullptr;
    const uint64_t placed_count = std::exchange(placed_count_, 0);
    if (left_from_.has_value()) {
      count_ -= placed_count;
      return std::exchange(left_from_, std::nullopt);
    }
    batch->set_events(std::exchange(inline_, {}));
    count_ = 0;
    return std::nullopt;
  }

 private:
  // Batches of the store are put together up to this size.
  static constexpr size_t kBatchBytes = 512 << 10;
  static constexpr size_t kManyBytes = 16 << 10;

  size_t size() const { return inline_.size() + (at_ - place_); }

  std::shared_ptr<SharedMemory> memory_;
  // Null: `inline_` is used.
  char* place_ = nullptr;
  char* at_ = nullptr;
  const char* end_ = nullptr;
  std::string inline_;
  // Of all that was put, and of what is in the place.
  uint64_t count_ = 0;
  uint64_t placed_count_ = 0;
  // From here on `inline_` is of the next batch.
  std::optional<Position> left_from_;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_BATCH_SPACE_H_
