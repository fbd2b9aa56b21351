#include "tools/records.h"

#include <utility>

#include "tools/csv.h"
#include "tools/exit_code.h"
#include "tools/json_fields.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Other programs write it at the beginning of a file; it is no part of JSON.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

class JsonRecordReader final : public Records {
 public:
  JsonRecordReader(LineReader& lines, const std::vector<std::string>& fields)
      : lines_(lines), fields_(fields) {}

  bool Next() override {
    do {
      if (!lines_.Next()) return false;
      text_ = lines_.line();
      if (text_.ends_with('\r')) text_.remove_suffix(1);
      if (lines_.line_number() == 1 && text_.starts_with(kByteOrderMark)) {
        text_.remove_prefix(kByteOrderMark.size());
      }
    } while (lines_.line_status().ok() &&
             text_.find_first_not_of(" \t\r") == std::string_view::npos);
    record_status_ = lines_.line_status();
    if (record_status_.ok()) record_status_ = fields_.Read(text_);
    return true;
  }
  absl::Status record_status() const override { return record_status_; }
  std::string_view text() const override { return text_; }
  bool cut() const override { return !lines_.line_status().ok(); }
  uint64_t line_number() const override { return lines_.line_number(); }
  std::string payload() const override { return std::string(text_); }
  absl::StatusOr<std::string_view> Find(std::string_view field) const override {
    return fields_.Find(field);
  }
  absl::Status status() const override { return lines_.status(); }

 private:
  LineReader& lines_;
  JsonFields fields_;
  std::string_view text_;
  absl::Status record_status_;
};

class CsvRecordReader final : public Records {
 public:
  CsvRecordReader(LineReader& lines, std::vector<std::string> fields)
      : csv_(lines), fields_(std::move(fields)) {}

  bool Next() override {
    if (!status_.ok()) return false;
    const bool found = csv_.Next();
    // Of a file without records too.
    if (!columns_checked_ && !csv_.columns().empty()) status_ = CheckColumns();
    return found && status_.ok();
  }
  absl::Status record_status() const override { return csv_.record_status(); }
  std::string_view text() const override { return csv_.record(); }
  bool cut() const override { return csv_.cut(); }
  uint64_t line_number() const override { return csv_.line_number(); }
  std::string payload() const override { return csv_.ToJson(); }
  absl::StatusOr<std::string_view> Find(std::string_view field) const override {
    return csv_.Find(field);
  }
  absl::Status status() const override {
    return status_.ok() ? csv_.status() : status_;
  }

 private:
  absl::Status CheckColumns() {
    columns_checked_ = true;
    for (const std::string& field : fields_) {
      if (!csv_.HasColumn(field)) {
        return InputError(Concat("there is no column ", Quoted(field)));
      }
    }
    return absl::OkStatus();
  }

  CsvReader csv_;
  const std::vector<std::string> fields_;
  bool columns_checked_ = false;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<Records> JsonRecords(LineReader& lines,
                                     const std::vector<std::string>& fields) {
  return std::make_unique<JsonRecordReader>(lines, fields);
}

std::unique_ptr<Records> CsvRecords(LineReader& lines,
                                    const std::vector<std::string>& fields) {
  return std::make_unique<CsvRecordReader>(lines, fields);
}

}  // namespace daybook::tools
