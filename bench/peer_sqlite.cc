#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "bench/check.h"
#include "bench/peer.h"

namespace daybook::bench {
namespace {

// The schema that a careful user would write: streams by number, the log as
// the table's own order, one unique index to read streams by. Tags, if wanted,
// in a table that is its own index.
constexpr char kSchema[] = R"sql(
  CREATE TABLE IF NOT EXISTS streams(
    stream INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE);
  CREATE TABLE IF NOT EXISTS events(
    position INTEGER PRIMARY KEY,
    stream INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    id BLOB NOT NULL,
    type TEXT NOT NULL,
    content_type TEXT NOT NULL,
    recorded_at INTEGER NOT NULL,
    tags TEXT,
    payload BLOB NOT NULL,
    UNIQUE(stream, revision));
)sql";
constexpr char kTagSchema[] = R"sql(
  CREATE TABLE IF NOT EXISTS tags(
    tag TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY(tag, position)) WITHOUT ROWID;
)sql";

class Statement {
 public:
  Statement() = default;
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  void Prepare(sqlite3* db, const char* sql) {
    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement_,
                           nullptr) != SQLITE_OK) {
      Fail(sql, sqlite3_errmsg(db));
    }
  }
  // Parameters count from 1. Text must stay until the next Reset().
  void Bind(int parameter, int64_t value) {
    sqlite3_bind_int64(statement_, parameter, value);
  }
  void BindText(int parameter, std::string_view text) {
    sqlite3_bind_text64(statement_, parameter, text.data(), text.size(),
                        SQLITE_STATIC, SQLITE_UTF8);
  }
  void BindBlob(int parameter, std::string_view bytes) {
    sqlite3_bind_blob64(statement_, parameter, bytes.data(), bytes.size(),
                        SQLITE_STATIC);
  }
  void BindNull(int parameter) { sqlite3_bind_null(statement_, parameter); }
  // True when there is a row.
  bool Step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) return true;
    if (code != SQLITE_DONE) {
      Fail("step", sqlite3_errmsg(sqlite3_db_handle(statement_)));
    }
    return false;
  }
  void Reset() { sqlite3_reset(statement_); }
  void Run() {
    Step();
    Reset();
  }
  // Columns count from 0.
  int64_t Number(int column) {
    return sqlite3_column_int64(statement_, column);
  }
  std::string_view Text(int column) {
    const void* text = sqlite3_column_text(statement_, column);
    return {static_cast<const char*>(text), Bytes(column)};
  }
  std::string_view Blob(int column) {
    const void* bytes = sqlite3_column_blob(statement_, column);
    return {static_cast<const char*>(bytes), Bytes(column)};
  }

 private:
  size_t Bytes(int column) {
    return static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  }
  sqlite3_stmt* statement_ = nullptr;
};

class SqlitePeer : public Peer {
 public:
  SqlitePeer(const std::string& folder, const PeerSettings& settings)
      : tags_(settings.tags) {
    const std::string path = folder + "/events.sqlite";
    if (sqlite3_open_v2(
            path.c_str(), &db_,
            SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
            nullptr) != SQLITE_OK) {
      Fail("open SQLite", sqlite3_errmsg(db_));
    }
    Execute("PRAGMA journal_mode = WAL");
    Execute("PRAGMA synchronous = FULL");
    Execute("PRAGMA cache_size = -" +
            std::to_string(settings.memory_bytes >> 10));
    // Mapped pages are read ahead by the megabyte.
    if (!settings.scattered_reads) {
      Execute("PRAGMA mmap_size = " + std::to_string(int64_t{64} << 30));
    }
    // 64 MiB between checkpoints, as much as the others keep unwritten.
    Execute("PRAGMA wal_autocheckpoint = 16384");
    Execute(kSchema);
    if (tags_) Execute(kTagSchema);
    begin_.Prepare(db_, "BEGIN IMMEDIATE");
    commit_.Prepare(db_, "COMMIT");
    find_stream_.Prepare(db_, "SELECT stream FROM streams WHERE name = ?");
    find_end_.Prepare(db_,
                      "SELECT max(revision) + 1 FROM events WHERE stream = ?");
    add_stream_.Prepare(db_, "INSERT INTO streams(stream, name) VALUES(?, ?)");
    add_event_.Prepare(db_,
                       "INSERT INTO events VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)");
    read_stream_.Prepare(
        db_,
        "SELECT revision, type, payload, position, id, content_type, "
        "recorded_at FROM events WHERE stream = ? ORDER BY revision");
    read_log_.Prepare(
        db_,
        "SELECT revision, type, payload, position, id, content_type, "
        "recorded_at, stream FROM events ORDER BY position LIMIT ?");
    if (tags_) {
      add_tag_.Prepare(db_, "INSERT INTO tags VALUES(?, ?)");
      read_tag_.Prepare(
          db_,
          "SELECT e.revision, e.type, e.payload FROM tags t JOIN events e "
          "USING(position) WHERE t.tag = ? ORDER BY t.position LIMIT ?");
    }
    Statement last;
    last.Prepare(db_, "SELECT ifnull(max(position) + 1, 0) FROM events");
    last.Step();
    next_position_ = last.Number(0);
    Statement last_stream;
    last_stream.Prepare(db_, "SELECT ifnull(max(stream) + 1, 0) FROM streams");
    last_stream.Step();
    next_stream_ = last_stream.Number(0);
  }

