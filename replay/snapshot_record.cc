#include "replay/snapshot_record.h"

#include <cstdint>
#include <utility>

#include "absl/strings/str_format.h"
#include "replay/view_keys.h"
#include "store/checksum.h"
#include "store/protobuf.h"

namespace daybook {
namespace {

// First byte of keys; those of views' rows are below: view_keys.cc.
constexpr char kSnapshot = 0x06;
constexpr char kEndOfName = '\0';
// Stored; never renumbered.
constexpr char kOfStream = 's';
constexpr char kOfQuery = 'q';
constexpr char kFormat = 1;
// Keep the hashes apart that are stored.
constexpr uint64_t kQuerySeed = 1;
constexpr uint64_t kQuerySecondSeed = 2;
constexpr uint64_t kKeySeed = 3;

uint64_t ChecksumOf(std::string_view key, std::string_view message) {
  return StableHash(message, StableHash(key, kKeySeed));
}

// Cuts a name off the front of `*bytes`.
bool TakeName(std::string_view* bytes, std::string_view* name) {
  const size_t end = bytes->find(kEndOfName);
  if (end == std::string_view::npos) return false;
  *name = bytes->substr(0, end);
  bytes->remove_prefix(end + 1);
  return true;
}

}  // namespace

v1::SnapshotQuery ToProto(const Query& query) {
  v1::SnapshotQuery proto;
  for (const QueryItem& item : query.items) {
    v1::SnapshotQuery::Item& added = *proto.add_items();
    for (const std::string& type : item.types) added.add_types(type);
    for (const std::string& tag : item.tags) added.add_tags(tag);
    added.set_category(item.category);
    added.set_correlation_id(item.correlation_id);
  }
  return proto;
}

Query FromProto(const v1::SnapshotQuery& proto) {
  Query query;
  for (const v1::SnapshotQuery::Item& item : proto.items()) {
    query.items.push_back({.types = {item.types().begin(), item.types().end()},
                           .tags = {item.tags().begin(), item.tags().end()},
                           .category = item.category(),
                           .correlation_id = item.correlation_id()});
  }
  return query;
}

std::string SnapshotPrefix() { return {kSnapshot}; }

std::string SnapshotPrefix(std::string_view decider) {
  std::string prefix = SnapshotPrefix();
  prefix.append(decider).push_back(kEndOfName);
  return prefix;
}

std::string SnapshotPrefix(std::string_view decider, std::string_view stream) {
  std::string prefix = SnapshotPrefix(decider);
  prefix.push_back(kOfStream);
  prefix.append(stream).push_back(kEndOfName);
  return prefix;
}

std::string SnapshotPrefix(std::string_view decider,
                           const v1::SnapshotQuery& query) {
  const std::string bytes = DeterministicBytes(query);
  std::string prefix = SnapshotPrefix(decider);
  prefix.push_back(kOfQuery);
  prefix += absl::StrFormat("%016x%016x", StableHash(bytes, kQuerySeed),
                            StableHash(bytes, kQuerySecondSeed));
  prefix.push_back(kEndOfName);
  return prefix;
}

std::string SnapshotKey(std::string_view prefix, Position position) {
  return std::string(prefix).append(EncodeNumber(position.value()));
}

std::optional<SnapshotKeyParts> ParseSnapshotKey(std::string_view key) {
  SnapshotKeyParts parts;
  std::string_view target;
  uint64_t position = 0;
  if (!key.starts_with(kSnapshot)) return std::nullopt;
  key.remove_prefix(1);
  if (!TakeName(&key, &parts.decider) || !TakeName(&key, &target) ||
      !DecodeNumber(key, &position) ||
      !(target.starts_with(kOfStream) || target.starts_with(kOfQuery))) {
    return std::nullopt;
  }
  if (target.starts_with(kOfStream)) parts.stream = target.substr(1);
  parts.position = Position(position);
  return parts;
}

std::string EncodeSnapshot(std::string_view key, const v1::Snapshot& snapshot) {
  const std::string message = DeterministicBytes(snapshot);
  std::string value(1, kFormat);
  value.reserve(1 + sizeof(uint64_t) + message.size());
  value += EncodeNumber(ChecksumOf(key, message));
  return value += message;
}

std::optional<v1::Snapshot> DecodeSnapshot(std::string_view key,
                                           std::string_view value) {
  constexpr size_t kHeadSize = 1 + sizeof(uint64_t);
  if (value.size() < kHeadSize || value.front() != kFormat) return std::nullopt;
  const std::string_view message = value.substr(kHeadSize);
  uint64_t checksum = 0;
  v1::Snapshot snapshot;
  if (!DecodeNumber(value.substr(1, sizeof(checksum)), &checksum) ||
      checksum != ChecksumOf(key, message) ||
      !snapshot.ParseFromArray(message.data(),
                               static_cast<int>(message.size()))) {
    return std::nullopt;
  }
  return snapshot;
}

}  // namespace daybook
