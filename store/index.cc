#include "store/index.h"

#include "absl/strings/str_cat.h"
#include "rocksdb/options.h"
#include "store/checksum.h"
#include "store/coding.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Stored; never renumber.
constexpr char kRowFormat = 0;
constexpr char kHeadFormat = 1;
constexpr uint64_t kHasMaxCount = 1 << 0;
constexpr uint64_t kHasTruncateBefore = 1 << 1;
constexpr uint64_t kTombstoned = 1 << 2;

absl::Status Damaged(std::string_view family, std::string_view key) {
  return absl::DataLossError(
      absl::StrCat("index: a row of ", ToAbsl(family), " is damaged (",
                   ToAbsl(key), "): close the store and run reindex"));
}

bool TakeFormat(std::string_view* in, char format = kRowFormat) {
  if (in->empty() || in->front() != format) return false;
  in->remove_prefix(1);
  return true;
}

// The value under `key`, or nothing.
absl::StatusOr<std::optional<rocksdb::PinnableSlice>> Get(
    const RocksDb& index, size_t family, std::string_view key) {
  rocksdb::PinnableSlice value;
  const rocksdb::Status status = index->Get(
      rocksdb::ReadOptions(), index.family(family), ToSlice(key), &value);
  if (status.IsNotFound()) return std::nullopt;
  if (!status.ok()) return FromRocks(status, "read the index");
  return std::optional<rocksdb::PinnableSlice>(std::move(value));
}

}  // namespace

uint64_t TermHash(TermKind kind, std::string_view text) {
  return StableHash(text, static_cast<uint64_t>(kind));
}

std::string PairKey(uint64_t first, uint64_t second) {
  std::string key;
  key.reserve(16);
  PutBigEndian64(&key, first);
  PutBigEndian64(&key, second);
  return key;
}

std::string EncodeHead(const StreamHead& head) {
  std::string row(1, kHeadFormat);
  PutVarint(&row, head.first_position.value());
  PutVarint(&row, head.next_revision);
  PutVarint(&row, head.last_position.value());
  row.append(head.last_leaf.view());
  return row;
}

bool DecodeHead(std::string_view bytes, StreamHead* head) {
  uint64_t first, last;
  if (!TakeFormat(&bytes, kHeadFormat) || !TakeVarint(&bytes, &first) ||
      !TakeVarint(&bytes, &head->next_revision) || !TakeVarint(&bytes, &last)) {
    return false;
  }
  const std::optional<audit::Hash> last_leaf = audit::Hash::FromBytes(bytes);
  if (!last_leaf.has_value()) return false;
  head->first_position = Position(first);
  head->last_position = Position(last);
  head->last_leaf = *last_leaf;
  return true;
}

std::string EncodeRules(const StreamRules& rules) {
  uint64_t flags = 0;
  if (rules.metadata.max_count.has_value()) flags |= kHasMaxCount;
  if (rules.metadata.truncate_before.has_value()) flags |= kHasTruncateBefore;
  if (rules.tombstoned) flags |= kTombstoned;
  std::string row(1, kRowFormat);
  PutVarint(&row, flags);
  PutVarint(&row, rules.metadata.max_count.value_or(0));
  PutVarint(&row, rules.metadata.truncate_before.value_or(Revision(0)).value());
  PutVarint(&row, rules.deleted_before.value());
  PutString(&row, rules.metadata.json);
  return row;
}

bool DecodeRules(std::string_view bytes, StreamRules* rules) {
  uint64_t flags, max_count, truncate_before, deleted_before;
  std::string_view json;
  if (!TakeFormat(&bytes) || !TakeVarint(&bytes, &flags) ||
      !TakeVarint(&bytes, &max_count) ||
      !TakeVarint(&bytes, &truncate_before) ||
      !TakeVarint(&bytes, &deleted_before) || !TakeString(&bytes, &json)) {
    return false;
  }
  *rules = StreamRules();
  if ((flags & kHasMaxCount) != 0) rules->metadata.max_count = max_count;
  if ((flags & kHasTruncateBefore) != 0) {
    rules->metadata.truncate_before = Revision(truncate_before);
  }
  rules->metadata.json.assign(json);
  rules->deleted_before = Revision(deleted_before);
  rules->tombstoned = (flags & kTombstoned) != 0;
  return true;
}

std::string EncodePositions(const uint64_t* positions, size_t count) {
  std::string row(1, kRowFormat);
  PutVarint(&row, count);
  uint64_t previous = 0;
  for (size_t i = 0; i < count; ++i) {
    PutVarint(&row, positions[i] - previous);
    previous = positions[i];
  }
  return row;
}

bool DecodePositions(std::string_view bytes, std::vector<uint64_t>* positions) {
  positions->clear();
  uint64_t count;
  if (!TakeFormat(&bytes) || !TakeVarint(&bytes, &count) || count == 0 ||
      count > kPostingCountMax) {
    return false;
  }
  uint64_t position = 0;
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t delta;
    if (!TakeVarint(&bytes, &delta)) return false;
    // They rise, and none wraps around.
    if ((i > 0 && delta == 0) || position + delta < position) return false;
    position += delta;
    positions->push_back(position);
  }
  return bytes.empty();
}

absl::StatusOr<Position> ReadWatermark(const RocksDb& index) {
  auto value = Get(index, kIndexMeta, kWatermarkKey);
  if (!value.ok()) return value.status();
  if (!value->has_value()) return Position(0);
  std::string_view bytes = ToView(**value);
  uint64_t watermark;
  if (!TakeFixed(&bytes, &watermark)) {
    return Damaged("default", kWatermarkKey);
  }
  return Position(watermark);
}

absl::StatusOr<StreamRules> ReadRules(const RocksDb& index,
                                      std::string_view stream) {
  auto row = Get(index, kIndexRules, stream);
  if (!row.ok()) return row.status();
  StreamRules rules;
  if (row->has_value() && !DecodeRules(ToView(**row), &rules)) {
    return Damaged("rules", stream);
  }
  return rules;
}

bool HasRules(const RocksDb& index) {
  // By the manifest: rules are never removed, so a file holds some. A scan
  // could miss what is damaged.
  return index.FamilyBytes(kIndexRules) > 0;
}

absl::StatusOr<StreamState> ReadStreamState(const RocksDb& index,
                                            std::string_view stream,
                                            bool with_rules) {
  StreamState state;
  auto row = Get(index, kIndexHeads, stream);
  if (!row.ok()) return row.status();
  if (row->has_value()) {
    StreamHead head;
    if (!DecodeHead(ToView(**row), &head)) return Damaged("heads", stream);
    state.known = true;
    state.first_position = head.first_position;
    state.next_revision = head.next_revision;
    state.last_position = head.last_position;
    state.last_leaf = head.last_leaf;
  }
  if (!with_rules) return state;
  row = Get(index, kIndexRules, stream);
  if (!row.ok()) return row.status();
  if (row->has_value()) {
    state.known = true;
    if (!DecodeRules(ToView(**row), &state.rules)) {
      return Damaged("rules", stream);
    }
  }
  return state;
}

absl::StatusOr<std::optional<Position>> ReadKey(const RocksDb& index,
                                                const Fingerprint& key_hash) {
  auto value =
      Get(index, kIndexKeys,
          {reinterpret_cast<const char*>(key_hash.data()), key_hash.size()});
  if (!value.ok()) return value.status();
  if (!value->has_value()) return std::nullopt;
  std::string_view bytes = ToView(**value);
  uint64_t position;
  if (!TakeFixed(&bytes, &position)) return Damaged("keys", "an append key");
  return std::optional<Position>(Position(position));
}

}  // namespace daybook
