#include "store/tree_reader.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/log_tree.h"
#include "store/status_macros.h"
#include "store/stream_source.h"
#include "store/strings.h"

namespace daybook {
namespace {

// All events of a stream that there ever were, from `from` on.
absl::StatusOr<std::unique_ptr<EventCursor::Source>> ReadWholeStream(
    const std::shared_ptr<StoreCore>& core, std::string_view stream,
    const ReadStreamOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(Tail::StreamSnapshot snapshot,
                           core->tail->Snapshot(stream));
  if (!snapshot.state.first_position.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("stream ", Quoted(stream), " has no events"));
  }
  // What hides events from reads hides none here.
  snapshot.state.rules = StreamRules();
  return MakeStreamSource(core, std::string(stream), snapshot, options);
}

class Reader final : public TreeReader {
 public:
  Reader(const std::shared_ptr<StoreCore>& core, audit::TileEdge edge)
      : TreeReader({edge.size(), edge.Root()}),
        core_(core),
        held_(core),
        finder_(core),
        tiles_(*core->log, std::move(edge)) {}

  audit::TileSource& tiles() override { return tiles_; }

  absl::Status VisitLeaves(Position from, Position to, Visit visit) override {
    LeafWalk walk(*core_->log, from == Position(0) ? nullptr : &finder_);
    for (uint64_t at = from.value(); at < to.value(); ++at) {
      DAYBOOK_RETURN_IF_ERROR(walk.Read(Position(at)));
      if (!visit(walk.stored_leaf())) break;
    }
    return absl::OkStatus();
  }

  absl::Status VisitStream(std::string_view stream, Visit visit) override {
    absl::StatusOr<std::unique_ptr<EventCursor::Source>> events =
        ReadWholeStream(core_, stream, ReadStreamOptions());
    if (absl::IsNotFound(events.status())) return absl::OkStatus();
    DAYBOOK_RETURN_IF_ERROR(events.status());
    LeafWalk walk(*core_->log, &finder_);
    EventView event;
    while ((*events)->Next(&event)) {
      if (event.position.value() >= state().size) break;
      DAYBOOK_RETURN_IF_ERROR(walk.Read(event.position));
      if (!visit(walk.stored_leaf())) break;
    }
    return (*events)->status();
  }

 private:
  const std::shared_ptr<StoreCore> core_;
  // Close() waits for it.
  const CoreReference held_;
  IndexedLeafFinder finder_;
  LogTiles tiles_;
};

}  // namespace

absl::StatusOr<audit::Hash> IndexedLeafFinder::FindLeaf(std::string_view stream,
                                                        Revision revision,
                                                        Position position) {
  ReadStreamOptions options;
  options.from = options.to = revision;
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EventCursor::Source> events,
                           ReadWholeStream(core_, stream, options));
  EventView event;
  if (!events->Next(&event)) {
    DAYBOOK_RETURN_IF_ERROR(events->status());
    return absl::DataLossError(
        absl::StrCat("stream ", Quoted(stream), " has no revision ",
                     revision.value(), " before position ", position.value()));
  }
  if (event.position >= position) {
    return absl::DataLossError(
        absl::StrCat("revision ", revision.value(), " of stream ",
                     Quoted(stream), " is at position ", event.position.value(),
                     ", the next one at ", position.value()));
  }
  return LoadLeaf(reader_, event.position, stream, revision);
}

std::unique_ptr<TreeReader> MakeTreeReader(
    const std::shared_ptr<StoreCore>& core) {
  return std::make_unique<Reader>(core, core->tree->edge());
}

}  // namespace daybook
