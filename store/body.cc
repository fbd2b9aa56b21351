#include "store/body.h"

#include <cstring>

#include "store/coding.h"
#include "store/metadata_codec.h"

namespace daybook {
namespace {

// Stored; never renumber. Bits 4 and 6-15 are reserved (FORMAT.md says for
// what) and refused, so that an older reader never misreads a newer event.
constexpr uint16_t kHasOccurredAt = 1 << 0;
constexpr uint16_t kHasMetadata = 1 << 1;
constexpr uint16_t kHasTags = 1 << 2;
constexpr uint16_t kHasSchema = 1 << 3;
constexpr uint16_t kHasSignature = 1 << 5;
constexpr uint16_t kKnownFlags =
    kHasOccurredAt | kHasMetadata | kHasTags | kHasSchema | kHasSignature;

}  // namespace

void EncodeBody(const NewEvent& event, const EventId& id, std::string* out) {
  const std::string metadata = EncodeMetadata(event.metadata);
  uint16_t flags = 0;
  if (event.occurred_at.has_value()) flags |= kHasOccurredAt;
  if (!metadata.empty()) flags |= kHasMetadata;
  if (!event.tags.empty()) flags |= kHasTags;
  if (!event.schema.none()) flags |= kHasSchema;
  // What is restored may come with salts alone.
  const bool is_signed =
      event.signature.has_value() && !event.signature->bytes.empty();
  if (is_signed) flags |= kHasSignature;
  PutFixed<uint16_t>(out, flags);
  out->append(reinterpret_cast<const char*>(id.bytes().data()), EventId::kSize);
  if (event.occurred_at.has_value()) {
    PutFixed<int64_t>(out, absl::ToUnixMicros(*event.occurred_at));
  }
  if (!metadata.empty()) PutString(out, metadata);
  if (!event.tags.empty()) {
    PutVarint(out, event.tags.size());
    for (const std::string& tag : event.tags) PutString(out, tag);
  }
  if (!event.schema.none()) PutFixed<uint64_t>(out, event.schema.value());
  if (is_signed) PutString(out, event.signature->bytes);
  out->append(event.payload);
}

const char* DecodeBody(std::string_view body, EventView* event) {
  constexpr size_t kFixedSize = sizeof(uint16_t) + EventId::kSize;
  if (body.size() < kFixedSize) return "body is too short";
  const auto flags = LoadFixed<uint16_t>(body.data());
  if ((flags & ~kKnownFlags) != 0) return "body has flags of a newer format";
  event->id = EventId::FromBytes(body.substr(sizeof(uint16_t), EventId::kSize));
  body.remove_prefix(kFixedSize);

  event->occurred_at.reset();
  if ((flags & kHasOccurredAt) != 0) {
    int64_t micros;
    if (!TakeFixed(&body, &micros)) return "occurred-at is cut";
    event->occurred_at = absl::FromUnixMicros(micros);
  }
  event->encoded_metadata = {};
  if ((flags & kHasMetadata) != 0 &&
      !TakeString(&body, &event->encoded_metadata)) {
    return "metadata is cut";
  }
  event->tags = TagList();
  if ((flags & kHasTags) != 0) {
    uint64_t count;
    if (!TakeVarint(&body, &count)) return "tag count is cut";
    event->tags = TagList(body.data(), count);
    for (uint64_t i = 0; i < count; ++i) {
      std::string_view tag;
      if (!TakeString(&body, &tag)) return "tags are cut";
    }
  }
  event->schema = SchemaHash();
  if ((flags & kHasSchema) != 0) {
    uint64_t hash;
    if (!TakeFixed(&body, &hash)) return "schema hash is cut";
    event->schema = SchemaHash(hash);
  }
  event->signature = {};
  if ((flags & kHasSignature) != 0) {
    if (!TakeString(&body, &event->signature)) return "signature is cut";
    if (event->signature.empty()) return "signature is empty";
  }
  event->payload = body;
  return nullptr;
}

}  // namespace daybook
