// Chunks, runs and bodies: what is read of one is what a new one of the same
// events has. Checksums are made right first, or nothing would get past them:
// they find damage, not ill will.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/chunk.h"
#include "store/coding.h"
#include "store/metadata_codec.h"
#include "store/run.h"
#include "tests/fuzz/fuzz_target.h"

namespace daybook {
namespace {

// Of the layout in store/FORMAT.md, what it takes to mend checksums.
constexpr size_t kHeaderSize = 32;
constexpr size_t kEntrySize = 24;

// The chunk with right checksums, as far as its parts lie within it.
std::string Mended(std::string_view bytes) {
  std::string chunk(bytes);
  if (chunk.size() < kHeaderSize) return chunk;
  const auto u32 = [&](size_t at) {
    return uint64_t{LoadFixed<uint32_t>(chunk.data() + at)};
  };
  const uint64_t audit_size = chunk[0] == 1 ? 64 : 0;
  const uint64_t names = LoadFixed<uint16_t>(chunk.data() + 2);
  const uint64_t count = u32(16);
  const uint64_t head_size = kHeaderSize + count * (kEntrySize + audit_size) +
                             names * 4 + u32(24) + u32(28);
  if (head_size > chunk.size()) return chunk;
  const size_t bodies_size = chunk.size() - head_size;
  uint64_t begin = 0;
  for (uint64_t i = 0; i < count; ++i) {
    const size_t entry = kHeaderSize + i * kEntrySize;
    const uint64_t end = u32(entry + 8);
    if (begin > end || end > bodies_size) break;
    StoreFixed<uint32_t>(chunk.data() + entry + 12,
                         Checksum(std::string_view(chunk).substr(
                             head_size + begin, end - begin)));
    begin = end;
  }
  StoreFixed<uint32_t>(
      chunk.data() + 4,
      Checksum(std::string_view(chunk).substr(8, head_size - 8)));
  return chunk;
}

bool SameEvent(const EventView& a, const EventView& b) {
  return a.position == b.position && a.revision == b.revision &&
         a.stream == b.stream && a.type == b.type && a.source == b.source &&
         a.content_type == b.content_type && a.payload == b.payload &&
         a.id == b.id && a.tags.ToVector() == b.tags.ToVector() &&
         a.schema == b.schema && a.recorded_at == b.recorded_at &&
         a.occurred_at == b.occurred_at &&
         a.append.first_position == b.append.first_position &&
         a.append.count == b.append.count && a.append.key == b.append.key &&
         a.encoded_metadata == b.encoded_metadata;
}

EventHead HeadOf(const EventView& event) {
  return {event.position, event.revision, event.stream,
          event.type,     event.source,   event.content_type};
}

// Whether a builder can be given what the chunk has: events of one append are
// told by its first position, and a writer has no two with the same.
bool TellsAppendsApart(const ChunkReader& chunk) {
  for (uint32_t i = 1; i < chunk.count(); ++i) {
    const AppendHeader& a = chunk.AppendOf(i - 1);
    const AppendHeader& b = chunk.AppendOf(i);
    if (&a != &b && a.first_position == b.first_position) return false;
  }
  return true;
}

NewEvent ToNewEvent(const EventView& event, const Metadata& metadata) {
  return {.type = std::string(event.type),
          .payload = std::string(event.payload),
          .content_type = std::string(event.content_type),
          .tags = event.tags.ToVector(),
          .metadata = metadata,
          .occurred_at = event.occurred_at,
          .source = std::string(event.source),
          .id = event.id,
          .schema = event.schema};
}

}  // namespace

FUZZ_TARGET(store_chunk) {
  const std::string bytes = Mended(input);
  ChunkReader chunk;
  if (chunk.Parse(bytes) != nullptr) return;
  FUZZ_REQUIRE(chunk.count() > 0 && chunk.count() <= bytes.size());
  FUZZ_REQUIRE(chunk.first_recorded_at() ==
               chunk.AppendOf(0).recorded_at_micros);
  ChunkBuilder builder(chunk.kind());
  std::vector<EventView> events(chunk.count());
  const bool can_build =
      chunk.count() <= kChunkCountMax && TellsAppendsApart(chunk);
  for (uint32_t i = 0; i < chunk.count(); ++i) {
    FUZZ_REQUIRE(chunk.AppendOf(i).count > 0);
    if (chunk.Read(i, &events[i]) != nullptr) return;
    FUZZ_REQUIRE(chunk.StreamOf(i) == events[i].stream);
    std::optional<EventAudit> audit;
    if (chunk.has_audits()) audit = chunk.Audit(i);
    if (!can_build) continue;
    builder.Add(chunk.AppendOf(i), HeadOf(events[i]), chunk.Body(i),
                chunk.BodyChecksum(i), audit.has_value() ? &*audit : nullptr);
  }
  if (!can_build) return;
  const std::string again = builder.Finish();
  ChunkReader reader;
  FUZZ_REQUIRE(reader.Parse(again) == nullptr);
  FUZZ_REQUIRE(reader.count() == chunk.count());
  for (uint32_t i = 0; i < chunk.count(); ++i) {
    EventView event;
    FUZZ_REQUIRE(reader.Read(i, &event) == nullptr);
    FUZZ_REQUIRE(SameEvent(event, events[i]));
    FUZZ_REQUIRE(!chunk.has_audits() || reader.Audit(i) == chunk.Audit(i));
  }
}

FUZZ_TARGET(store_run) {
  std::string bytes(input);
  if (bytes.size() > 6 && bytes[0] == 0 && bytes[1] == 3) {
    // A short run: its bodies end where it ends, so that every place is tried.
    RunReader run;
    for (size_t end = bytes.size(); end > 6; --end) {
      StoreFixed<uint32_t>(
          bytes.data() + 2,
          Checksum(std::string_view(bytes).substr(6, end - 6)));
      const char* const problem = run.Parse(bytes);
      if (problem == nullptr) break;
      if (std::string_view(problem) != "run header checksum is wrong") return;
    }
  } else {
    bytes = Mended(input);
  }
  RunReader run;
  if (run.Parse(bytes) != nullptr) return;
  FUZZ_REQUIRE(run.count() > 0 && run.count() <= bytes.size());
  for (uint32_t i = 0; i < run.count(); ++i) {
    EventView event;
    if (run.Read(i, &event) != nullptr) continue;
    FUZZ_REQUIRE(event.revision.value() == run.first_revision() + i);
    FUZZ_REQUIRE(event.payload.size() <= bytes.size());
  }
}

FUZZ_TARGET(store_body) {
  EventView event;
  if (DecodeBody(input, &event) != nullptr) return;
  const std::optional<Metadata> metadata =
      DecodeMetadata(event.encoded_metadata);
  if (!metadata.has_value()) return;
  std::string again;
  EncodeBody(ToNewEvent(event, *metadata), event.id, &again);
  EventView read;
  FUZZ_REQUIRE(DecodeBody(again, &read) == nullptr);
  // One text of metadata only is written, of any is read.
  read.encoded_metadata = event.encoded_metadata;
  FUZZ_REQUIRE(SameEvent(read, event));
}

FUZZ_TARGET(store_metadata) {
  const std::optional<Metadata> metadata = DecodeMetadata(input);
  const std::string_view correlation_id = CorrelationIdOf(input);
  if (!metadata.has_value()) return;
  FUZZ_REQUIRE(correlation_id == metadata->correlation_id);
  const std::string encoded = EncodeMetadata(*metadata);
  FUZZ_REQUIRE(encoded.size() == EncodedMetadataSize(*metadata));
  FUZZ_REQUIRE(DecodeMetadata(encoded) == metadata);
  FUZZ_REQUIRE(CorrelationIdOf(encoded) == metadata->correlation_id);
}

}  // namespace daybook
