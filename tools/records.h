// Records are what `daybook import json` reads: the lines of newline-delimited
// JSON, or the rows of CSV. Either way a record has fields, a payload, and a
// line it begins in.

#ifndef DAYBOOK_TOOLS_RECORDS_H_
#define DAYBOOK_TOOLS_RECORDS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "tools/line_reader.h"

namespace daybook::tools {

// Not thread-safe. Views are valid until the next step.
class Records {
 public:
  virtual ~Records() = default;

  // Steps to the next record, over empty lines. False at the end, on trouble
  // and when the process was interrupted: see status().
  virtual bool Next() = 0;
  // Not OK when this record can't be used: then it has no fields.
  virtual absl::Status record_status() const = 0;

  // The record as it stands there, without its line break.
  virtual std::string_view text() const = 0;
  // It has a line that is too long, of which text() holds the beginning.
  virtual bool cut() const = 0;
  // From 1.
  virtual uint64_t line_number() const = 0;
  // JSON: the line itself, or an object of the row's columns.
  virtual std::string payload() const = 0;
  // The text of one of the fields that were asked for.
  // Errors: kNotFound if it is missing, null or, in CSV, empty;
  // kInvalidArgument if it has no text.
  virtual absl::StatusOr<std::string_view> Find(
      std::string_view field) const = 0;

  virtual absl::Status status() const = 0;
};

// `fields` are those that Find() will be asked for; `lines` must outlive the
// records.
std::unique_ptr<Records> JsonRecords(LineReader& lines,
                                     const std::vector<std::string>& fields);
// A field that is no column ends the reading, with an error that names it.
std::unique_ptr<Records> CsvRecords(LineReader& lines,
                                    const std::vector<std::string>& fields);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_RECORDS_H_
