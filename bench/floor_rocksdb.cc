#include "bench/floor_rocksdb.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "bench/check.h"
#include "rocksdb/cache.h"
#include "rocksdb/file_system.h"
#include "rocksdb/options.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"

namespace daybook::bench {
namespace {

enum Family { kDefault, kLog, kStreams, kTerms };

class PreallocatedWal : public rocksdb::FileSystemWrapper {
 public:
  using FileSystemWrapper::FileSystemWrapper;
  const char* Name() const override { return "bench.PreallocatedWal"; }
  rocksdb::FileOptions OptimizeForLogWrite(
      const rocksdb::FileOptions& file_options,
      const rocksdb::DBOptions& db_options) const override {
    rocksdb::FileOptions result =
        FileSystemWrapper::OptimizeForLogWrite(file_options, db_options);
    result.fallocate_with_keep_size = false;
    return result;
  }
};

template <size_t kWords>
class Key {
 public:
  template <typename... Numbers>
  explicit Key(Numbers... numbers) {
    size_t at = 0;
    (Put(numbers, &at), ...);
  }
  operator rocksdb::Slice() const {  // NOLINT: handed to RocksDB as one
    return {bytes_.data(), bytes_.size()};
  }

 private:
  void Put(uint64_t number, size_t* at) {
    const uint64_t big_endian = __builtin_bswap64(number);
    std::memcpy(bytes_.data() + *at, &big_endian, 8);
    *at += 8;
  }
  std::array<char, kWords * 8> bytes_;
};
template <typename... Numbers>
Key(Numbers...) -> Key<sizeof...(Numbers)>;

uint64_t NumberAt(const rocksdb::Slice& key, size_t at) {
  uint64_t big_endian;
  std::memcpy(&big_endian, key.data() + at, 8);
  return __builtin_bswap64(big_endian);
}

std::string_view ToView(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

uint64_t TermOf(uint64_t kind, std::string_view text) {
  return HashOf(text) ^ kind;
}

void PutVarint(uint64_t value, std::string* out) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

}  // namespace

RocksFloor::RocksFloor(const std::string& path, const Settings& settings) {
  rocksdb::DBOptions options;
  options.create_if_missing = true;
  options.create_missing_column_families = true;
  options.max_background_jobs = 2;
  options.info_log_level = rocksdb::ERROR_LEVEL;
  if (settings.wal == Wal::kPreallocated) {
    env_ = rocksdb::NewCompositeEnv(
        std::make_shared<PreallocatedWal>(rocksdb::FileSystem::Default()));
    options.env = env_.get();
  }
  rocksdb::BlockBasedTableOptions table;
  table.block_size = 16 << 10;
  table.format_version = 5;
  table.block_cache = rocksdb::NewLRUCache(settings.memory_bytes);
  rocksdb::ColumnFamilyOptions family;
  family.write_buffer_size = 64 << 20;
  family.compression = rocksdb::kLZ4Compression;
  family.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  rocksdb::ColumnFamilyOptions sorted = family;
  sorted.memtable_insert_with_hint_prefix_extractor.reset(
      rocksdb::NewFixedPrefixTransform(8));
  const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
      {rocksdb::kDefaultColumnFamilyName, family},
      {"log", family},
      {"streams", sorted},
      {"terms", sorted}};
  rocksdb::DB* db = nullptr;
  Check(rocksdb::DB::Open(options, path, families, &families_, &db),
        "open RocksDB");
  db_.reset(db);
}

RocksFloor::~RocksFloor() {
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    db_->DestroyColumnFamilyHandle(family).PermitUncheckedError();
  }
  db_->Close().PermitUncheckedError();
}

void RocksFloor::AppendOne(uint64_t position, std::string_view record) {
  rocksdb::WriteOptions options;
  options.sync = true;
  Check(db_->Put(options, families_[kLog], Key(position),
                 rocksdb::Slice(record.data(), record.size())),
        "put");
}

void RocksFloor::Write(rocksdb::WriteBatch* batch, bool durable) {
  rocksdb::WriteOptions options;
  options.sync = durable;
  options.disableWAL = !durable;
  Check(db_->Write(options, batch), "write");
}

