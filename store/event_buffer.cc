#include "store/event_buffer.h"

#include <algorithm>
#include <cstring>

#include "store/coding.h"

namespace daybook {
namespace {

constexpr size_t kBlockBytes = 64 << 10;

// Copies `text` to `*out`, moves that on, and lets `text` point to the copy.
void Move(std::string_view* text, char** out) {
  if (!text->empty()) std::memcpy(*out, text->data(), text->size());
  *text = std::string_view(*out, text->size());
  *out += text->size();
}

}  // namespace

void EventBuffer::Add(const EventView& event) {
  std::string tags;
  for (std::string_view tag : event.tags) PutString(&tags, tag);
  const size_t size = event.stream.size() + event.type.size() +
                      event.source.size() + event.content_type.size() +
                      event.payload.size() + event.append.key.size() +
                      event.encoded_metadata.size() + event.signature.size() +
                      tags.size();
  char* out = Reserve(size);
  EventView& copy = events_.emplace_back(event);
  Move(&copy.stream, &out);
  Move(&copy.type, &out);
  Move(&copy.source, &out);
  Move(&copy.content_type, &out);
  Move(&copy.append.key, &out);
  Move(&copy.encoded_metadata, &out);
  Move(&copy.signature, &out);
  std::string_view encoded_tags = tags;
  Move(&encoded_tags, &out);
  copy.tags = TagList(encoded_tags.data(), event.tags.size());
  Move(&copy.payload, &out);
}

char* EventBuffer::Reserve(size_t size) {
  if (room_ < size) {
    room_ = std::max(kBlockBytes, size);
    blocks_.push_back(std::make_unique_for_overwrite<char[]>(room_));
    end_ = blocks_.back().get();
  }
  char* const begin = end_;
  end_ += size;
  room_ -= size;
  bytes_ += size;
  return begin;
}

void EventBuffer::Clear() {
  events_.clear();
  bytes_ = 0;
  // One block of the usual size is kept.
  if (blocks_.size() == 1 && end_ + room_ == blocks_[0].get() + kBlockBytes) {
    end_ = blocks_[0].get();
    room_ = kBlockBytes;
    return;
  }
  blocks_.clear();
  room_ = 0;
  end_ = nullptr;
}

}  // namespace daybook
