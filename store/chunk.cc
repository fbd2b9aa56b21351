#include "store/chunk.h"

#include <algorithm>
#include <cassert>
#include <cstring>

#include "store/body.h"
#include "store/checksum.h"
#include "store/coding.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Stored; never renumber.
constexpr uint8_t kFormat = 0;
constexpr uint8_t kFormatWithAudits = 1;
constexpr uint8_t kAppendHasKey = 1 << 0;

constexpr size_t kHeaderSize = 32;
constexpr size_t kChecksumEnd = 8;  // the checksum covers what comes after it
constexpr size_t kEntrySize = 24;
constexpr size_t kAuditSize = 2 * audit::kSaltSize + audit::Hash::kSize;
constexpr size_t kNameEndSize = 4;

void PutSalt(std::string* out, const audit::Salt& salt) {
  out->append(reinterpret_cast<const char*>(salt.data()), salt.size());
}

audit::Salt LoadSalt(const char* in) {
  audit::Salt salt;
  std::memcpy(salt.data(), in, salt.size());
  return salt;
}

}  // namespace

void ChunkBuilder::Add(const AppendHeader& append, const EventHead& head,
                       std::string_view body, uint32_t body_checksum,
                       const EventAudit* audit) {
  const bool log = kind_ == ChunkKind::kLog;
  const uint64_t own = log ? head.position.value() : head.revision.value();
  const uint64_t other = log ? head.revision.value() : head.position.value();
  if (empty()) first_number_ = own;
  assert(own == first_number_ + count_);

  if (open_count_ == 0 ||
      open_append_.first_position != append.first_position) {
    CloseAppend();
    open_append_ = append;
    open_key_.assign(append.key);
    open_result_.assign(append.result);
  }
  ++open_count_;
  ++count_;

  bodies_.append(body);
  last_names_ = {NameNumber(head.stream, last_names_[0]),
                 NameNumber(head.type, last_names_[1]),
                 NameNumber(head.source, last_names_[2]),
                 NameNumber(head.content_type, last_names_[3])};
  char entry[kEntrySize];
  StoreFixed<uint64_t>(entry, other);
  StoreFixed<uint32_t>(entry + 8, static_cast<uint32_t>(bodies_.size()));
  StoreFixed<uint32_t>(entry + 12, body_checksum);
  for (size_t i = 0; i < last_names_.size(); ++i) {
    StoreFixed<uint16_t>(entry + 16 + 2 * i, last_names_[i]);
  }
  table_.append(entry, kEntrySize);
  if (audit != nullptr) {
    assert(log);
    PutSalt(&audits_, audit->payload_salt);
    PutSalt(&audits_, audit->metadata_salt);
    audits_.append(audit->leaf.view());
  }
  assert(audits_.empty() || audits_.size() == size_t{count_} * kAuditSize);
}

uint16_t ChunkBuilder::NameNumber(std::string_view name, uint16_t hint) {
  if (hint < name_ends_.size()) {
    const uint32_t begin = hint == 0 ? 0 : name_ends_[hint - 1];
    const std::string_view last(names_.data() + begin,
                                name_ends_[hint] - begin);
    if (last == name) return hint;
  }
  const auto next = static_cast<uint16_t>(name_ends_.size());
  const auto [found, inserted] = name_numbers_.try_emplace(ToAbsl(name), next);
  if (inserted) {
    names_.append(name);
    name_ends_.push_back(static_cast<uint32_t>(names_.size()));
  }
  return found->second;
}

void ChunkBuilder::CloseAppend() {
  if (open_count_ == 0) return;
  const bool keyed = kind_ == ChunkKind::kLog && !open_key_.empty();
  appends_.push_back(static_cast<char>(keyed ? kAppendHasKey : 0));
  PutVarint(&appends_, open_count_);
  PutVarint(&appends_, open_append_.count);
  const uint64_t first = open_append_.first_position.value();
  PutVarint(&appends_, ZigZag(static_cast<int64_t>(first - previous_first_)));
  PutVarint(&appends_,
            ZigZag(open_append_.recorded_at_micros - previous_recorded_));
  previous_first_ = first;
  previous_recorded_ = open_append_.recorded_at_micros;
  if (keyed) {
    PutString(&appends_, open_key_);
    appends_.append(
        reinterpret_cast<const char*>(open_append_.fingerprint.data()),
        open_append_.fingerprint.size());
    PutString(&appends_, open_result_);
  }
  ++append_count_;
  open_count_ = 0;
}

