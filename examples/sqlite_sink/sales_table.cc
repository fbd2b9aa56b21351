#include "examples/sqlite_sink/sales_table.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace shop {
namespace {

// One row says from where to go on: the one with number 1.
constexpr char kTables[] = R"sql(
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS sales(
    sku TEXT PRIMARY KEY,
    quantity INTEGER NOT NULL,
    cents INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS checkpoint(
    number INTEGER PRIMARY KEY CHECK(number = 1),
    next_position INTEGER NOT NULL);
)sql";
constexpr char kAdd[] = R"sql(
  INSERT INTO sales VALUES(?1, ?2, ?3) ON CONFLICT(sku) DO UPDATE
  SET quantity = quantity + ?2, cents = cents + ?3)sql";
constexpr char kSetPosition[] = R"sql(
  INSERT OR REPLACE INTO checkpoint VALUES(1, ?1))sql";

}  // namespace

void SalesTable::Closer::operator()(sqlite3* database) const {
  sqlite3_close(database);
}
void SalesTable::Closer::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

absl::StatusOr<std::unique_ptr<SalesTable>> SalesTable::Open(
    const std::string& path) {
  sqlite3* database = nullptr;
  const int code = sqlite3_open(path.c_str(), &database);
  std::unique_ptr<SalesTable> table(new SalesTable(database));
  if (code != SQLITE_OK) return table->Error();
  if (absl::Status status = table->Execute(kTables); !status.ok()) {
    return status;
  }
  absl::StatusOr<Statement> add = table->Prepare(kAdd);
  if (!add.ok()) return add.status();
  absl::StatusOr<Statement> set_position = table->Prepare(kSetPosition);
  if (!set_position.ok()) return set_position.status();
  table->add_ = *std::move(add);
  table->set_position_ = *std::move(set_position);
  return table;
}

// --- What a sink is asked ----------------------------------------------------

absl::StatusOr<daybook::Position> SalesTable::NextPosition() {
  absl::StatusOr<Statement> read =
      Prepare("SELECT next_position FROM checkpoint");
  if (!read.ok()) return read.status();
  switch (sqlite3_step(read->get())) {
    case SQLITE_DONE:
      return daybook::Position(0);
    case SQLITE_ROW:
      return daybook::Position(
          static_cast<uint64_t>(sqlite3_column_int64(read->get(), 0)));
    default:
      return Error();
  }
}

absl::Status SalesTable::Begin() {
  // What is left of a batch that failed.
  if (sqlite3_get_autocommit(database_.get()) == 0) {
    if (absl::Status status = Execute("ROLLBACK"); !status.ok()) return status;
  }
  return Execute("BEGIN IMMEDIATE");
}

absl::Status SalesTable::Write(const daybook::EventView& event) {
  return Events::Visit(
      event, daybook::Overloaded{
                 [this](const ItemSold& sold) {
                   return Add(sold.sku(), int64_t{sold.quantity()},
                              static_cast<int64_t>(sold.cents()));
                 },
                 [this](const SaleCancelled& cancelled) {
                   return Add(cancelled.sku(), -int64_t{cancelled.quantity()},
                              -static_cast<int64_t>(cancelled.cents()));
                 }});
}

absl::Status SalesTable::Commit(daybook::Position next_position) {
  sqlite3_bind_int64(set_position_.get(), 1,
                     static_cast<int64_t>(next_position.value()));
  if (absl::Status status = Run(set_position_.get()); !status.ok()) {
    return status;
  }
  return Execute("COMMIT");
}

// -----------------------------------------------------------------------------

absl::StatusOr<int64_t> SalesTable::QuantityOf(const std::string& sku) {
  absl::StatusOr<Statement> read =
      Prepare("SELECT quantity FROM sales WHERE sku = ?1");
  if (!read.ok()) return read.status();
  sqlite3_bind_text(read->get(), 1, sku.c_str(), -1, SQLITE_STATIC);
  switch (sqlite3_step(read->get())) {
    case SQLITE_DONE:
      return 0;
    case SQLITE_ROW:
      return sqlite3_column_int64(read->get(), 0);
    default:
      return Error();
  }
}

absl::Status SalesTable::Add(const std::string& sku, int64_t quantity,
                             int64_t cents) {
  sqlite3_bind_text(add_.get(), 1, sku.c_str(), -1, SQLITE_STATIC);
  sqlite3_bind_int64(add_.get(), 2, quantity);
  sqlite3_bind_int64(add_.get(), 3, cents);
  return Run(add_.get());
}

absl::Status SalesTable::Run(sqlite3_stmt* statement) {
  const int code = sqlite3_step(statement);
  absl::Status status = code == SQLITE_DONE ? absl::OkStatus() : Error();
  sqlite3_reset(statement);
  return status;
}

absl::Status SalesTable::Execute(const char* sql) {
  const int code =
      sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error();
}

absl::StatusOr<SalesTable::Statement> SalesTable::Prepare(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  const int code =
      sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr);
  if (code != SQLITE_OK) return Error();
  return Statement(statement);
}

absl::Status SalesTable::Error() const {
  return absl::UnavailableError(
      absl::StrCat("SQLite: ", sqlite3_errmsg(database_.get())));
}

}  // namespace shop
