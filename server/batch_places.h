// The places of one subscription in memory that a client shares with the
// holder: one for each batch that is under way.

#ifndef DAYBOOK_SERVER_BATCH_PLACES_H_
#define DAYBOOK_SERVER_BATCH_PLACES_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "server/shared_memory.h"

namespace daybook {

// Thread-safe.
class BatchPlaces : public std::enable_shared_from_this<BatchPlaces> {
 public:
  // A batch, and some more events than make it large.
  static constexpr size_t kPlaceBytes = 768 << 10;

  // Null where no memory can be shared.
  static std::shared_ptr<BatchPlaces> Create() {
    std::shared_ptr<SharedMemory> memory =
        SharedMemory::Create(kCount * kPlaceBytes);
    if (memory == nullptr) return nullptr;
    return std::make_shared<BatchPlaces>(std::move(memory));
  }
  explicit BatchPlaces(std::shared_ptr<SharedMemory> memory)
      : memory_(std::move(memory)) {}

  const SharedMemory::Address& address() const { return memory_->address(); }

  // A place, for as long as somebody has what is returned. Null: all are taken.
  std::shared_ptr<const char> Take() {
    for (size_t i = 0; i < kCount; ++i) {
      if (taken_[i].exchange(true)) continue;
      return {memory_->data() + i * kPlaceBytes,
              [self = shared_from_this(), i](const char* /*place*/) {
                self->taken_[i] = false;
              }};
    }
    return nullptr;
  }
  // Where `place` begins.
  uint64_t BeginOf(const std::shared_ptr<const char>& place) const {
    return place.get() - memory_->data();
  }

  // Gives the memory back until it is needed again.
  // REQUIRES: nobody has a place.
  void Empty() { memory_->Empty(); }

 private:
  // Pulled ahead, and one that is looked at.
  static constexpr size_t kCount = 4;

  const std::shared_ptr<SharedMemory> memory_;
  std::array<std::atomic<bool>, kCount> taken_{};
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_BATCH_PLACES_H_
