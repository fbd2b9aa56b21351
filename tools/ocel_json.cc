// The JSON encoding of OCEL 1.0:
//
//   {"ocel:global-log": {...},
//    "ocel:events": {"e1": {"ocel:activity": "place order",
//                           "ocel:timestamp": "2020-07-09T08:20:01+01:00",
//                           "ocel:omap": ["o1", "i1"],
//                           "ocel:vmap": {"price": 12.50}}},
//    "ocel:objects": {"o1": {"ocel:type": "order", "ocel:ovmap": {}}}}

#include <algorithm>
#include <string>
#include <utility>

#include "store/status_macros.h"
#include "tools/bounded_json.h"
#include "tools/canonical_json.h"
#include "tools/exit_code.h"
#include "tools/json_text.h"
#include "tools/ocel_log.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// Deeper than attributes of anything are.
constexpr size_t kDepthMax = 100;
constexpr std::string_view kEvents = "\"ocel:events\"";
constexpr std::string_view kObjects = "\"ocel:objects\"";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

absl::StatusOr<std::string> ReadAll(LineReader& lines,
                                    const std::function<void()>& on_progress,
                                    MemoryBudget& budget) {
  std::string text;
  while (lines.NextPiece()) {
    DAYBOOK_RETURN_IF_ERROR(budget.Take(lines.line().size() + 1));
    text += lines.line();
    if (lines.terminated()) text += '\n';
    on_progress();
  }
  DAYBOOK_RETURN_IF_ERROR(lines.status());
  return text;
}

// Tells in which line of a text a part of it begins; parts must be asked for
// in their order.
class LineCounter {
 public:
  // `before`: how many lines there were before the text.
  LineCounter(std::string_view text, uint64_t before)
      : at_(text.data()), line_(before + 1) {}

  uint64_t LineOf(std::string_view part) {
    line_ += static_cast<uint64_t>(std::count(at_, part.data(), '\n'));
    at_ = part.data();
    return line_;
  }

 private:
  const char* at_;
  uint64_t line_;
};

// What one event or object says has no more, which an event that can be
// appended is far below. To take it apart costs ten times as much memory.
constexpr size_t kSaidBytesMax = 32 << 20;

bool IsObject(std::string_view value) { return value.starts_with('{'); }

OcelMembers MembersOf(std::string_view value) {
  OcelMembers members;
  if (!IsObject(value)) {
    members.AddProblem("it is no object");
    return members;
  }
  if (value.size() > kSaidBytesMax) {
    members.AddProblem(Concat("it is longer than ", Bytes(kSaidBytesMax)));
    return members;
  }
  ForEachMember(value, [&](std::string_view name, std::string_view member) {
    std::string canonical;
    const absl::Status status = AppendCanonicalJson(member, &canonical);
    if (!status.ok()) members.AddProblem(std::string(status.message()));
    const auto [place, is_new] =
        members.json.emplace(UnquotedJson(name), std::move(canonical));
    if (!is_new) {
      members.AddProblem(Concat("the member ", Quoted(place->first), " twice"));
    }
  });
  return members;
}

}  // namespace

absl::Status ReadOcelJson(LineReader& lines,
                          const std::function<void()>& on_progress,
                          MemoryBudget& budget, OcelLog* log) {
  const uint64_t lines_before = lines.line_number();
  const size_t held_before = budget.bytes();
  DAYBOOK_ASSIGN_OR_RETURN(const std::string whole,
                           ReadAll(lines, on_progress, budget));
  const size_t text_bytes = budget.bytes() - held_before;
  std::string_view text = whole;
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  const absl::Status checked = CheckBoundedJson(text, kDepthMax);
  if (!checked.ok()) return InputError(std::string(checked.message()));

  LineCounter counter(text, lines_before);
  absl::Status status;
  bool events_seen = false;
  bool objects_seen = false;
  bool is_version_2 = false;
  std::string header;
  ForEachMember(text, [&](std::string_view name, std::string_view value) {
    if (!status.ok()) return;
    const bool is_events = name == kEvents;
    if (!is_events && name != kObjects) {
      if (name == "\"eventTypes\"" || name == "\"objectTypes\"") {
        is_version_2 = true;
      }
      header += header.empty() ? "" : ",";
      header += Concat(name, ":", value);
      return;
    }
    bool& seen = is_events ? events_seen : objects_seen;
    if (std::exchange(seen, true) || !IsObject(value)) {
      status = InputError(
          Concat("line ", counter.LineOf(name), ": ", name,
                 IsObject(value) ? " for a second time" : " is no object"));
      return;
    }
    ForEachMember(value, [&](std::string_view id, std::string_view said) {
      if (!status.ok()) return;
      const uint64_t line = counter.LineOf(id);
      const std::string text_id = UnquotedJson(id);
      status = is_events ? log->AddEvent(text_id, line, MembersOf(said))
                         : log->AddObject(text_id, line, MembersOf(said));
    });
    on_progress();
  });
  DAYBOOK_RETURN_IF_ERROR(status);
  if (is_version_2) {
    return InputError("this is OCEL 2.0; OCEL 1.0 is read");
  }
  if (!events_seen || !objects_seen) {
    return InputError(Concat("no OCEL 1.0: there is no member ",
                             events_seen ? kObjects : kEvents));
  }
  if (header.size() > kSaidBytesMax) {
    return InputError(
        Concat("what stands beside events and objects is longer "
               "than ",
               Bytes(kSaidBytesMax)));
  }
  std::string canonical;
  const absl::Status unique =
      AppendCanonicalJson(Concat("{", header, "}"), &canonical);
  if (!unique.ok()) return InputError(std::string(unique.message()));
  log->set_header(std::move(canonical));
  budget.Give(text_bytes);
  return absl::OkStatus();
}

}  // namespace daybook::tools
