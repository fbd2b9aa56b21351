#include "store/run.h"

#include "store/body.h"
#include "store/checksum.h"
#include "store/coding.h"

namespace daybook {
namespace {

// Stored; never renumber. Kinds 1 and 2 are chunks.
constexpr char kFormat = 0;
constexpr char kShortRunKind = 3;
constexpr size_t kHeaderSize = 6;  // format, kind, checksum of the heads

// A name, or that it is the one before: the first one of a run is compared
// with the empty name.
void PutName(std::string* out, std::string_view name,
             std::string_view* previous) {
  if (name == *previous) {
    PutVarint(out, 0);
    return;
  }
  PutVarint(out, name.size() + 1);
  out->append(name);
  *previous = name;
}

bool TakeName(std::string_view* in, std::string_view* previous) {
  uint64_t size;
  if (!TakeVarint(in, &size)) return false;
  return size == 0 || TakeBytes(in, size - 1, previous);
}

}  // namespace

void RunBuilder::Add(const AppendHeader& append, const EventHead& head,
                     std::string_view body, uint32_t body_checksum) {
  if (chunk_.empty() && added_.size() < kShortRunCountMax) {
    added_.push_back({append, head, body, body_checksum});
    return;
  }
  MoveToChunk();
  chunk_.Add(append, head, body, body_checksum);
}

void RunBuilder::MoveToChunk() {
  for (const Added& event : added_) {
    chunk_.Add(event.append, event.head, event.body, event.body_checksum);
  }
  added_.clear();
}

std::string_view RunBuilder::Finish() {
  if (added_.empty()) {
    run_ = chunk_.Finish();
    return run_;
  }
  run_.clear();
  run_.push_back(kFormat);
  run_.push_back(kShortRunKind);
  PutFixed<uint32_t>(&run_, 0);  // the checksum, set below
  PutVarint(&run_, added_.size());
  PutVarint(&run_, added_.front().head.revision.value());
  uint64_t position = 0;
  int64_t recorded = 0;
  std::string_view type, source, content_type;
  for (const Added& event : added_) {
    PutVarint(&run_, event.head.position.value() - position);
    position = event.head.position.value();
    PutVarint(&run_, position - event.append.first_position.value());
    PutVarint(&run_, event.append.count);
    PutVarint(&run_, ZigZag(event.append.recorded_at_micros - recorded));
    recorded = event.append.recorded_at_micros;
    PutVarint(&run_, event.body.size());
    PutFixed<uint32_t>(&run_, event.body_checksum);
    PutName(&run_, event.head.type, &type);
    PutName(&run_, event.head.source, &source);
    PutName(&run_, event.head.content_type, &content_type);
  }
  StoreFixed<uint32_t>(run_.data() + 2,
                       Checksum(std::string_view(run_).substr(kHeaderSize)));
  for (const Added& event : added_) run_.append(event.body);
  added_.clear();
  return run_;
}

const char* RunReader::Parse(std::string_view bytes) {
  count_ = 0;
  short_ = bytes.size() > kHeaderSize && bytes[0] == kFormat &&
           bytes[1] == kShortRunKind;
  if (short_) return ParseShort(bytes);
  if (const char* problem = chunk_.Parse(bytes)) return problem;
  if (chunk_.kind() != ChunkKind::kRun) return "run is of another kind";
  first_revision_ = chunk_.first_number();
  count_ = chunk_.count();
  return nullptr;
}

const char* RunReader::ParseShort(std::string_view bytes) {
  std::string_view in = bytes.substr(kHeaderSize);
  uint64_t count, revision;
  if (!TakeVarint(&in, &count) || !TakeVarint(&in, &revision)) {
    return "run is cut";
  }
  if (count == 0 || count > kShortRunCountMax) return "run count is wrong";
  events_.resize(count);
  uint64_t position = 0;
  // Unsigned, as sums of what anybody may have written wrap around.
  uint64_t recorded = 0;
  uint64_t bodies_size = 0;
  std::string_view type, source, content_type;
  uint64_t next_revision = revision;
  for (ShortEvent& event : events_) {
    uint64_t position_delta, append_offset, append_count, recorded_delta;
    uint64_t body_size;
    if (!TakeVarint(&in, &position_delta) || !TakeVarint(&in, &append_offset) ||
        !TakeVarint(&in, &append_count) || !TakeVarint(&in, &recorded_delta) ||
        !TakeVarint(&in, &body_size) || !TakeFixed(&in, &event.body_checksum) ||
        !TakeName(&in, &type) || !TakeName(&in, &source) ||
        !TakeName(&in, &content_type)) {
      return "run is cut";
    }
    if (append_count > UINT32_MAX) return "run count is wrong";
    position += position_delta;
    recorded += static_cast<uint64_t>(UnZigZag(recorded_delta));
    event.head.position = Position(position);
    event.head.revision = Revision(next_revision++);
    event.head.type = type;
    event.head.source = source;
    event.head.content_type = content_type;
    event.append.first_position = Position(position - append_offset);
    event.append.count = static_cast<uint32_t>(append_count);
    event.append.recorded_at_micros = static_cast<int64_t>(recorded);
    // Only its length for now.
    if (body_size > bytes.size()) return "run is cut";
    event.body = bytes.substr(0, body_size);
    bodies_size += body_size;
  }
  if (in.size() != bodies_size) return "run is cut";
  const size_t heads_size = bytes.size() - kHeaderSize - bodies_size;
  if (Checksum(bytes.substr(kHeaderSize, heads_size)) !=
      LoadFixed<uint32_t>(bytes.data() + 2)) {
    return "run header checksum is wrong";
  }
  for (ShortEvent& event : events_) {
    TakeBytes(&in, event.body.size(), &event.body);
  }
  first_revision_ = revision;
  count_ = static_cast<uint32_t>(count);
  return nullptr;
}

const char* RunReader::Read(uint32_t i, EventView* event) const {
  if (!short_) return chunk_.Read(i, event);
  const ShortEvent& stored = events_[i];
  if (Checksum(stored.body) != stored.body_checksum) {
    return "event checksum is wrong";
  }
  event->position = stored.head.position;
  event->revision = stored.head.revision;
  event->type = stored.head.type;
  event->source = stored.head.source;
  event->content_type = stored.head.content_type;
  event->recorded_at = absl::FromUnixMicros(stored.append.recorded_at_micros);
  event->append.first_position = stored.append.first_position;
  event->append.count = stored.append.count;
  return DecodeBody(stored.body, event);
}

std::string_view RunReader::Body(uint32_t i) const {
  return short_ ? events_[i].body : chunk_.Body(i);
}

}  // namespace daybook
