// SqlCondition is an SQL expression that a person typed, asked of one row after
// another: `--where` and `--until`. SQLite compiles it once and evaluates it;
// there is no grammar of our own (https://sqlite.org/lang_expr.html).
//
//   auto condition = SqlCondition::Compile(
//       "type = 'order-placed' AND data ->> '$.total' > 100",
//       {"type", "data"});
//   if (!condition.ok()) return condition.status();
//   condition->SetText(0, event.type);
//   condition->SetText(1, json);
//   absl::StatusOr<bool> holds = condition->Holds();
//
// An expression is not trusted. It sees the columns and nothing else: no file,
// no table, no setting of the process. It may call SQLite's functions of text,
// numbers, times and JSON, and use subqueries over json_each() and json_tree();
// everything else is refused. What it may take is bounded.

#ifndef DAYBOOK_TOOLS_SQL_CONDITION_H_
#define DAYBOOK_TOOLS_SQL_CONDITION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace daybook::tools {

// Movable; not thread-safe.
class SqlCondition {
 public:
  // A value, or an intermediate result, may be so long.
  static constexpr size_t kValueBytesMax = size_t{64} << 20;
  // More columns than this can't be.
  static constexpr size_t kColumnsMax = 1000;

  // `row_name` is what messages call that which has the columns: "event".
  // Errors: kInvalidArgument if `expression` is not exactly one expression, or
  // uses what it may not: with SQLite's words and the columns there are.
  static absl::StatusOr<SqlCondition> Compile(
      std::string_view expression, std::vector<std::string> columns,
      std::string_view row_name = "event");

  SqlCondition(SqlCondition&&) noexcept;
  SqlCondition& operator=(SqlCondition&&) noexcept;
  ~SqlCondition();

  // Whether the expression looks at a column: others need no value.
  bool Uses(size_t column) const { return used_[column]; }

  // What a column holds from here on; at first, NULL. `text` must live until
  // the next Set...() of that column, or the end.
  void SetNull(size_t column);
  void SetNumber(size_t column, int64_t number);
  void SetReal(size_t column, double number);
  void SetText(size_t column, std::string_view text);

  // True if the expression is true of the columns; NULL counts as false.
  // Errors: kFailedPrecondition if it can't be evaluated (a text that is no
  // JSON given to a JSON function), or takes too long; kResourceExhausted if
  // one of the texts is above kValueBytesMax; kCancelled when interrupted.
  absl::StatusOr<bool> Holds();

 private:
  struct Watch;

  SqlCondition();

  std::unique_ptr<Watch> watch_;
  sqlite3* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  std::vector<bool> used_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SQL_CONDITION_H_
