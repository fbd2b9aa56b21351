// A sink that sums up the shop's sales in an SQLite database: one row for each
// article. Rows and position change in one transaction of SQLite: killed at any
// moment, no sale is lost there, and none counts twice.

#ifndef DAYBOOK_EXAMPLES_SQLITE_SINK_SALES_TABLE_H_
#define DAYBOOK_EXAMPLES_SQLITE_SINK_SALES_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/event_set.h"
#include "daybook/replay/sink.h"
#include "examples/shop/events.pb.h"

struct sqlite3;
struct sqlite3_stmt;

namespace shop {

class SalesTable final : public daybook::Sink {
 public:
  // What RunSink() is to be given the query of.
  using Events = daybook::EventSet<ItemSold, SaleCancelled>;

  // Opens the database in the file `path`, or makes one. Errors: kUnavailable,
  // as all of SQLite's.
  static absl::StatusOr<std::unique_ptr<SalesTable>> Open(
      const std::string& path);

  absl::StatusOr<daybook::Position> NextPosition() override;
  absl::Status Begin() override;
  absl::Status Write(const daybook::EventView& event) override;
  absl::Status Commit(daybook::Position next_position) override;

  // What was sold of `sku`.
  absl::StatusOr<int64_t> QuantityOf(const std::string& sku);

 private:
  struct Closer {
    void operator()(sqlite3* database) const;
    void operator()(sqlite3_stmt* statement) const;
  };
  using Statement = std::unique_ptr<sqlite3_stmt, Closer>;

  explicit SalesTable(sqlite3* database) : database_(database) {}

  absl::Status Execute(const char* sql);
  absl::StatusOr<Statement> Prepare(const char* sql);
  // Adds to the row of `sku`.
  absl::Status Add(const std::string& sku, int64_t quantity, int64_t cents);
  // Runs a statement that gives no rows, and makes it ready for the next run.
  absl::Status Run(sqlite3_stmt* statement);
  absl::Status Error() const;

  // Statements end before their database.
  std::unique_ptr<sqlite3, Closer> database_;
  Statement add_;
  Statement set_position_;
};

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SQLITE_SINK_SALES_TABLE_H_
