#include "tools/sql_condition.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "store/status_macros.h"
#include "tools/exit_code.h"
#include "tools/interrupt.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// What one evaluation may take, in steps of SQLite's machine: a second or so.
constexpr int kStepsPerLook = 10'000;
constexpr int kLooksMax = 5'000;
// A pattern of many wildcards takes time that no step counts.
constexpr int kPatternBytesMax = 256;
constexpr int kExpressionBytesMax = 64 << 10;
// So much of an expression is repeated in a message.
constexpr size_t kShownBytesMax = 200;

// The functions there are; sorted. Neither those that reach out of the
// expression (load_extension, fts3_tokenizer, readfile) nor those that differ
// from one call to the next (random).
constexpr auto kFunctions =
    std::to_array<std::string_view>({"->",
                                     "->>",
                                     "abs",
                                     "acos",
                                     "acosh",
                                     "asin",
                                     "asinh",
                                     "atan",
                                     "atan2",
                                     "atanh",
                                     "avg",
                                     "ceil",
                                     "ceiling",
                                     "char",
                                     "coalesce",
                                     "cos",
                                     "cosh",
                                     "count",
                                     "date",
                                     "datetime",
                                     "degrees",
                                     "exp",
                                     "floor",
                                     "format",
                                     "glob",
                                     "group_concat",
                                     "hex",
                                     "ifnull",
                                     "iif",
                                     "instr",
                                     "json",
                                     "json_array",
                                     "json_array_length",
                                     "json_extract",
                                     "json_group_array",
                                     "json_group_object",
                                     "json_insert",
                                     "json_object",
                                     "json_patch",
                                     "json_quote",
                                     "json_remove",
                                     "json_replace",
                                     "json_set",
                                     "json_type",
                                     "json_valid",
                                     "julianday",
                                     "length",
                                     "like",
                                     "likelihood",
                                     "likely",
                                     "ln",
                                     "log",
                                     "log10",
                                     "log2",
                                     "lower",
                                     "ltrim",
                                     "max",
                                     "min",
                                     "mod",
                                     "nullif",
                                     "octet_length",
                                     "pi",
                                     "pow",
                                     "power",
                                     "printf",
                                     "quote",
                                     "radians",
                                     "replace",
                                     "round",
                                     "rtrim",
                                     "sign",
                                     "sin",
                                     "sinh",
                                     "soundex",
                                     "sqrt",
                                     "strftime",
                                     "substr",
                                     "substring",
                                     "sum",
                                     "tan",
                                     "tanh",
                                     "time",
                                     "total",
                                     "trim",
                                     "trunc",
                                     "typeof",
                                     "unhex",
                                     "unicode",
                                     "unixepoch",
                                     "unlikely",
                                     "upper"});
static_assert(std::ranges::is_sorted(kFunctions));

bool IsFunction(std::string_view name) {
  std::string lower(name);
  std::ranges::transform(lower, lower.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return std::ranges::binary_search(kFunctions, std::string_view(lower));
}

// `name` as an identifier of SQL.
std::string Identifier(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};
struct FinishStatement {
  void operator()(sqlite3_stmt* statement) const {
    sqlite3_finalize(statement);
  }
};
using Database = std::unique_ptr<sqlite3, CloseDatabase>;
using Statement = std::unique_ptr<sqlite3_stmt, FinishStatement>;

void SetLimits(sqlite3* database) {
  // What stands in double quotes is a column, never a text by mistake.
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH,
                static_cast<int>(SqlCondition::kValueBytesMax));
  sqlite3_limit(database, SQLITE_LIMIT_SQL_LENGTH, 1 << 20);
  sqlite3_limit(database, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, kPatternBytesMax);
  sqlite3_limit(database, SQLITE_LIMIT_EXPR_DEPTH, 200);
  sqlite3_limit(database, SQLITE_LIMIT_COMPOUND_SELECT, 10);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
  sqlite3_limit(database, SQLITE_LIMIT_WORKER_THREADS, 0);
}

