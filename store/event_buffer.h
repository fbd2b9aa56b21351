// EventBuffer: copies of events, one after another, that stay where they are.
//
// For batches of events that no one piece of memory holds.

#ifndef DAYBOOK_STORE_EVENT_BUFFER_H_
#define DAYBOOK_STORE_EVENT_BUFFER_H_

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "daybook/store/event.h"

namespace daybook {

// Not thread-safe.
class EventBuffer {
 public:
  void Add(const EventView& event);
  // Forgets the events and keeps a little of their memory.
  void Clear();

  // Valid until the next Add() or Clear(); what they point to, until Clear().
  std::span<const EventView> events() const { return events_; }
  size_t bytes() const { return bytes_; }

 private:
  // Room for `size` bytes in a row.
  char* Reserve(size_t size);

  std::vector<EventView> events_;
  // Each of kBlockBytes, or for one event that is larger.
  std::vector<std::unique_ptr<char[]>> blocks_;
  size_t room_ = 0;  // in the last block
  char* end_ = nullptr;
  size_t bytes_ = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_EVENT_BUFFER_H_
