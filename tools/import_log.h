// What the imports of process logs, `import xes` and `import ocel`, have in
// common on the command line.

#ifndef DAYBOOK_TOOLS_IMPORT_LOG_H_
#define DAYBOOK_TOOLS_IMPORT_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tools/cli.h"
#include "tools/line_reader.h"
#include "tools/progress.h"

namespace daybook::tools {

struct LogArguments {
  std::string file;
  std::vector<std::string> tags;
  std::string name;
  std::string rejects;
  std::string order;
  std::string log_stream;
  std::string producer_key;
  size_t memory_max = size_t{1} << 30;
  bool utc = false;
  bool json_report = false;

  std::string ImportName() const;
};

// Each adds options that set a part of `arguments`, which must outlive the
// command.
void AddLogFile(CLI::App& command, LogArguments& arguments);
void AddLogTags(CLI::App& command, LogArguments& arguments);
void AddLogOrder(CLI::App& command, LogArguments& arguments,
                 const std::string& order, const std::string& description);
// All others: --utc, --log-stream, --max-memory, --name, --rejects,
// --producer-key, --format.
void AddLogOptions(CLI::App& command, LogArguments& arguments);

// One line on the terminal for both parts of such an import, reading and
// appending. Not thread-safe.
class LogProgress {
 public:
  // Both must outlive this.
  LogProgress(const CommandContext& context, const LineReader& lines);

  // To be called while reading.
  std::function<void()> on_read();
  // To be called with how many events are dealt with, of how many.
  std::function<void(uint64_t, uint64_t)> on_appended();
  void Clear();

 private:
  const CommandContext& context_;
  const LineReader& lines_;
  std::optional<Progress> reading_;
  std::optional<Progress> appending_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_LOG_H_
