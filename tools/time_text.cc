#include "tools/time_text.h"

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_format.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// `count` digits at text[at] as a number; -1 if they are none.
int Digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int number = 0;
  for (const char c : text.substr(at, count)) {
    if (!IsDigit(c)) return -1;
    number = number * 10 + (c - '0');
  }
  return number;
}

absl::Status NotATime(std::string_view text, std::string_view why) {
  constexpr size_t kShownBytes = 80;
  return absl::InvalidArgumentError(
      Concat(Quoted(text.substr(0, kShownBytes)),
             " is no RFC 3339 time like 2026-03-02T08:06:40Z: ", why));
}

void PutDigits(int64_t number, size_t count, std::string* out) {
  const size_t start = out->size();
  out->resize(start + count);
  for (size_t i = count; i > 0; --i) {
    (*out)[start + i - 1] = static_cast<char>('0' + number % 10);
    number /= 10;
  }
}

// The civil time, which is of UTC or of a zone, without the zone.
std::string FormatCivil(absl::CivilSecond civil, int64_t micros) {
  std::string text;
  text.reserve(32);
  // RFC 3339 has no others; ISO 8601 writes them with a sign.
  if (civil.year() >= 0 && civil.year() <= 9999) {
    PutDigits(civil.year(), 4, &text);
  } else {
    text += absl::StrFormat("%+d", civil.year());
  }
  text += '-';
  PutDigits(civil.month(), 2, &text);
  text += '-';
  PutDigits(civil.day(), 2, &text);
  text += 'T';
  PutDigits(civil.hour(), 2, &text);
  text += ':';
  PutDigits(civil.minute(), 2, &text);
  text += ':';
  PutDigits(civil.second(), 2, &text);
  if (micros > 0) {
    text += '.';
    PutDigits(micros, 6, &text);
    while (text.back() == '0') text.pop_back();
  }
  return text;
}

std::string FormatOffset(int seconds) {
  const int minutes = (seconds < 0 ? -seconds : seconds) / 60;
  return absl::StrFormat("%c%02d:%02d", seconds < 0 ? '-' : '+', minutes / 60,
                         minutes % 60);
}

}  // namespace

std::string TimeText(absl::Time time) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  const int64_t micros = absl::ToUnixMicros(time);
  int64_t seconds = micros / kMicrosPerSecond;
  int64_t rest = micros % kMicrosPerSecond;
  if (rest < 0) {
    rest += kMicrosPerSecond;
    --seconds;
  }
  return FormatCivil(absl::CivilSecond(1970, 1, 1) + seconds, rest) + "Z";
}

std::string TimeText(absl::Time time, absl::TimeZone zone) {
  const absl::TimeZone::CivilInfo info = zone.At(time);
  return FormatCivil(info.cs, absl::ToInt64Microseconds(info.subsecond)) +
         FormatOffset(info.offset);
}

std::string SortableTime(absl::Time time) {
  std::string text = TimeText(time);
  text.pop_back();
  if (text.find('.') == std::string::npos) text += '.';
  constexpr size_t kLength = std::string_view("2026-03-02T07:06:40.").size();
  text.resize(kLength + 6, '0');
  return text + 'Z';
}

std::string ZoneText(absl::Time time, absl::TimeZone zone) {
  const absl::TimeZone::CivilInfo info = zone.At(time);
  // The machine's own zone is known by its path only.
  const std::string name = zone.name();
  const bool is_named = name.find("localtime") == std::string::npos;
  return Concat(is_named ? name : std::string(info.zone_abbr), " (UTC",
                FormatOffset(info.offset), ")");
}

std::optional<absl::CivilDay> ParseDayText(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') {
    return std::nullopt;
  }
  const int year = Digits(text, 0, 4);
  const int month = Digits(text, 5, 2);
  const int day = Digits(text, 8, 2);
  if (year < 1 || month < 1 || day < 1) return std::nullopt;
  const absl::CivilDay civil(year, month, day);
  // A 30th of February has become a day of March.
  if (civil.month() != month || civil.day() != day) return std::nullopt;
  return civil;
}

absl::StatusOr<absl::Time> ParseTimeText(std::string_view text) {
  constexpr size_t kDateSize = 10;
  const std::optional<absl::CivilDay> day =
      ParseDayText(text.substr(0, kDateSize));
  if (!day.has_value()) return NotATime(text, "no such date");
  constexpr std::string_view kSeparators = "Tt ";
  if (text.size() == kDateSize) return NotATime(text, "the time of day lacks");
  if (kSeparators.find(text[kDateSize]) == std::string_view::npos ||
      text.size() < 19 || text[13] != ':' || text[16] != ':') {
    return NotATime(text, "no time of day like T08:06:40");
  }
  const int hour = Digits(text, 11, 2);
  const int minute = Digits(text, 14, 2);
  const int second = Digits(text, 17, 2);
  // 60 is a leap second, taken as the first one of the next minute.
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 ||
      second > 60) {
    return NotATime(text, "no such time of day");
  }
  size_t at = 19;
  int64_t micros = 0;
  if (at < text.size() && text[at] == '.') {
    const size_t first = ++at;
    int64_t unit = 100'000;
    for (; at < text.size() && IsDigit(text[at]); ++at, unit /= 10) {
      micros += (text[at] - '0') * unit;
    }
    if (at == first) return NotATime(text, "no digits after the point");
  }
  const std::string_view zone = text.substr(at);
  absl::Duration offset = absl::ZeroDuration();
  if (zone.empty()) return NotATime(text, "add the zone, Z or +01:00");
  if (zone != "Z" && zone != "z") {
    const int hours = Digits(zone, 1, 2);
    const int minutes = Digits(zone, 4, 2);
    if (zone.size() != 6 || (zone[0] != '+' && zone[0] != '-') ||
        zone[3] != ':' || hours < 0 || hours > 23 || minutes < 0 ||
        minutes > 59) {
      return NotATime(text, "the zone must be Z or like +01:00");
    }
    offset = absl::Hours(hours) + absl::Minutes(minutes);
    if (zone[0] == '-') offset = -offset;
  }
  const absl::CivilSecond civil(day->year(), day->month(), day->day(), hour,
                                minute, second);
  return absl::FromCivil(civil, absl::UTCTimeZone()) +
         absl::Microseconds(micros) - offset;
}

}  // namespace daybook::tools
