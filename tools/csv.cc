#include "tools/csv.h"

#include <algorithm>
#include <utility>

#include "tools/exit_code.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {

absl::Status CsvSplitter::Add(std::string_view line) {
  const bool returned = line.ends_with('\r');
  if (returned) line.remove_suffix(1);
  if (open_) field_ += '\n';
  absl::Status status = AddFields(line);
  if (open_ && returned) field_ += '\r';
  return status;
}

absl::Status CsvSplitter::AddFields(std::string_view line) {
  size_t at = 0;
  while (true) {
    if (!open_ && line.substr(at).starts_with('"')) {
      open_ = true;
      ++at;
    }
    if (open_) {
      // Up to the quote that closes the field; two of them are one of its own.
      while (true) {
        const size_t quote = std::min(line.find('"', at), line.size());
        field_ += line.substr(at, quote - at);
        if (quote == line.size()) return absl::OkStatus();
        at = quote + 1;
        if (!line.substr(at).starts_with('"')) break;
        field_ += '"';
        ++at;
      }
      open_ = false;
      if (at < line.size() && line[at] != ',') {
        return absl::InvalidArgumentError(Concat(
            "text after the closing quote of field ", fields_.size() + 1));
      }
    } else {
      const size_t end = std::min(line.find(',', at), line.size());
      field_ = std::string(line.substr(at, end - at));
      const size_t wrong = field_.find_first_of("\"\r");
      if (wrong != std::string::npos) {
        return absl::InvalidArgumentError(Concat(
            field_[wrong] == '"' ? "a quote" : "a return", " inside field ",
            fields_.size() + 1, ", which does not begin with a quote"));
      }
      at = end;
    }
    if (fields_.size() == kFieldsMax) {
      return absl::InvalidArgumentError(
          Concat("more than ", kFieldsMax, " fields"));
    }
    fields_.push_back(std::exchange(field_, {}));
    if (at == line.size()) return absl::OkStatus();
    ++at;  // the comma
  }
}

std::vector<std::string> CsvSplitter::Take() {
  open_ = false;
  field_.clear();
  return std::exchange(fields_, {});
}

bool CsvReader::Next() {
  if (!status_.ok()) return false;
  bool found = false;
  while (!found) {
    if (columns_.empty() && !ReadColumns()) return false;
    found = ReadRecord();
    // Without columns it started over, and their names come again.
    if (!found && !columns_.empty()) return false;
  }
  if (record_status_.ok() && fields_.size() != columns_.size()) {
    record_status_ = absl::InvalidArgumentError(
        Concat(fields_.size(), " fields under ", columns_.size(), " columns"));
  }
  if (record_status_.ok() && !IsUtf8(record_)) {
    record_status_ = absl::InvalidArgumentError("it is not UTF-8");
  }
  if (!record_status_.ok()) fields_.clear();
  return true;
}

bool CsvReader::NextLine(std::string_view* line, bool* started_over) {
  const bool held = std::exchange(held_, false);
  if (!held && !lines_.Next()) return false;
  const uint64_t number = lines_.line_number();
  *started_over = !held && number <= last_line_;
  last_line_ = number;
  *line = lines_.line();
  // Spreadsheets write it.
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (number == 1 && line->starts_with(kByteOrderMark)) {
    line->remove_prefix(kByteOrderMark.size());
  }
  return true;
}

bool CsvReader::ReadRecord() {
  record_.clear();
  record_status_ = absl::OkStatus();
  splitter_.Take();
  fields_.clear();
  std::string_view line;
  bool started_over = false;
  while (NextLine(&line, &started_over)) {
    if (started_over && (splitter_.open() || !columns_.empty())) {
      columns_.clear();
      held_ = true;
      if (!splitter_.open()) return false;
      record_status_ = absl::InvalidArgumentError(
          "a quote is open, and the file was started over");
      return true;
    }
    if (!splitter_.open()) {
      line_number_ = lines_.line_number();
      if (line.empty() || line == "\r") continue;
    } else {
      record_ += '\n';
    }
    record_ += line;
    record_status_ = lines_.line_status();
    cut_ = !record_status_.ok();
    if (record_status_.ok()) record_status_ = splitter_.Add(line);
    if (record_status_.ok() && splitter_.open()) {
      if (record_.size() <= kRecordBytesMax) continue;
      record_status_ = absl::InvalidArgumentError(
          Concat("a quote is open after ", record_.size(), " bytes"));
    }
    if (record_.ends_with('\r')) record_.pop_back();
    fields_ = splitter_.Take();
    return true;
  }
  status_ = lines_.status();
  if (!splitter_.open() || !status_.ok()) return false;
  record_status_ =
      absl::InvalidArgumentError("a quote is open, and the input ends");
  splitter_.Take();
  return true;
}

bool CsvReader::ReadColumns() {
  if (!ReadRecord()) return false;
  status_ = TakeColumns();
  return status_.ok();
}

absl::Status CsvReader::TakeColumns() {
  if (!record_status_.ok()) {
    return InputError(Concat(
        "line ", line_number_,
        ", the names of the columns: ", std::string(record_status_.message())));
  }
  places_.clear();
  for (const std::string& column : fields_) {
    if (!IsUtf8(column)) {
      return InputError(
          Concat("the name of a column is not UTF-8: ", Quoted(column)));
    }
    if (!places_.emplace(column, places_.size()).second) {
      return InputError(Concat("two columns are called ", Quoted(column)));
    }
  }
  columns_ = std::exchange(fields_, {});
  return absl::OkStatus();
}

bool CsvReader::HasColumn(std::string_view column) const {
  return places_.contains(ToAbsl(column));
}

absl::StatusOr<std::string_view> CsvReader::Find(
    std::string_view column) const {
  const auto place = places_.find(ToAbsl(column));
  if (place == places_.end() || fields_[place->second].empty()) {
    return absl::NotFoundError(Concat("no value for ", Quoted(column)));
  }
  return fields_[place->second];
}

std::string CsvReader::ToJson() const {
  std::string json = "{";
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (i > 0) json += ',';
    AppendJsonString(columns_[i], &json);
    json += ':';
    AppendJsonString(fields_[i], &json);
  }
  return json + '}';
}

}  // namespace daybook::tools
