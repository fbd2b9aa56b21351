#include "tools/log_time.h"

#include "absl/status/status.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

// A longer text is no time; it is not copied to find out.
constexpr size_t kTimeBytesMax = 100;

}  // namespace

absl::StatusOr<absl::Time> ParseLogTime(std::string_view text, bool utc) {
  if (text.size() > kTimeBytesMax) {
    return absl::InvalidArgumentError(
        Concat(Quoted(text.substr(0, 20)), "... is no time"));
  }
  absl::StatusOr<absl::Time> time = ParseTimeText(text);
  if (time.ok()) return time;
  absl::StatusOr<absl::Time> in_utc = ParseTimeText(Concat(text, "Z"));
  if (!in_utc.ok()) return time;
  if (utc) return in_utc;
  return absl::InvalidArgumentError(Concat(
      Quoted(text), " has no offset from UTC; --utc takes such times as UTC"));
}

std::string CanonicalLogTime(std::string_view text) {
  constexpr size_t kDateSize = std::string_view("2026-03-02").size();
  constexpr size_t kSecondsSize =
      std::string_view("2026-03-02T07:06:40").size();
  std::string canonical(text.substr(0, kSecondsSize));
  canonical[kDateSize] = 'T';
  std::string_view zone = text.substr(kSecondsSize);
  if (zone.starts_with('.')) {
    size_t end = zone.find_first_not_of("0123456789", 1);
    if (end == std::string_view::npos) end = zone.size();
    const size_t last = zone.find_last_not_of('0', end - 1);
    if (last > 0) canonical += zone.substr(0, last + 1);
    zone.remove_prefix(end);
  }
  if (zone.empty() || zone == "Z" || zone == "z") zone = "+00:00";
  canonical += zone;
  return canonical;
}

}  // namespace daybook::tools
