// An object-centric event log, OCEL 1.0 (https://www.ocel-standard.org/1.0/):
// events that each name several objects (an order, its items, a customer).
// There are two encodings of it, JSON and XML; both become the same here.

#ifndef DAYBOOK_TOOLS_OCEL_LOG_H_
#define DAYBOOK_TOOLS_OCEL_LOG_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "tools/line_reader.h"
#include "tools/memory_budget.h"

namespace daybook::tools {

struct OcelEvent {
  std::string id;
  std::string activity;
  std::optional<absl::Time> time;
  // Into OcelLog::objects(), in the event's order.
  std::vector<uint32_t> objects;
  // {"ocel:activity":..,"ocel:omap":[..],"ocel:timestamp":..,"ocel:vmap":{..}}
  // and what else the event says; canonical (canonical_json.h, log_time.h).
  std::string payload;
  // Why it can't be used; empty if it can.
  std::string problem;
  uint64_t line = 0;
};

struct OcelObject {
  std::string id;
  // Absent while no more is known than that an event names it.
  std::optional<std::string> type;
  // {"ocel:ovmap":{..},"ocel:type":..} and what else it says; canonical.
  std::string said;
  bool has_attributes = false;
  // Why what it says can't be used; empty if it can.
  std::string problem;
  uint64_t line = 0;
};

// What an event or object says, by member: JSON, canonical, and the first
// problem with it.
struct OcelMembers {
  std::map<std::string, std::string> json;
  std::string problem;

  void AddProblem(std::string_view reason) {
    if (problem.empty()) problem = std::string(reason);
  }
};

// Not thread-safe.
class OcelLog {
 public:
  // `utc` says what a time without an offset from UTC is; otherwise it is a
  // problem. `budget` must outlive this.
  OcelLog(bool utc, MemoryBudget& budget) : utc_(utc), budget_(budget) {}

  const std::vector<OcelEvent>& events() const { return events_; }
  const std::vector<OcelObject>& objects() const { return objects_; }
  // What the log says beside them, as JSON: {"ocel:global-log":{..},..}.
  const std::string& header() const { return header_; }

  // For the readers. Errors: those of the budget.
  absl::Status AddEvent(std::string_view id, uint64_t line,
                        OcelMembers members);
  absl::Status AddObject(std::string_view id, uint64_t line,
                         OcelMembers members);
  void set_header(std::string json) { header_ = std::move(json); }

 private:
  // The object with this id, which is made if there is none.
  absl::StatusOr<uint32_t> ObjectOf(std::string_view id);

  const bool utc_;
  MemoryBudget& budget_;
  std::vector<OcelEvent> events_;
  std::vector<OcelObject> objects_;
  absl::flat_hash_set<std::string> event_ids_;
  absl::flat_hash_map<std::string, uint32_t> objects_by_id_;
  std::string header_;
};

// Reads `lines`, which must stand at its beginning, to the end: JSON or XML, by
// its first character. All of it is held. `on_progress` is called now and then.
// Errors: those of `lines` and of the budget; exit code 1 for what is no OCEL
// 1.0, with the line.
absl::Status ReadOcel(LineReader& lines,
                      const std::function<void()>& on_progress,
                      MemoryBudget& budget, OcelLog* log);

// The two that it calls.
absl::Status ReadOcelJson(LineReader& lines,
                          const std::function<void()>& on_progress,
                          MemoryBudget& budget, OcelLog* log);
absl::Status ReadOcelXml(LineReader& lines,
                         const std::function<void()>& on_progress,
                         MemoryBudget& budget, OcelLog* log);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_OCEL_LOG_H_