absl::Status OutOfMemory() {
  return absl::ResourceExhaustedError("out of memory for an SQL expression");
}

}  // namespace

// What SQLite calls back with: its address stays.
struct SqlCondition::Watch {
  std::vector<std::string> columns;
  std::vector<bool>* used = nullptr;
  // What was refused, for the message.
  std::string refused;
  // How often SQLite came to ask whether to go on.
  int looks = 0;
  // A value was longer than any may be.
  bool too_large = false;

  static int Authorize(void* self, int action, const char* first,
                       const char* second, const char* /*database*/,
                       const char* /*trigger*/) {
    auto& watch = *static_cast<Watch*>(self);
    const std::string_view a = first == nullptr ? "" : first;
    const std::string_view b = second == nullptr ? "" : second;
    switch (action) {
      case SQLITE_SELECT:
        return SQLITE_OK;
      case SQLITE_FUNCTION:
        if (IsFunction(b)) return SQLITE_OK;
        watch.refused = Concat("the function ", b, "()");
        return SQLITE_DENY;
      case SQLITE_READ: {
        if (a == "json_each" || a == "json_tree") return SQLITE_OK;
        if (a != "event") {
          watch.refused = Concat("the table ", a);
          return SQLITE_DENY;
        }
        const auto found = std::ranges::find(watch.columns, b);
        if (found != watch.columns.end() && watch.used != nullptr) {
          (*watch.used)[static_cast<size_t>(found - watch.columns.begin())] =
              true;
        }
        return SQLITE_OK;
      }
      case SQLITE_RECURSIVE:
        watch.refused = "a recursive query";
        return SQLITE_DENY;
      default:
        watch.refused = "more than an expression";
        return SQLITE_DENY;
    }
  }

  static int Look(void* self) {
    auto& watch = *static_cast<Watch*>(self);
    return static_cast<int>(Interrupted() || ++watch.looks > kLooksMax);
  }
};

SqlCondition::SqlCondition() : watch_(std::make_unique<Watch>()) {}

SqlCondition::SqlCondition(SqlCondition&& other) noexcept
    : watch_(std::move(other.watch_)),
      database_(std::exchange(other.database_, nullptr)),
      statement_(std::exchange(other.statement_, nullptr)),
      used_(std::move(other.used_)) {}

SqlCondition& SqlCondition::operator=(SqlCondition&& other) noexcept {
  std::swap(watch_, other.watch_);
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  std::swap(used_, other.used_);
  return *this;
}

SqlCondition::~SqlCondition() {
  FinishStatement()(statement_);
  CloseDatabase()(database_);
}

