// Brings an SQLite database up to date with the sales of a shop's store:
//
//   shopctl simulate /tmp/shop 100000
//   example_sqlite_sink /tmp/shop /tmp/sales.db
//   sqlite3 /tmp/sales.db 'SELECT * FROM sales ORDER BY cents DESC LIMIT 5'

#include <iostream>

#include "absl/status/statusor.h"
#include "daybook/replay/sink.h"
#include "daybook/store/event_store.h"
#include "examples/sqlite_sink/sales_table.h"

namespace {

absl::StatusOr<daybook::Position> Update(const char* folder,
                                         const char* database) {
  const auto store =
      daybook::EventStore::Open(folder, {.create_if_missing = false});
  if (!store.ok()) return store.status();
  const auto table = shop::SalesTable::Open(database);
  if (!table.ok()) return table.status();
  const auto sales = shop::SalesTable::Events::ToQuery();
  if (!sales.ok()) return sales.status();
  return daybook::RunSink(**store, *sales, **table);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: example_sqlite_sink STORE DATABASE\n";
    return 1;
  }
  const absl::StatusOr<daybook::Position> next = Update(argv[1], argv[2]);
  if (!next.ok()) {
    std::cerr << next.status() << "\n";
    return 1;
  }
  std::cout << "all sales below position " << *next << " are in " << argv[2]
            << "\n";
  return 0;
}
