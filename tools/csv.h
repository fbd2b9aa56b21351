// CsvReader reads records of comma-separated values (RFC 4180) out of lines: a
// field in double quotes may hold commas, doubled quotes and newlines. The
// first record names the columns.
//
//   CsvReader csv(lines);
//   while (csv.Next()) {
//     if (!csv.record_status().ok()) { ... reject this record, go on }
//     ... csv.fields() under csv.columns() ...
//   }
//   return csv.status();

#ifndef DAYBOOK_TOOLS_CSV_H_
#define DAYBOOK_TOOLS_CSV_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/line_reader.h"

namespace daybook::tools {

// Takes a record apart, line by line. Not thread-safe.
class CsvSplitter {
 public:
  // A record has no more: a comma alone would take as much memory as a field.
  static constexpr size_t kFieldsMax = 1 << 16;

  // Adds the record's next line, without its newline; a return before that is
  // the line's end too, unless a quote is open.
  // Errors: kInvalidArgument for a quote or a return within a field that does
  // not begin with a quote, for text after a closing one, and for too many
  // fields.
  absl::Status Add(std::string_view line);

  // A quote is open: the record goes on in the next line.
  bool open() const { return open_; }
  // The fields of the lines added, and makes room for the next record.
  std::vector<std::string> Take();

 private:
  absl::Status AddFields(std::string_view line);

  std::vector<std::string> fields_;
  // The field whose quote is open.
  std::string field_;
  bool open_ = false;
};

// Not thread-safe.
class CsvReader {
 public:
  // A quote that is not closed takes in line after line; no more than this.
  static constexpr size_t kRecordBytesMax = 16 << 20;

  // `lines` must outlive the reader.
  explicit CsvReader(LineReader& lines) : lines_(lines) {}

  // Steps to the next record, over empty lines; the first call reads the names
  // of the columns too, and so does the first one after the lines were started
  // over (LineReaderOptions::follow). False at the end and on trouble: see
  // status().
  bool Next();

  // The record as it stands there, without its last line break.
  std::string_view record() const { return record_; }
  // It has a line that is too long, of which record() holds the beginning.
  bool cut() const { return cut_; }
  // The line it begins in, from 1.
  uint64_t line_number() const { return line_number_; }
  // Not OK when this record can't be used; then fields() is empty.
  const absl::Status& record_status() const { return record_status_; }

  const std::vector<std::string>& columns() const { return columns_; }
  // As many as columns.
  const std::vector<std::string>& fields() const { return fields_; }
  // The field of a column.
  // Errors: kNotFound if it is empty or there is no such column.
  absl::StatusOr<std::string_view> Find(std::string_view column) const;
  bool HasColumn(std::string_view column) const;

  // The record as a JSON object of strings, in the order of the columns.
  std::string ToJson() const;

  // As LineReader::status(), and kFailedPrecondition for bad column names.
  const absl::Status& status() const { return status_; }

 private:
  // Steps to the next line, without a byte order mark at the beginning;
  // `started_over` if it is the first one of lines that were started over.
  bool NextLine(std::string_view* line, bool* started_over);
  // Reads lines until they make a record; false at the end.
  bool ReadRecord();
  // The same for the names of the columns; false on trouble too.
  bool ReadColumns();
  absl::Status TakeColumns();

  LineReader& lines_;
  CsvSplitter splitter_;
  std::string record_;
  bool cut_ = false;
  uint64_t line_number_ = 0;
  // The last line taken; a lower one after it is of lines that started over.
  uint64_t last_line_ = 0;
  // The reader stands at a line that is not taken yet.
  bool held_ = false;
  absl::Status record_status_;
  std::vector<std::string> columns_;
  absl::flat_hash_map<std::string, size_t> places_;
  std::vector<std::string> fields_;
  absl::Status status_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CSV_H_