absl::StatusOr<SqlCondition> SqlCondition::Compile(
    std::string_view expression, std::vector<std::string> columns,
    std::string_view row_name) {
  assert(columns.size() <= kColumnsMax);
  if (expression.size() > kExpressionBytesMax) {
    return absl::InvalidArgumentError(
        Concat("an SQL expression has at most ",
               Bytes(static_cast<uint64_t>(kExpressionBytesMax)), ", not ",
               Bytes(expression.size())));
  }
  SqlCondition condition;
  Watch& watch = *condition.watch_;
  watch.columns = std::move(columns);
  const auto wrong = [&](std::string_view why) {
    std::string known;
    for (const std::string& column : watch.columns) {
      known += known.empty() ? column : ", " + column;
    }
    return absl::InvalidArgumentError(Concat(
        "the expression ", Quoted(expression.substr(0, kShownBytesMax)),
        expression.size() > kShownBytesMax ? "..." : "",
        " can't be used: ", why, "; write one SQL expression over the ",
        row_name, "'s columns ", known, ", with texts in single quotes"));
  };
  if (expression.find('\0') != std::string_view::npos) {
    return wrong("it holds a NUL");
  }

  sqlite3* opened = nullptr;
  const int open = sqlite3_open_v2(
      ":memory:", &opened,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
      nullptr);
  Database database(opened);
  if (open != SQLITE_OK) return OutOfMemory();
  SetLimits(database.get());

  std::string table;
  std::string row;
  for (const std::string& column : watch.columns) {
    const std::string name = Identifier(column);
    table += Concat(table.empty() ? "" : ", ", name);
    row += Concat(row.empty() ? "?" : ", ?", " AS ", name);
  }
  // The functions that are tables declare themselves when they are first used,
  // which no expression may.
  if (sqlite3_exec(database.get(),
                   Concat("SELECT 1 FROM json_each('[]'), json_tree('[]');"
                          "CREATE TABLE event(",
                          table, ")")
                       .c_str(),
                   nullptr, nullptr, nullptr) != SQLITE_OK) {
    return wrong(sqlite3_errmsg(database.get()));
  }
  sqlite3_set_authorizer(database.get(), &Watch::Authorize, &watch);
  condition.used_.assign(watch.columns.size(), false);
  watch.used = &condition.used_;

  // What parses in brackets and between two words alike is one expression: to
  // leave one of the two, it would have to hold what the other can't.
  const std::array<std::string, 3> texts = {
      Concat("SELECT (\n", expression, "\n) FROM event"),
      Concat("SELECT CASE WHEN\n", expression, "\nTHEN 1 END FROM event"),
      Concat("SELECT (\n", expression, "\n) IS TRUE FROM (SELECT ", row,
             ") AS event")};
  Statement statement;
  for (size_t i = 0; i < texts.size(); ++i) {
    sqlite3_stmt* prepared = nullptr;
    const int result = sqlite3_prepare_v2(database.get(), texts[i].c_str(),
                                          static_cast<int>(texts[i].size()),
                                          &prepared, nullptr);
    statement.reset(prepared);
    if (result != SQLITE_OK) {
      return wrong(watch.refused.empty()
                       ? sqlite3_errmsg(database.get())
                       : Concat(watch.refused, " is not allowed"));
    }
    // Ours are in the last text only.
    if (i == 0 && sqlite3_bind_parameter_count(prepared) > 0) {
      return wrong("there is nothing to be given for a ?");
    }
  }
  watch.used = nullptr;
  sqlite3_progress_handler(database.get(), kStepsPerLook, &Watch::Look, &watch);
  condition.statement_ = statement.release();
  condition.database_ = database.release();
  return condition;
}

void SqlCondition::SetNull(size_t column) {
  sqlite3_bind_null(statement_, static_cast<int>(column) + 1);
}

void SqlCondition::SetNumber(size_t column, int64_t number) {
  sqlite3_bind_int64(statement_, static_cast<int>(column) + 1, number);
}

void SqlCondition::SetReal(size_t column, double number) {
  sqlite3_bind_double(statement_, static_cast<int>(column) + 1, number);
}

void SqlCondition::SetText(size_t column, std::string_view text) {
  if (text.size() > kValueBytesMax) {
    watch_->too_large = true;
    SetNull(column);
    return;
  }
  sqlite3_bind_text64(statement_, static_cast<int>(column) + 1, text.data(),
                      text.size(), SQLITE_STATIC, SQLITE_UTF8);
}

absl::StatusOr<bool> SqlCondition::Holds() {
  if (std::exchange(watch_->too_large, false)) {
    return absl::ResourceExhaustedError(
        Concat("a value is above ", Bytes(kValueBytesMax),
               ": too large for an SQL expression"));
  }
  watch_->looks = 0;
  const int result = sqlite3_step(statement_);
  const bool holds =
      result == SQLITE_ROW && sqlite3_column_int(statement_, 0) != 0;
  const std::string why = result == SQLITE_ROW ? "" : sqlite3_errmsg(database_);
  sqlite3_reset(statement_);
  if (result == SQLITE_ROW) return holds;
  if (Interrupted()) return InterruptedError();
  if (result == SQLITE_INTERRUPT) {
    return InputError(
        "the SQL expression takes too long: one without large subqueries "
        "would do");
  }
  if (result == SQLITE_NOMEM) return OutOfMemory();
  return InputError(Concat("the SQL expression can't be evaluated: ", why));
}

}  // namespace daybook::tools
