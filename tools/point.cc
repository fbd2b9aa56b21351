#include "tools/point.h"

#include "absl/strings/numbers.h"
#include "store/status_macros.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

// Further back than any event can be.
constexpr int64_t kSecondsMax = int64_t{366} * 24 * 3600 * 10'000;

absl::Status NotAPoint(std::string_view text, std::string_view why) {
  return absl::InvalidArgumentError(Concat(
      Quoted(text), " is no point in history", why, ": give ", kPointHelp));
}

std::optional<uint64_t> Number(std::string_view text) {
  // SimpleAtoi would take "+1" and " 1".
  if (text.empty() ||
      text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  uint64_t number = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &number)) return std::nullopt;
  return number;
}

Point Moment(absl::Time time, bool relative) {
  return {.kind = Point::Kind::kTime,
          .first = time,
          .last = time,
          .relative = relative};
}

Point Day(absl::CivilDay day, absl::TimeZone zone) {
  // Days are not all of 24 hours; the last microsecond is before the next one.
  return {.kind = Point::Kind::kTime,
          .first = absl::FromCivil(day, zone),
          .last = absl::FromCivil(day + 1, zone) - absl::Microseconds(1),
          .relative = true};
}

int64_t SecondsOfUnit(char unit) {
  switch (unit) {
    case 's':
      return 1;
    case 'm':
      return 60;
    case 'h':
      return 3600;
    case 'd':
      return int64_t{24} * 3600;
    case 'w':
      return int64_t{7} * 24 * 3600;
    default:
      return 0;
  }
}

// "2h", "1h30m"; nothing if it is none, or goes back beyond all history.
std::optional<absl::Duration> ParseSpan(std::string_view text) {
  int64_t total = 0;
  if (text.empty()) return std::nullopt;
  while (!text.empty()) {
    const size_t digits = text.find_first_not_of("0123456789");
    if (digits == std::string_view::npos) return std::nullopt;
    const std::optional<uint64_t> count = Number(text.substr(0, digits));
    const int64_t unit = SecondsOfUnit(text[digits]);
    if (!count.has_value() || unit == 0) return std::nullopt;
    if (*count > static_cast<uint64_t>(kSecondsMax / unit)) {
      return std::nullopt;
    }
    total += static_cast<int64_t>(*count) * unit;
    if (total > kSecondsMax) return std::nullopt;
    text.remove_prefix(digits + 1);
  }
  return absl::Seconds(total);
}

}  // namespace

absl::StatusOr<Point> ParsePoint(std::string_view text, absl::Time now,
                                 absl::TimeZone zone) {
  if (text.starts_with('@') || text.starts_with('#')) {
    const std::optional<uint64_t> number = Number(text.substr(1));
    if (!number.has_value()) {
      const bool is_digits =
          text.size() > 1 &&
          text.find_first_not_of("0123456789", 1) == std::string_view::npos;
      if (is_digits) return NotAPoint(text, " (that is beyond all numbers)");
      return NotAPoint(text, text[0] == '@' ? " (a number must follow the @)"
                                            : " (a number must follow the #)");
    }
    if (text[0] == '@') {
      return Point{.kind = Point::Kind::kPosition,
                   .position = Position(*number)};
    }
    return Point{.kind = Point::Kind::kRevision, .revision = Revision(*number)};
  }
  const absl::CivilDay today(absl::ToCivilDay(now, zone));
  if (text == "now") return Moment(now, true);
  if (text == "today") return Day(today, zone);
  if (text == "yesterday") return Day(today - 1, zone);
  if (text.starts_with('-')) {
    const std::optional<absl::Duration> span = ParseSpan(text.substr(1));
    if (!span.has_value()) {
      return NotAPoint(text,
                       " (after the - come numbers with s, m, h, d or w)");
    }
    return Moment(now - *span, true);
  }
  if (const std::optional<absl::CivilDay> day = ParseDayText(text)) {
    return Day(*day, zone);
  }
  if (!text.empty() && text[0] >= '0' && text[0] <= '9' &&
      text.find('-') != std::string_view::npos) {
    DAYBOOK_ASSIGN_OR_RETURN(const absl::Time time, ParseTimeText(text));
    return Moment(time, false);
  }
  return NotAPoint(text, Number(text).has_value()
                             ? " (a position is written @, a revision #)"
                             : "");
}

}  // namespace daybook::tools