std::string ChunkBuilder::Finish() {
  assert(!empty());
  CloseAppend();
  std::string chunk;
  chunk.reserve(kHeaderSize + table_.size() + audits_.size() +
                name_ends_.size() * kNameEndSize + names_.size() +
                appends_.size() + bodies_.size());
  chunk.push_back(
      static_cast<char>(audits_.empty() ? kFormat : kFormatWithAudits));
  chunk.push_back(static_cast<char>(kind_));
  PutFixed<uint16_t>(&chunk, static_cast<uint16_t>(name_ends_.size()));
  PutFixed<uint32_t>(&chunk, 0);  // the checksum, set below
  PutFixed<uint64_t>(&chunk, first_number_);
  PutFixed<uint32_t>(&chunk, count_);
  PutFixed<uint32_t>(&chunk, append_count_);
  PutFixed<uint32_t>(&chunk, static_cast<uint32_t>(names_.size()));
  PutFixed<uint32_t>(&chunk, static_cast<uint32_t>(appends_.size()));
  chunk += table_;
  chunk += audits_;
  for (uint32_t end : name_ends_) PutFixed<uint32_t>(&chunk, end);
  chunk += names_;
  chunk += appends_;
  const std::string_view checked(chunk);
  StoreFixed<uint32_t>(chunk.data() + 4,
                       Checksum(checked.substr(kChecksumEnd)));
  chunk += bodies_;

  count_ = 0;
  append_count_ = 0;
  previous_first_ = 0;
  previous_recorded_ = 0;
  table_.clear();
  audits_.clear();
  bodies_.clear();
  names_.clear();
  name_ends_.clear();
  name_numbers_.clear();
  appends_.clear();
  return chunk;
}

const char* ChunkReader::Parse(std::string_view bytes) {
  count_ = 0;
  append_hint_ = 0;
  if (bytes.size() < kHeaderSize) return "chunk is too short";
  const char* p = bytes.data();
  const auto format = static_cast<uint8_t>(p[0]);
  if (format > kFormatWithAudits) return "chunk is of a newer format";
  const auto kind = static_cast<uint8_t>(p[1]);
  if (kind != static_cast<uint8_t>(ChunkKind::kLog) &&
      kind != static_cast<uint8_t>(ChunkKind::kRun)) {
    return "chunk is of an unknown kind";
  }
  kind_ = static_cast<ChunkKind>(kind);
  const bool has_audits = format == kFormatWithAudits;
  if (has_audits && kind_ != ChunkKind::kLog) {
    return "run is of a newer format";
  }
  name_count_ = LoadFixed<uint16_t>(p + 2);
  first_number_ = LoadFixed<uint64_t>(p + 8);
  const auto count = LoadFixed<uint32_t>(p + 16);
  const auto append_count = LoadFixed<uint32_t>(p + 20);
  const auto names_size = LoadFixed<uint32_t>(p + 24);
  const auto appends_size = LoadFixed<uint32_t>(p + 28);
  if (count == 0 || append_count == 0 || append_count > count) {
    return "chunk counts are wrong";
  }
  const uint64_t audits_size = has_audits ? uint64_t{count} * kAuditSize : 0;
  const uint64_t head_size =
      kHeaderSize + uint64_t{count} * kEntrySize + audits_size +
      uint64_t{name_count_} * kNameEndSize + names_size + appends_size;
  if (head_size > bytes.size()) return "chunk is cut";
  if (Checksum(bytes.substr(kChecksumEnd, head_size - kChecksumEnd)) !=
      LoadFixed<uint32_t>(p + 4)) {
    return "chunk header checksum is wrong";
  }
  table_ = p + kHeaderSize;
  const char* const table_end = table_ + size_t{count} * kEntrySize;
  audits_ = has_audits ? table_end : nullptr;
  name_ends_ = table_end + audits_size;
  names_ = std::string_view(name_ends_ + size_t{name_count_} * kNameEndSize,
                            names_size);
  bodies_ = bytes.substr(head_size);
  const char* problem = ParseAppends(
      std::string_view(names_.data() + names_size, appends_size), append_count);
  if (problem != nullptr) return problem;
  if (append_ends_.back() != count) return "chunk appends do not add up";
  count_ = count;
  if (Entry(count - 1) == nullptr ||
      LoadFixed<uint32_t>(Entry(count - 1) + 8) != bodies_.size()) {
    return "chunk is cut";
  }
  return nullptr;
}

