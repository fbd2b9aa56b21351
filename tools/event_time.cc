#include "tools/event_time.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

constexpr int64_t kSecondsMax = 100'000'000'000;
constexpr size_t kEpochBytesMax = 29;

absl::Status NoTime(std::string_view text) {
  return absl::InvalidArgumentError(
      Concat(Quoted(text),
             " is no time: RFC 3339 with an offset, or seconds or milliseconds "
             "since 1970"));
}

// "-1442018818.771": digits with what may stand around them.
absl::StatusOr<absl::Time> ParseEpoch(std::string_view text) {
  const bool negative = text.starts_with('-');
  const std::string_view number = text.substr(negative ? 1 : 0);
  const size_t dot = number.find('.');
  int64_t whole = 0;
  const std::string_view fraction =
      dot == std::string_view::npos ? "" : number.substr(dot + 1);
  const bool ends_in_dot = dot + 1 == number.size();
  if (!absl::SimpleAtoi(ToAbsl(number.substr(0, dot)), &whole) || ends_in_dot ||
      fraction.find('.') != std::string_view::npos) {
    return NoTime(text);
  }
  const absl::Duration unit =
      whole > kSecondsMax ? absl::Milliseconds(1) : absl::Seconds(1);
  absl::Duration since = whole * unit;
  absl::Duration place = unit;
  for (const char digit : fraction) {
    place /= 10;
    since += (digit - '0') * place;
  }
  return absl::UnixEpoch() + (negative ? -since : since);
}

}  // namespace

absl::StatusOr<absl::Time> ParseEventTime(std::string_view text) {
  const auto among = [text](std::string_view characters) {
    return text.find_first_not_of(characters) == std::string_view::npos;
  };
  if (!text.empty() && text.size() <= kEpochBytesMax && among("0123456789.-")) {
    const bool date = text.find('-', 1) != std::string_view::npos;
    return date ? NoTime(text) : ParseEpoch(text);
  }
  absl::StatusOr<absl::Time> time = ParseTimeText(text);
  if (time.ok()) return time;
  return NoTime(text);
}

}  // namespace daybook::tools
