#include "tools/import_log.h"

#include "tools/import_keys.h"
#include "tools/import_report.h"
#include "tools/number_option.h"
#include "tools/producer_arguments.h"

namespace daybook::tools {

std::string LogArguments::ImportName() const {
  return name.empty() ? DefaultImportName(file) : name;
}

void AddLogFile(CLI::App& command, LogArguments& arguments) {
  command
      .add_option("file", arguments.file,
                  "the file, gzip or not; - is standard input")
      ->required()
      ->type_name("FILE");
}

void AddLogTags(CLI::App& command, LogArguments& arguments) {
  AddRepeated(command, "--tag", arguments.tags,
              "one more tag, left out where a field is missing or null; "
              "repeatable")
      ->type_name("TEMPLATE");
}

void AddLogOrder(CLI::App& command, LogArguments& arguments,
                 const std::string& order, const std::string& description) {
  arguments.order = order;
  command.add_option("--order", arguments.order, description)
      ->check(CLI::IsMember({"time", "file"}))
      ->type_name("ORDER");
}

void AddLogOptions(CLI::App& command, LogArguments& arguments) {
  command.add_flag("--utc", arguments.utc,
                   "times without an offset are UTC; else they are an error");
  command
      .add_option("--log-stream", arguments.log_stream,
                  "keep what the log says of itself (version, extensions, "
                  "globals, its own attributes) as an event of this stream")
      ->type_name("STREAM");
  command
      .add_option("--max-memory", arguments.memory_max,
                  "stop rather than hold more of the log at a time (default: "
                  "1GiB)")
      ->transform(SizeInBytes())
      ->type_name("BYTES");
  command
      .add_option("--name", arguments.name,
                  "what tells this import from others (default: the file's "
                  "name); an event counts as known under the same name only")
      ->type_name("NAME");
  command
      .add_option("--rejects", arguments.rejects,
                  "write events that can't be used there and go on, instead of "
                  "stopping at the first")
      ->type_name("FILE");
  AddProducerKey(command, arguments.producer_key);
  AddReportFormat(command, arguments.json_report);
}

LogProgress::LogProgress(const CommandContext& context, const LineReader& lines)
    : context_(context), lines_(lines) {
  reading_.emplace(context, "read", lines.bytes_total(),
                   Progress::Unit::kBytes);
}

std::function<void()> LogProgress::on_read() {
  return [this] { reading_->Update(lines_.bytes_read()); };
}

std::function<void(uint64_t, uint64_t)> LogProgress::on_appended() {
  return [this](uint64_t done, uint64_t total) {
    if (!appending_.has_value()) {
      reading_->Clear();
      appending_.emplace(context_, "append", total);
    }
    appending_->Update(done);
  };
}

void LogProgress::Clear() {
  reading_->Clear();
  if (appending_.has_value()) appending_->Clear();
}

}  // namespace daybook::tools
