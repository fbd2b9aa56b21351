#include "store/leaf_walk.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

using audit::Hash;

absl::Status NoLeaf(Position at) {
  return DamageError(at, "the event has no leaf");
}

}  // namespace

absl::StatusOr<Hash> LoadLeaf(LogReader& reader, Position at,
                              std::string_view stream, Revision revision) {
  EventView event;
  if (!reader.Read(at, &event)) return reader.status();
  if (event.stream != stream || event.revision != revision) {
    return absl::DataLossError(absl::StrCat(
        "revision ", revision.value(), " of stream ", Quoted(stream),
        " is not at position ", at.value(), ", where the index has it"));
  }
  if (!reader.chunk().has_audits()) return NoLeaf(at);
  return reader.chunk().Leaf(
      static_cast<uint32_t>(at.value() - reader.first().value()));
}

LeafWalk::StreamEnd& LeafWalk::EndOf(std::string_view stream) {
  return ends_.try_emplace(ToAbsl(stream)).first->second;
}

absl::StatusOr<uint32_t> LeafWalk::PlaceOf(Position at) {
  if (!reader_.Load(at)) return reader_.status();
  if (!reader_.chunk().has_audits()) return NoLeaf(at);
  return static_cast<uint32_t>(at.value() - reader_.first().value());
}

absl::Status LeafWalk::MakeLeaf(uint32_t place, const Hash& before) {
  const Position at = event_.position;
  stored_ = reader_.chunk().Audit(place);
  const std::optional<Hash> made =
      leaves_.HashOf(event_, reader_.chunk().AppendOf(place), stored_, before);
  if (!made.has_value()) {
    return DamageError(at, "no event that the store writes is like this one");
  }
  if (*made != stored_.leaf) {
    return DamageError(
        at, absl::StrCat("the event's leaf is ", made->ToHex(),
                         ", beside it stands ", stored_.leaf.ToHex()));
  }
  return absl::OkStatus();
}

absl::Status LeafWalk::SkipTo(
    Position from, std::string_view stream,
    absl::FunctionRef<absl::Status(const EventView& event, const Hash& leaf)>
        visit) {
  for (uint64_t at = 0; at < from.value(); ++at) {
    DAYBOOK_ASSIGN_OR_RETURN(const uint32_t place, PlaceOf(Position(at)));
    StreamEnd& end = EndOf(reader_.chunk().StreamOf(place));
    ++end.next_revision;
    const Hash before =
        std::exchange(end.last_leaf, reader_.chunk().Leaf(place));
    if (reader_.chunk().StreamOf(place) != stream) continue;
    if (!reader_.Read(Position(at), &event_)) return reader_.status();
    DAYBOOK_RETURN_IF_ERROR(MakeLeaf(place, before));
    DAYBOOK_RETURN_IF_ERROR(visit(event_, stored_.leaf));
  }
  return absl::OkStatus();
}

absl::StatusOr<Hash> LeafWalk::StoredLeaf(Position at) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint32_t place, PlaceOf(at));
  return reader_.chunk().Leaf(place);
}

std::string_view LeafWalk::StreamAt(Position at) const {
  return reader_.chunk().StreamOf(
      static_cast<uint32_t>(at.value() - reader_.first().value()));
}

absl::StatusOr<EventView> LeafWalk::EventAt(Position at) {
  EventView event;
  if (!reader_.Read(at, &event)) return reader_.status();
  return event;
}

absl::Status LeafWalk::ReachBefore(const EventView& event, StreamEnd* end) {
  const uint64_t revision = event.revision.value();
  if (revision == end->next_revision) return absl::OkStatus();
  if (finder_ == nullptr || revision < end->next_revision) {
    return DamageError(
        event.position,
        absl::StrCat("stream ", Quoted(event.stream), " goes on with ",
                     revision, " where ", end->next_revision, " belongs"));
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      end->last_leaf, finder_->FindLeaf(event.stream, event.revision.Previous(),
                                        event.position));
  end->next_revision = revision;
  return absl::OkStatus();
}

absl::Status LeafWalk::Read(Position at) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint32_t place, PlaceOf(at));
  if (!reader_.Read(at, &event_)) return reader_.status();
  StreamEnd& end = EndOf(event_.stream);
  DAYBOOK_RETURN_IF_ERROR(ReachBefore(event_, &end));
  DAYBOOK_RETURN_IF_ERROR(MakeLeaf(place, end.last_leaf));
  ++end.next_revision;
  end.last_leaf = stored_.leaf;
  return absl::OkStatus();
}

StoredLeaf LeafWalk::stored_leaf() const {
  return {event_.position, leaves_.bytes(), stored_.payload_salt,
          stored_.metadata_salt};
}

}  // namespace daybook
