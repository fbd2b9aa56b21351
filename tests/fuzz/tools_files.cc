// Whole files: process logs, CSV, batches of CloudEvents, git's output.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "store/strings.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"
#include "tools/canonical_json.h"
#include "tools/cloud_event_reader.h"
#include "tools/csv.h"
#include "tools/git_log.h"
#include "tools/json_text.h"
#include "tools/line_reader.h"
#include "tools/memory_budget.h"
#include "tools/ocel_log.h"
#include "tools/xes_reader.h"

namespace daybook::tools {
namespace {

using ::daybook::fuzz::FuzzInput;
using ::daybook::fuzz::MemoryFile;

constexpr size_t kBudgetBytes = 1 << 20;

std::unique_ptr<LineReader> Open(const MemoryFile& file) {
  return LineReader::Open(file.path(), /*input_descriptor=*/-1).value();
}

std::string Quoted(const std::string& field) {
  std::string quoted = "\"";
  for (const char c : field) {
    quoted += c;
    if (c == '"') quoted += c;
  }
  return quoted + '"';
}

}  // namespace

FUZZ_TARGET(tools_lines) {
  const MemoryFile file(input);
  LineReaderOptions options;
  options.line_bytes_max = 64;
  const auto lines = LineReader::Open(file.path(), -1, options).value();
  std::string whole;
  bool is_whole = true;
  uint64_t count = 0;
  while (lines->Next()) {
    FUZZ_REQUIRE(lines->line_number() == ++count);
    FUZZ_REQUIRE(!lines->line_status().ok() || lines->line().size() <= 64);
    is_whole = is_whole && lines->line_status().ok();
    whole += lines->line();
    if (lines->terminated()) whole += '\n';
  }
  if (!is_whole || !lines->status().ok()) return;
  // Unless it was packed, it is what it was.
  FUZZ_REQUIRE(whole == input || input.starts_with("\x1F\x8B"));
}

FUZZ_TARGET(tools_csv) {
  const MemoryFile file(input);
  const auto lines = Open(file);
  CsvReader csv(*lines);
  std::string again;
  std::vector<std::vector<std::string>> records;
  while (csv.Next()) {
    if (!csv.record_status().ok()) continue;
    FUZZ_REQUIRE(csv.fields().size() == csv.columns().size());
    FUZZ_REQUIRE(IsJson(csv.ToJson()));
    records.push_back(csv.fields());
  }
  if (csv.columns().empty()) return;
  const auto add = [&](const std::vector<std::string>& fields) {
    for (size_t i = 0; i < fields.size(); ++i) {
      again += i == 0 ? "" : ",";
      again += Quoted(fields[i]);
    }
    again += '\n';
  };
  add(csv.columns());
  for (const auto& fields : records) add(fields);
  const MemoryFile written(again);
  const auto written_lines = Open(written);
  CsvReader reader(*written_lines);
  for (const auto& fields : records) {
    FUZZ_REQUIRE(reader.Next() && reader.record_status().ok());
    FUZZ_REQUIRE(reader.fields() == fields);
  }
  FUZZ_REQUIRE(!reader.Next() && reader.status().ok());
}

FUZZ_TARGET(tools_cloud_events) {
  const MemoryFile file(input);
  const auto lines = Open(file);
  CloudEventReader reader(*lines);
  size_t bytes = 0;
  while (reader.Next()) {
    FUZZ_REQUIRE(reader.event_status().ok() && !reader.text().empty());
    FUZZ_REQUIRE(reader.line_number() > 0);
    bytes += reader.text().size();
    FUZZ_REQUIRE(bytes <= input.size() || input.starts_with("\x1F\x8B"));
  }
}

FUZZ_TARGET(tools_xes) {
  const MemoryFile file(input);
  const auto lines = Open(file);
  MemoryBudget budget(kBudgetBytes, "");
  XesHeader header;
  const absl::Status status =
      ReadXes(*lines, /*utc=*/false, budget,
              {.on_trace =
                   [&](const std::vector<XesEvent>& events) {
                     for (const XesEvent& event : events) {
                       FUZZ_REQUIRE(IsJson(event.attributes.object));
                       FUZZ_REQUIRE(event.attributes.types.empty() ||
                                    IsJson(event.attributes.types));
                       budget.Give(event.memory());
                     }
                     if (!events.empty() && events.front().trace != nullptr) {
                       budget.Give(events.front().trace->memory());
                     }
                     return absl::OkStatus();
                   },
               .on_progress = [] {}},
              &header);
  FUZZ_REQUIRE(budget.bytes() <= kBudgetBytes);
  if (!status.ok()) return;
  FUZZ_REQUIRE(header.json.empty() ? !header.problem.empty()
                                   : IsJson(header.json));
}

FUZZ_TARGET(tools_ocel) {
  const MemoryFile file(input);
  const auto lines = Open(file);
  MemoryBudget budget(kBudgetBytes, "");
  OcelLog log(/*utc=*/true, budget);
  const absl::Status status = ReadOcel(
      *lines, [] {}, budget, &log);
  FUZZ_REQUIRE(budget.bytes() <= kBudgetBytes);
  if (!status.ok()) return;
  FUZZ_REQUIRE(IsJson(log.header()));
  for (const OcelEvent& event : log.events()) {
    FUZZ_REQUIRE(IsJson(event.payload));
    for (const uint32_t place : event.objects) {
      FUZZ_REQUIRE(place < log.objects().size());
    }
    if (!event.problem.empty()) continue;
    std::string canonical;
    FUZZ_REQUIRE(AppendCanonicalJson(event.payload, &canonical).ok());
    FUZZ_REQUIRE(canonical == event.payload);
  }
}

FUZZ_TARGET(tools_git_log) {
  FuzzInput in(input);
  const size_t step = 1 + in.Take<uint8_t>();
  std::string_view rest = in.TakeRest();
  GitLogParser parser([&](char* buffer, size_t size) -> absl::StatusOr<size_t> {
    const size_t count = std::min({size, step, rest.size()});
    std::copy_n(rest.begin(), count, buffer);
    rest.remove_prefix(count);
    return count;
  });
  while (true) {
    const absl::StatusOr<bool> more = parser.NextCommit();
    if (!more.ok() || !*more) return;
    FUZZ_REQUIRE(IsUtf8(parser.commit().author));
    while (true) {
      const absl::StatusOr<bool> change = parser.NextChange();
      if (!change.ok()) return;
      if (!*change) break;
      FUZZ_REQUIRE(!parser.change().path.empty());
      FUZZ_REQUIRE(parser.change().new_mode.size() == 6);
    }
  }
}

}  // namespace daybook::tools
