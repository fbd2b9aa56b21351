#include "replay/fold_segment.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "absl/hash/hash.h"
#include "replay/caught_projection.h"
#include "replay/fold_error.h"
#include "store/caught.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// One segment's messages end about here.
constexpr size_t kArenaBytesMax = 16 << 20;

pb::ArenaOptions LargeBlocks() {
  pb::ArenaOptions options;
  options.start_block_size = 64 << 10;
  options.max_block_size = 1 << 20;
  return options;
}

}  // namespace

FoldSegment::FoldSegment(Position begin, Position end, size_t partition_count)
    : begin_(begin), end_(end), arena_(LargeBlocks()), uses_(partition_count) {}

absl::Status FoldSegment::Decode(EventStore& store,
                                 const AnyProjection& projection,
                                 const EventPredicate& where) {
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store.ReadLog({.from = begin_, .to = end_.Previous()}));
  PreparedEvent prepared;
  for (const EventView& view : cursor) {
    if (!projection.Wants(view)) continue;
    bool wanted = true;
    if (where) {
      DAYBOOK_RETURN_IF_ERROR(Caught("the filter", [&] {
        wanted = where(view);
        return absl::OkStatus();
      }));
    }
    if (!wanted) continue;
    const absl::Status status =
        PrepareCaught(projection, view, &arena_, &prepared);
    if (!status.ok()) return AtEvent(status, projection.name(), view);
    if (prepared.message == nullptr || prepared.keys.empty()) continue;
    Keep(view, &prepared);
    if (arena_.SpaceAllocated() >= kArenaBytesMax) {
      end_ = view.position.Next();
      return absl::OkStatus();
    }
  }
  return cursor.status();
}

void FoldSegment::Keep(const EventView& view, PreparedEvent* event) {
  char* const stream =
      pb::Arena::CreateArray<char>(&arena_, view.stream.size());
  std::ranges::copy(view.stream, stream);
  event->info.stream = {stream, view.stream.size()};
  const PreparedEvent& kept = events_.emplace_back(std::move(*event));
  for (size_t i = 0; i < kept.keys.size(); ++i) {
    const size_t partition =
        uses_.size() == 1 ? 0 : absl::HashOf(kept.keys[i]) % uses_.size();
    uses_[partition].push_back({&kept, i});
  }
}

size_t FoldSegment::memory_bytes() const {
  return arena_.SpaceAllocated() + events_.size() * sizeof(PreparedEvent);
}

}  // namespace daybook
