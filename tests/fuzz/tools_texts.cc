// What people type, and what they are shown.

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <string>
#include <string_view>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "store/strings.h"
#include "tests/fuzz/fuzz_input.h"
#include "tests/fuzz/fuzz_target.h"
#include "tools/event_time.h"
#include "tools/html_text.h"
#include "tools/json_text.h"
#include "tools/log_time.h"
#include "tools/path_encoding.h"
#include "tools/point.h"
#include "tools/sql_condition.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using ::daybook::fuzz::FuzzInput;

size_t OpenFiles() {
  namespace fs = std::filesystem;
  return static_cast<size_t>(std::distance(
      fs::directory_iterator("/proc/self/fd"), fs::directory_iterator()));
}

bool InPrintableYears(absl::Time time) {
  const int64_t year = absl::ToCivilYear(time, absl::UTCTimeZone()).year();
  return year >= 1 && year <= 9999;
}

// Nothing that drives a terminal, turns the direction of writing, or hides.
bool IsHarmless(std::string_view text) {
  if (!IsUtf8(text)) return false;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7F) return false;
  }
  for (const std::string_view bad :
       {"\u200E", "\u200F", "\u202A", "\u202B", "\u202C", "\u202D", "\u202E",
        "\u2066", "\u2067", "\u2068", "\u2069", "\u009B", "\u0085", "\uFEFF",
        "\u061C"}) {
    if (text.find(bad) != std::string_view::npos) return false;
  }
  return true;
}

}  // namespace

FUZZ_TARGET(tools_point) {
  const absl::Time now = absl::FromUnixSeconds(1'800'000'000);
  const absl::TimeZone zone = absl::FixedTimeZone(3600);
  const absl::StatusOr<Point> point = ParsePoint(input, now, zone);
  if (!point.ok()) return;
  if (point->kind == Point::Kind::kTime) {
    FUZZ_REQUIRE(point->first <= point->last);
    return;
  }
  const uint64_t number = point->kind == Point::Kind::kPosition
                              ? point->position.value()
                              : point->revision.value();
  FUZZ_REQUIRE(input.substr(1).ends_with(std::to_string(number)));
}

FUZZ_TARGET(tools_time) {
  for (const absl::StatusOr<absl::Time>& time :
       {ParseTimeText(input), ParseEventTime(input),
        ParseLogTime(input, /*utc=*/true)}) {
    // A store takes no other years.
    if (!time.ok() || !InPrintableYears(*time)) continue;
    FUZZ_REQUIRE(ParseTimeText(TimeText(*time)).value() ==
                 absl::FromUnixMicros(absl::ToUnixMicros(*time)));
  }
  if (!ParseLogTime(input, true).ok()) return;
  const std::string canonical = CanonicalLogTime(input);
  FUZZ_REQUIRE(ParseLogTime(canonical, true).value() ==
               ParseLogTime(input, true).value());
  FUZZ_REQUIRE(CanonicalLogTime(canonical) == canonical);
}

FUZZ_TARGET(tools_text) {
  const std::string escaped = Escaped(input);
  FUZZ_REQUIRE(IsHarmless(escaped));
  FUZZ_REQUIRE(ColumnsOf(Fitted(escaped, 10)) <= 10);
  const std::string html = HtmlText(input);
  FUZZ_REQUIRE(IsHarmless(html));
  FUZZ_REQUIRE(html.find_first_of("<>\"'") == std::string::npos);
  if (!IsUtf8(input)) return;
  const std::string json = JsonString(input);
  FUZZ_REQUIRE(IsJson(json) && UnquotedJson(json) == input);
}

FUZZ_TARGET(tools_path) {
  const std::string name = EncodePath(input);
  FUZZ_REQUIRE(IsUtf8(name) && !name.starts_with('$'));
  FUZZ_REQUIRE(DecodePath(name).value() == input);
  const absl::StatusOr<std::string> path = DecodePath(input);
  FUZZ_REQUIRE(!path.ok() || EncodePath(*path) == input);
}

// A line with an expression, then an event's data.
FUZZ_TARGET(tools_sql) {
  FuzzInput in(input);
  const std::string_view expression = in.TakeLine();
  const size_t open_files = OpenFiles();
  absl::StatusOr<SqlCondition> condition =
      SqlCondition::Compile(expression, {"type", "data", "number"});
  FUZZ_REQUIRE(OpenFiles() == open_files);
  if (!condition.ok()) return;
  condition->SetText(0, "order-placed");
  const std::string_view data = in.TakeRest();
  condition->SetText(1, data);
  condition->SetNumber(2, 7);
  const absl::StatusOr<bool> holds = condition->Holds();
  // The same again, and nothing was left behind.
  const absl::StatusOr<bool> again = condition->Holds();
  FUZZ_REQUIRE(OpenFiles() == open_files);
  FUZZ_REQUIRE(holds.ok() == again.ok());
  FUZZ_REQUIRE(!holds.ok() || *holds == *again);
}

}  // namespace daybook::tools
