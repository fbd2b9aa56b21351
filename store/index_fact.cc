#include "store/index_fact.h"

#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/time.h"
#include "store/stream_state.h"
#include "store/strings.h"

namespace daybook {

FactHasher::FactHasher() {
  std::random_device random;
  seed_ = (uint64_t{random()} << 32) | random();
}

uint64_t FactHasher::HashEvent(const EventView& event, std::string_view body,
                               uint64_t stream_hash) const {
  return HashNumbers(
      event.position.value(), event.revision.value(), stream_hash,
      event.append.first_position.value(), uint64_t{event.append.count},
      static_cast<uint64_t>(absl::ToUnixMicros(event.recorded_at)),
      Hash(event.type), Hash(event.source), Hash(event.content_type),
      Hash(body));
}

std::string TermText(const EventView& event, uint64_t hash) {
  const auto is = [&](TermKind kind, std::string_view text) {
    return TermHash(kind, text) == hash;
  };
  std::string what;
  if (is(TermKind::kType, event.type)) {
    what = absl::StrCat("type ", Quoted(event.type));
  } else if (is(TermKind::kCategory, CategoryOf(event.stream))) {
    what = absl::StrCat("category ", Quoted(CategoryOf(event.stream)));
  } else if (const std::string id = event.metadata().correlation_id;
             is(TermKind::kCorrelation, id)) {
    what = absl::StrCat("correlation id ", Quoted(id));
  }
  for (const std::string_view tag : event.tags) {
    if (is(TermKind::kTag, tag)) what = absl::StrCat("tag ", Quoted(tag));
  }
  return absl::StrCat("the ", what, absl::StrFormat(" (%016x)", hash));
}

std::string EventText(const EventView& event, std::string_view body,
                      std::string_view stream) {
  return absl::StrCat("revision ", event.revision.value(), " of stream ",
                      Quoted(stream), ", type ", Quoted(event.type), ", ",
                      body.size(), " bytes with the hash ",
                      absl::StrFormat("%016x", StableHash(body, 0)));
}

std::string LeafText(const audit::Hash& leaf) {
  return absl::StrCat("the stream's last leaf ", leaf.ToHex());
}

std::string HeadText(std::string_view stream, const StreamHead& head) {
  return absl::StrCat(
      "stream ", Quoted(stream), " from position ", head.first_position.value(),
      " to ", head.last_position.value(), ", ", head.next_revision, " events");
}

}  // namespace daybook