const char* ChunkReader::ParseAppends(std::string_view in,
                                      uint32_t append_count) {
  appends_.resize(append_count);
  append_ends_.resize(append_count);
  uint64_t end = 0;
  // Unsigned, as sums of what anybody may have written wrap around.
  uint64_t first = 0;
  uint64_t recorded = 0;
  for (uint32_t i = 0; i < append_count; ++i) {
    AppendHeader& append = appends_[i];
    uint8_t flags;
    uint64_t here, count, first_delta, recorded_delta;
    if (!TakeFixed(&in, &flags) || !TakeVarint(&in, &here) ||
        !TakeVarint(&in, &count) || !TakeVarint(&in, &first_delta) ||
        !TakeVarint(&in, &recorded_delta)) {
      return "append header is cut";
    }
    if (here == 0 || here > count || count > UINT32_MAX ||
        (end += here) > UINT32_MAX) {
      return "append header counts are wrong";
    }
    first += static_cast<uint64_t>(UnZigZag(first_delta));
    recorded += static_cast<uint64_t>(UnZigZag(recorded_delta));
    append.first_position = Position(first);
    append.count = static_cast<uint32_t>(count);
    append.recorded_at_micros = static_cast<int64_t>(recorded);
    append.key = {};
    append.result = {};
    if ((flags & ~kAppendHasKey) != 0)
      return "append header is of a newer format";
    if ((flags & kAppendHasKey) != 0) {
      std::string_view fingerprint;
      if (!TakeString(&in, &append.key) ||
          !TakeBytes(&in, append.fingerprint.size(), &fingerprint) ||
          !TakeString(&in, &append.result)) {
        return "append key is cut";
      }
      std::copy(fingerprint.begin(), fingerprint.end(),
                reinterpret_cast<char*>(append.fingerprint.data()));
    }
    append_ends_[i] = static_cast<uint32_t>(end);
  }
  return in.empty() ? nullptr : "append headers have bytes left over";
}

const char* ChunkReader::Entry(uint32_t i) const {
  return table_ + size_t{i} * kEntrySize;
}

std::string_view ChunkReader::Name(uint16_t number) const {
  const uint32_t begin =
      number == 0
          ? 0
          : LoadFixed<uint32_t>(name_ends_ + (number - 1) * kNameEndSize);
  const auto end = LoadFixed<uint32_t>(name_ends_ + number * kNameEndSize);
  if (begin > end || end > names_.size()) return {};
  return names_.substr(begin, end - begin);
}

std::string_view ChunkReader::Body(uint32_t i) const {
  const uint32_t begin = i == 0 ? 0 : LoadFixed<uint32_t>(Entry(i - 1) + 8);
  const auto end = LoadFixed<uint32_t>(Entry(i) + 8);
  if (begin > end || end > bodies_.size()) return {};
  return bodies_.substr(begin, end - begin);
}

uint32_t ChunkReader::BodyChecksum(uint32_t i) const {
  return LoadFixed<uint32_t>(Entry(i) + 12);
}

EventAudit ChunkReader::Audit(uint32_t i) const {
  assert(has_audits());
  const char* const stored = audits_ + size_t{i} * kAuditSize;
  return {LoadSalt(stored), LoadSalt(stored + audit::kSaltSize), Leaf(i)};
}

audit::Hash ChunkReader::Leaf(uint32_t i) const {
  assert(has_audits());
  const char* const stored = audits_ + size_t{i} * kAuditSize;
  return *audit::Hash::FromBytes(
      {stored + 2 * audit::kSaltSize, audit::Hash::kSize});
}

std::string_view ChunkReader::StreamOf(uint32_t i) const {
  const auto name = LoadFixed<uint16_t>(Entry(i) + 16);
  return name < name_count_ ? Name(name) : std::string_view();
}

const AppendHeader& ChunkReader::AppendOf(uint32_t i) const {
  // Reads step to a neighbour, so the answer is nearly always at the hint.
  while (i >= append_ends_[append_hint_]) ++append_hint_;
  while (append_hint_ > 0 && i < append_ends_[append_hint_ - 1]) --append_hint_;
  return appends_[append_hint_];
}

const char* ChunkReader::Read(uint32_t i, EventView* event) const {
  const char* entry = Entry(i);
  const std::string_view body = Body(i);
  if (Checksum(body) != BodyChecksum(i)) return "event checksum is wrong";
  const auto other = LoadFixed<uint64_t>(entry);
  if (kind_ == ChunkKind::kLog) {
    event->position = Position(first_number_ + i);
    event->revision = Revision(other);
  } else {
    event->position = Position(other);
    event->revision = Revision(first_number_ + i);
  }
  std::array<uint16_t, 4> names;
  for (size_t n = 0; n < names.size(); ++n) {
    names[n] = LoadFixed<uint16_t>(entry + 16 + 2 * n);
    if (names[n] >= name_count_) return "event names an unknown name";
  }
  event->stream = Name(names[0]);
  event->type = Name(names[1]);
  event->source = Name(names[2]);
  event->content_type = Name(names[3]);
  const AppendHeader& append = AppendOf(i);
  event->recorded_at = absl::FromUnixMicros(append.recorded_at_micros);
  event->append.first_position = append.first_position;
  event->append.count = append.count;
  event->append.key = append.key;
  return DecodeBody(body, event);
}

}  // namespace daybook
