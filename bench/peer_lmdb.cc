#include <lmdb.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "bench/check.h"
#include "bench/peer.h"
#include "bench/workload.h"

namespace daybook::bench {
namespace {

// Address space only.
constexpr size_t kMapBytes = size_t{256} << 30;

void CheckMdb(int code, const char* what) {
  if (code != MDB_SUCCESS) Fail(what, mdb_strerror(code));
}

MDB_val Val(std::string_view bytes) {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
MDB_val Val(uint64_t* number) { return {sizeof(*number), number}; }

std::string_view ToView(const MDB_val& value) {
  return {static_cast<const char*>(value.mv_data), value.mv_size};
}

uint64_t ToNumber(const MDB_val& value) {
  uint64_t number;
  std::memcpy(&number, value.mv_data, sizeof(number));
  return number;
}

// (stream, revision), sorting as numbers.
std::array<char, 16> StreamKey(uint64_t stream, uint64_t revision) {
  const uint64_t words[2] = {__builtin_bswap64(stream),
                             __builtin_bswap64(revision)};
  std::array<char, 16> key;
  std::memcpy(key.data(), words, sizeof(words));
  return key;
}

class Transaction {
 public:
  Transaction(MDB_env* env, unsigned flags) {
    CheckMdb(mdb_txn_begin(env, nullptr, flags, &txn_), "begin");
  }
  ~Transaction() {
    if (txn_ != nullptr) mdb_txn_abort(txn_);
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  MDB_txn* get() const { return txn_; }
  void Commit() {
    const int code = mdb_txn_commit(txn_);
    txn_ = nullptr;
    CheckMdb(code, "commit");
  }

 private:
  MDB_txn* txn_ = nullptr;
};

class Cursor {
 public:
  Cursor(const Transaction& txn, MDB_dbi dbi) {
    CheckMdb(mdb_cursor_open(txn.get(), dbi, &cursor_), "cursor");
  }
  ~Cursor() { mdb_cursor_close(cursor_); }
  Cursor(const Cursor&) = delete;
  Cursor& operator=(const Cursor&) = delete;

  void Put(MDB_val key, MDB_val value, unsigned flags) {
    CheckMdb(mdb_cursor_put(cursor_, &key, &value, flags), "put");
  }
  // False at the end, or when there is no such key.
  bool Get(MDB_val* key, MDB_val* value, MDB_cursor_op op) {
    const int code = mdb_cursor_get(cursor_, key, value, op);
    if (code == MDB_NOTFOUND) return false;
    CheckMdb(code, "get");
    return true;
  }
  MDB_cursor* get() const { return cursor_; }

 private:
  MDB_cursor* cursor_ = nullptr;
};

// log: position -> record. streams: (stream, revision) -> position.
// names: stream name -> number. tags: hash of the tag -> positions.
class LmdbPeer : public Peer {
 public:
  LmdbPeer(const std::string& folder, const PeerSettings& settings)
      : tags_indexed_(settings.tags) {
    CheckMdb(mdb_env_create(&env_), "create environment");
    CheckMdb(mdb_env_set_mapsize(env_, kMapBytes), "map size");
    CheckMdb(mdb_env_set_maxdbs(env_, 4), "max dbs");
    CheckMdb(mdb_env_open(env_, folder.c_str(),
                          settings.scattered_reads ? MDB_NORDAHEAD : 0, 0644),
             "open LMDB");
    Transaction txn(env_, 0);
    CheckMdb(mdb_dbi_open(txn.get(), "log", MDB_CREATE | MDB_INTEGERKEY, &log_),
             "open log");
    CheckMdb(mdb_dbi_open(txn.get(), "streams", MDB_CREATE, &streams_),
             "open streams");
    CheckMdb(mdb_dbi_open(txn.get(), "names", MDB_CREATE, &names_),
             "open names");
    if (tags_indexed_) {
      CheckMdb(mdb_dbi_open(txn.get(), "tags",
                            MDB_CREATE | MDB_INTEGERKEY | MDB_DUPSORT |
                                MDB_DUPFIXED | MDB_INTEGERDUP,
                            &tags_),
               "open tags");
    }
    MDB_val key, value;
    if (Cursor log(txn, log_); log.Get(&key, &value, MDB_LAST)) {
      next_position_ = ToNumber(key) + 1;
    }
    MDB_stat names;
    CheckMdb(mdb_stat(txn.get(), names_, &names), "stat");
    next_stream_ = names.ms_entries;
    txn.Commit();
  }

  ~LmdbPeer() override { mdb_env_close(env_); }

  void Append(const AppendRequest& request) override {
    Transaction txn(env_, 0);
    for (const StreamExpectation& expectation : request.expectations) {
      const uint64_t expected =
          expectation.expected.kind() == ExpectedRevision::Kind::kExactly
              ? expectation.expected.revision().value() + 1
              : 0;
      Check(Find(txn, expectation.stream).next_revision == expected,
            "expected revision");
    }
    // Both indexes are written in order, which spares the tree much walking.
    std::vector<std::pair<std::array<char, 16>, uint64_t>> places;
    std::vector<std::pair<uint64_t, uint64_t>> tags;
    {
      Cursor log(txn, log_);
      for (const StreamEvent& event : request.events) {
        End& end = Find(txn, event.stream);
        uint64_t position = next_position_++;
        const uint64_t revision = end.next_revision++;
        // Written in place.
        MDB_val key = Val(&position);
        MDB_val value{RecordBytes(event, revision, position), nullptr};
        CheckMdb(
            mdb_cursor_put(log.get(), &key, &value, MDB_APPEND | MDB_RESERVE),
            "put event");
        WriteRecord(event, revision, position,
                    static_cast<char*>(value.mv_data));
        places.emplace_back(StreamKey(end.number, revision), position);
        if (!tags_indexed_) continue;
        for (const std::string& tag : event.event.tags) {
          tags.emplace_back(HashOf(tag), position);
        }
      }
    }
    std::sort(places.begin(), places.end());
    {
      Cursor streams(txn, streams_);
      for (auto& [key, position] : places) {
        streams.Put(Val({key.data(), key.size()}), Val(&position),
                    MDB_NOOVERWRITE);
      }
    }
    if (!tags.empty()) {
      std::sort(tags.begin(), tags.end());
      Cursor cursor(txn, tags_);
      for (auto& [tag, position] : tags) {
        cursor.Put(Val(&tag), Val(&position), 0);
      }
    }
    txn.Commit();
  }

  void ReadStream(std::string_view stream, Fold* fold) override {
    const Transaction txn(env_, MDB_RDONLY);
    MDB_val key = Val(stream);
    MDB_val value;
    CheckMdb(mdb_get(txn.get(), names_, &key, &value), "find stream");
    const uint64_t number = ToNumber(value);
    Cursor streams(txn, streams_);
    Cursor log(txn, log_);
    const auto first = StreamKey(number, 0);
    key = Val({first.data(), first.size()});
    for (bool more = streams.Get(&key, &value, MDB_SET_RANGE);
         more && std::memcmp(key.mv_data, first.data(), 8) == 0;
         more = streams.Get(&key, &value, MDB_NEXT)) {
      AddEvent(&log, ToNumber(value), fold);
    }
  }

  void ReadLog(uint64_t count, Fold* fold) override {
    const Transaction txn(env_, MDB_RDONLY);
    Cursor log(txn, log_);
    MDB_val key, value;
    for (bool more = log.Get(&key, &value, MDB_FIRST); more && count > 0;
         more = log.Get(&key, &value, MDB_NEXT), --count) {
      AddRecord(value, fold);
    }
  }

  void ReadTag(std::string_view tag, uint64_t count, Fold* fold) override {
    const Transaction txn(env_, MDB_RDONLY);
    Cursor tags(txn, tags_);
    Cursor log(txn, log_);
    uint64_t hash = HashOf(tag);
    MDB_val key = Val(&hash);
    MDB_val value;
    for (bool more = tags.Get(&key, &value, MDB_SET); more && count > 0;
         more = tags.Get(&key, &value, MDB_NEXT_DUP), --count) {
      AddEvent(&log, ToNumber(value), fold);
    }
  }

 private:
  struct End {
    uint64_t number = 0;
    uint64_t next_revision = 0;
  };

  static void AddRecord(const MDB_val& value, Fold* fold) {
    RecordView record;
    Check(ReadRecord(ToView(value), &record), "decode");
    fold->Add(record.revision, record.type, record.payload);
  }

  static void AddEvent(Cursor* log, uint64_t position, Fold* fold) {
    MDB_val key = Val(&position);
    MDB_val value;
    Check(log->Get(&key, &value, MDB_SET_KEY), "find event");
    AddRecord(value, fold);
  }

  // Where a stream ends, remembered so that an append need not ask.
  End& Find(const Transaction& txn, const std::string& stream) {
    const auto [at, fresh] = ends_.try_emplace(stream);
    if (!fresh) return at->second;
    MDB_val key = Val(stream);
    MDB_val value;
    const int code = mdb_get(txn.get(), names_, &key, &value);
    if (code == MDB_NOTFOUND) {
      at->second.number = next_stream_++;
      value = Val(&at->second.number);
      CheckMdb(mdb_put(txn.get(), names_, &key, &value, 0), "put name");
      return at->second;
    }
    CheckMdb(code, "find stream");
    at->second.number = ToNumber(value);
    // The last key below the next stream's first.
    Cursor streams(txn, streams_);
    const auto next = StreamKey(at->second.number + 1, 0);
    key = Val({next.data(), next.size()});
    const bool above = streams.Get(&key, &value, MDB_SET_RANGE);
    if (streams.Get(&key, &value, above ? MDB_PREV : MDB_LAST)) {
      uint64_t revision;
      std::memcpy(&revision, static_cast<char*>(key.mv_data) + 8, 8);
      at->second.next_revision = __builtin_bswap64(revision) + 1;
    }
    return at->second;
  }

  MDB_env* env_ = nullptr;
  const bool tags_indexed_;
  MDB_dbi log_ = 0, streams_ = 0, names_ = 0, tags_ = 0;
  uint64_t next_position_ = 0;
  uint64_t next_stream_ = 0;
  absl::flat_hash_map<std::string, End> ends_;
};

}  // namespace

std::unique_ptr<Peer> OpenLmdbPeer(const std::string& folder,
                                   const PeerSettings& settings) {
  return std::make_unique<LmdbPeer>(folder, settings);
}

}  // namespace daybook::bench