  // Really closed once the statements are gone too.
  ~SqlitePeer() override { sqlite3_close_v2(db_); }

  void Append(const AppendRequest& request) override {
    begin_.Run();
    for (const StreamExpectation& expectation : request.expectations) {
      const End& end = Find(expectation.stream);
      const int64_t expected =
          expectation.expected.kind() == ExpectedRevision::Kind::kExactly
              ? static_cast<int64_t>(expectation.expected.revision().value()) +
                    1
              : 0;
      Check(end.next_revision == expected, "expected revision");
    }
    for (const StreamEvent& event : request.events) {
      End& end = Find(event.stream);
      const int64_t position = next_position_++;
      const auto id = IdOf(static_cast<uint64_t>(position));
      std::string tag_text;
      for (const std::string& tag : event.event.tags) tag_text += tag + ' ';
      add_event_.Bind(1, position);
      add_event_.Bind(2, end.number);
      add_event_.Bind(3, end.next_revision++);
      add_event_.BindBlob(4, {id.data(), id.size()});
      add_event_.BindText(5, event.event.type);
      add_event_.BindText(6, event.event.content_type);
      add_event_.Bind(7, 1'700'000'000'000'000);
      if (tag_text.empty()) {
        add_event_.BindNull(8);
      } else {
        add_event_.BindText(8, tag_text);
      }
      add_event_.BindBlob(9, event.event.payload);
      add_event_.Run();
      if (!tags_) continue;
      for (const std::string& tag : event.event.tags) {
        add_tag_.BindText(1, tag);
        add_tag_.Bind(2, position);
        add_tag_.Run();
      }
    }
    commit_.Run();
  }

  void ReadStream(std::string_view stream, Fold* fold) override {
    find_stream_.BindText(1, stream);
    Check(find_stream_.Step(), "find stream");
    const int64_t number = find_stream_.Number(0);
    find_stream_.Reset();
    read_stream_.Bind(1, number);
    AddRows(&read_stream_, fold);
  }

  void ReadLog(uint64_t count, Fold* fold) override {
    read_log_.Bind(1, static_cast<int64_t>(count));
    AddRows(&read_log_, fold);
  }

  void ReadTag(std::string_view tag, uint64_t count, Fold* fold) override {
    read_tag_.BindText(1, tag);
    read_tag_.Bind(2, static_cast<int64_t>(count));
    AddRows(&read_tag_, fold);
  }

 private:
  // Where a stream ends, remembered so that an append need not ask.
  struct End {
    int64_t number = 0;
    int64_t next_revision = 0;
  };

  void Execute(const std::string& sql) {
    char* message = nullptr;
    if (sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, &message) !=
        SQLITE_OK) {
      Fail(sql, message == nullptr ? "" : message);
    }
  }

  End& Find(const std::string& stream) {
    const auto [at, fresh] = ends_.try_emplace(stream);
    if (!fresh) return at->second;
    find_stream_.BindText(1, stream);
    if (find_stream_.Step()) {
      at->second.number = find_stream_.Number(0);
      find_end_.Bind(1, at->second.number);
      find_end_.Step();
      at->second.next_revision = find_end_.Number(0);
      find_end_.Reset();
    } else {
      at->second.number = next_stream_++;
      add_stream_.Bind(1, at->second.number);
      add_stream_.BindText(2, stream);
      add_stream_.Run();
    }
    find_stream_.Reset();
    return at->second;
  }

  static void AddRows(Statement* statement, Fold* fold) {
    while (statement->Step()) {
      fold->Add(static_cast<uint64_t>(statement->Number(0)), statement->Text(1),
                statement->Blob(2));
    }
    statement->Reset();
  }

  sqlite3* db_ = nullptr;
  const bool tags_;
  int64_t next_position_ = 0;
  int64_t next_stream_ = 0;
  absl::flat_hash_map<std::string, End> ends_;
  Statement begin_, commit_, find_stream_, find_end_, add_stream_, add_event_,
      add_tag_, read_stream_, read_log_, read_tag_;
};

}  // namespace

std::unique_ptr<Peer> OpenSqlitePeer(const std::string& folder,
                                     const PeerSettings& settings) {
  return std::make_unique<SqlitePeer>(folder, settings);
}

}  // namespace daybook::bench