void RocksFloor::AppendBatch(const Batch& batch, BatchForm form) {
  const std::vector<StreamEvent>& events = batch.request.events;
  rocksdb::WriteBatch write;
  std::string value;
  std::vector<std::pair<size_t, size_t>> spans(events.size());
  size_t total = 0;
  for (size_t i = 0; i < events.size(); ++i) {
    spans[i] = {total,
                RecordBytes(events[i], batch.revisions[i], position_ + i)};
    total += spans[i].second;
  }
  value.resize(total);
  for (size_t i = 0; i < events.size(); ++i) {
    WriteRecord(events[i], batch.revisions[i], position_ + i,
                value.data() + spans[i].first);
  }
  write.Put(families_[kLog], Key(position_ + events.size() - 1), value);

  if (form != BatchForm::kOneValue) {
    std::vector<uint32_t> order(events.size());
    for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
      return std::pair(batch.streams[a], batch.revisions[a]) <
             std::pair(batch.streams[b], batch.revisions[b]);
    });
    for (const uint32_t i : order) {
      write.Put(families_[kStreams],
                Key(uint64_t{batch.streams[i]}, uint64_t{batch.revisions[i]}),
                rocksdb::Slice(value.data() + spans[i].first, spans[i].second));
    }
  }

  if (form == BatchForm::kCopyAndTerms) {
    std::vector<std::pair<uint64_t, uint64_t>> terms;
    terms.reserve(events.size() * kTermCount);
    for (size_t i = 0; i < events.size(); ++i) {
      const uint64_t position = position_ + i;
      terms.emplace_back(TermOf(1, events[i].event.type), position);
      terms.emplace_back(TermOf(2, CategoryOf(events[i].stream)), position);
      for (const std::string& tag : events[i].event.tags) {
        terms.emplace_back(TermOf(3, tag), position);
      }
    }
    std::sort(terms.begin(), terms.end());
    std::string positions;
    for (size_t i = 0; i < terms.size();) {
      const uint64_t term = terms[i].first;
      positions.clear();
      uint64_t previous = 0;
      for (; i < terms.size() && terms[i].first == term; ++i) {
        PutVarint(terms[i].second - previous, &positions);
        previous = terms[i].second;
      }
      write.Put(families_[kTerms], Key(term, previous), positions);
    }
  }
  Write(&write, /*durable=*/true);
  position_ += events.size();
}

void RocksFloor::LoadEvent(uint64_t position, std::string_view record) {
  load_.Put(families_[kLog], Key(position),
            rocksdb::Slice(record.data(), record.size()));
  if (load_.Count() < 1'000) return;
  Write(&load_, /*durable=*/false);
  load_.Clear();
}

void RocksFloor::LoadStreamEvent(uint32_t stream, uint32_t revision,
                                 std::string_view record) {
  load_.Put(families_[kStreams], Key(uint64_t{stream}, uint64_t{revision}),
            rocksdb::Slice(record.data(), record.size()));
  if (load_.Count() < 1'000) return;
  Write(&load_, /*durable=*/false);
  load_.Clear();
}

void RocksFloor::Settle() {
  Write(&load_, /*durable=*/false);
  load_.Clear();
  for (rocksdb::ColumnFamilyHandle* family : families_) {
    Check(db_->Flush({}, family), "flush");
    Check(db_->CompactRange({}, family, nullptr, nullptr), "compact");
  }
}

void RocksFloor::ScanLog(
    uint64_t count, const std::function<void(std::string_view)>& visit) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      db_->NewIterator({}, families_[kLog]));
  for (at->SeekToFirst(); at->Valid() && count > 0; at->Next(), --count) {
    visit(ToView(at->value()));
  }
  Check(at->status(), "scan");
}

void RocksFloor::FoldLog(uint64_t count, bool decode, Fold* fold) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      db_->NewIterator({}, families_[kLog]));
  RecordView record;
  for (at->SeekToFirst(); at->Valid() && count > 0; at->Next(), --count) {
    const std::string_view value = ToView(at->value());
    if (decode) {
      Check(ReadRecord(value, &record), "decode");
      fold->Add(record.revision, record.type, record.payload);
    } else {
      fold->Add(NumberAt(at->key(), 0), {}, value);
    }
  }
  Check(at->status(), "scan");
}

void RocksFloor::FoldStream(uint32_t stream, Fold* fold) const {
  const std::unique_ptr<rocksdb::Iterator> at(
      db_->NewIterator({}, families_[kStreams]));
  for (at->Seek(Key(uint64_t{stream}, uint64_t{0}));
       at->Valid() && NumberAt(at->key(), 0) == stream; at->Next()) {
    fold->Add(NumberAt(at->key(), 8), {}, ToView(at->value()));
  }
  Check(at->status(), "read stream");
}

}  // namespace daybook::bench
