// One grammar for a point in history, in every command:
//
//   @123                      the event at position 123
//   #7                        the event at revision 7 (of one stream only)
//   2026-03-02T08:06:40Z      a time (RFC 3339, with a zone)
//   2026-03-02                a day, in the zone of whoever asks
//   today  yesterday          likewise
//   now                       the moment the command started
//   -2h  -30s  -15m  -3d -1w  so long before now; -1h30m too; a day is 24 h
//
// Both ends of a range are included: `--from` means the beginning of what the
// point says, `--to` its end. So `--from yesterday --to yesterday` is all of
// that day.

#ifndef DAYBOOK_TOOLS_POINT_H_
#define DAYBOOK_TOOLS_POINT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/numbers.h"

namespace daybook::tools {

struct Point {
  enum class Kind { kPosition, kRevision, kTime };

  Kind kind = Kind::kPosition;
  // One of the two, as `kind` says.
  Position position;
  Revision revision;
  // A time is a stretch from `first` to `last`, both included: a day, or the
  // same moment twice.
  absl::Time first;
  absl::Time last;
  // True when it depends on now or on a zone, which is then to be printed.
  bool relative = false;

  friend bool operator==(const Point&, const Point&) = default;
};

// Errors: kInvalidArgument, with the grammar.
absl::StatusOr<Point> ParsePoint(std::string_view text, absl::Time now,
                                 absl::TimeZone zone);

// The grammar in one line, for help texts.
inline constexpr char kPointHelp[] =
    "@POSITION, '#REVISION', an RFC 3339 time, a date, -2h, now, today or "
    "yesterday";

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_POINT_H_
