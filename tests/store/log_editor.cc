#include "tests/store/log_editor.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>

#include "absl/time/time.h"
#include "daybook/audit/merkle_tree.h"
#include "gtest/gtest.h"
#include "rocksdb/write_batch.h"
#include "store/anchor.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/event_leaf.h"
#include "store/log_reader.h"
#include "store/log_tree.h"
#include "store/rocks_db.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using audit::Hash;

constexpr uint64_t kEventsInAChunk = 50;

std::unique_ptr<RocksDb> OpenLog(const std::string& folder,
                                 RocksDb::Mode mode) {
  RocksEnvironment environment;
  environment.memory_budget = MemoryBudget::Create(16 << 20);
  auto log = RocksDb::OpenLog(folder + "/log", mode, environment);
  EXPECT_OK(log);
  return log.ok() ? *std::move(log) : nullptr;
}

void RemoveAll(const RocksDb& log, size_t family, rocksdb::WriteBatch* batch) {
  rocksdb::ReadOptions options;
  options.total_order_seek = true;
  const std::unique_ptr<rocksdb::Iterator> rows(
      log->NewIterator(options, log.family(family)));
  for (rows->SeekToFirst(); rows->Valid(); rows->Next()) {
    ASSERT_TRUE(batch->Delete(log.family(family), rows->key()).ok());
  }
}

}  // namespace

LogEditor::LogEditor(const std::string& folder) : folder_(folder) {
  const std::unique_ptr<RocksDb> log =
      OpenLog(folder, RocksDb::Mode::kReadOnly);
  const absl::StatusOr<Position> head = ReadLogHead(*log);
  EXPECT_OK(head);
  LogReader reader(*log);
  EventView view;
  for (uint64_t at = 0; at < head->value(); ++at) {
    EXPECT_TRUE(reader.Read(Position(at), &view)) << reader.status();
    const auto place = static_cast<uint32_t>(at - reader.first().value());
    const AppendHeader& append = reader.chunk().AppendOf(place);
    EditedEvent event;
    event.append = append.first_position.value();
    event.recorded_at_micros = append.recorded_at_micros;
    event.key = append.key;
    event.fingerprint = append.fingerprint;
    event.result = append.result;
    event.revision = view.revision;
    event.stream = view.stream;
    event.type = view.type;
    event.source = view.source;
    event.content_type = view.content_type;
    event.body = reader.chunk().Body(place);
    event.audit = reader.chunk().Audit(place);
    events.push_back(std::move(event));
  }
}

std::vector<AppendHeader> LogEditor::Headers() const {
  std::vector<AppendHeader> headers(events.size());
  for (uint64_t first = 0, end = 0; first < events.size(); first = end) {
    while (end < events.size() && events[end].append == events[first].append) {
      ++end;
    }
    for (uint64_t at = first; at < end; ++at) {
      const EditedEvent& event = events[at];
      AppendHeader& header = headers[at];
      header.first_position = Position(first);
      header.count = static_cast<uint32_t>(end - first);
      header.recorded_at_micros = event.recorded_at_micros;
      header.key = event.key;
      header.fingerprint = event.fingerprint;
      header.result = event.result;
    }
  }
  return headers;
}

std::optional<uint64_t> LogEditor::FirstDifference(
    const LogEditor& other) const {
  const uint64_t both = std::min(events.size(), other.events.size());
  const std::vector<AppendHeader> headers = Headers();
  const std::vector<AppendHeader> other_headers = other.Headers();
  for (uint64_t at = 0; at < both; ++at) {
    const AppendHeader& a = headers[at];
    const AppendHeader& b = other_headers[at];
    EditedEvent same_append = other.events[at];
    same_append.append = events[at].append;
    if (a.first_position != b.first_position || a.count != b.count ||
        events[at] != same_append) {
      return at;
    }
  }
  if (events.size() == other.events.size()) return std::nullopt;
  return both;
}

void LogEditor::MakeLeavesAgain(uint64_t from, const std::string& only_stream) {
  const std::vector<AppendHeader> headers = Headers();
  LeafMaker leaves;
  std::map<std::string, Hash> last;
  for (uint64_t at = 0; at < events.size(); ++at) {
    EditedEvent& edited = events[at];
    Hash& previous = last[edited.stream];
    if (at >= from && (only_stream.empty() || edited.stream == only_stream)) {
      EventView event;
      event.position = Position(at);
      event.revision = edited.revision;
      event.stream = edited.stream;
      event.type = edited.type;
      event.source = edited.source;
      event.content_type = edited.content_type;
      event.recorded_at = absl::FromUnixMicros(edited.recorded_at_micros);
      const std::optional<Hash> leaf =
          DecodeBody(edited.body, &event) == nullptr
              ? leaves.HashOf(event, headers[at], edited.audit, previous)
              : std::nullopt;
      if (leaf.has_value()) edited.audit.leaf = *leaf;
    }
    previous = edited.audit.leaf;
  }
}

void LogEditor::Save(const SaveOptions& options) {
  const std::unique_ptr<RocksDb> log =
      OpenLog(folder_, RocksDb::Mode::kReadWrite);
  rocksdb::WriteBatch batch;
  RemoveAll(*log, kLogChunks, &batch);
  const std::vector<AppendHeader> headers = Headers();
  ChunkBuilder builder(ChunkKind::kLog);
  for (uint64_t at = 0; at < events.size(); ++at) {
    const EditedEvent& event = events[at];
    builder.Add(headers[at],
                {Position(at), event.revision, event.stream, event.type,
                 event.source, event.content_type},
                event.body, Checksum(event.body), &event.audit);
    if (at % kEventsInAChunk == kEventsInAChunk - 1 ||
        at + 1 == events.size()) {
      ASSERT_TRUE(batch
                      .Put(log->family(kLogChunks), LogKey(Position(at)),
                           builder.Finish())
                      .ok());
    }
  }
  if (options.cover_tracks) {
    RemoveAll(*log, kLogTree, &batch);
    LogTree tree{audit::TileEdge()};
    std::vector<Hash> leaves;
    for (const EditedEvent& event : events) leaves.push_back(event.audit.leaf);
    tree.Stage(*log, leaves, &batch);
    std::filesystem::remove(folder_ + "/HEAD");
    std::filesystem::remove(folder_ + "/ANCHOR");
    auto anchor = Anchor::Create(folder_);
    ASSERT_OK(anchor);
    ASSERT_OK((*anchor)->Write(Position(events.size())));
    ASSERT_OK((*anchor)->Sync());
  }
  ASSERT_TRUE((*log)->Write(rocksdb::WriteOptions(), &batch).ok());
  // No file shows what was there before.
  ASSERT_OK(log->Flush(RocksDb::FlushMode::kWait));
  for (const size_t family : {kLogChunks, kLogTree}) {
    ASSERT_TRUE((*log)
                    ->CompactRange(rocksdb::CompactRangeOptions(),
                                   log->family(family), nullptr, nullptr)
                    .ok());
  }
}

}  // namespace daybook
