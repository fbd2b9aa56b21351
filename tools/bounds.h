// Bounds are --from and --to: between which points of history to read.
//
// What the store can look up it is asked for; the rest is checked event by
// event: positions and times within one stream, and occurred-at anywhere.

#ifndef DAYBOOK_TOOLS_BOUNDS_H_
#define DAYBOOK_TOOLS_BOUNDS_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/event.h"
#include "daybook/store/read.h"
#include "tools/command_context.h"

namespace daybook::tools {

struct BoundsArguments {
  std::string from;
  std::string to;
  // Times mean when things happened rather than when they were recorded.
  bool occurred = false;
};

// --as-of, for BoundsArguments::to.
CLI::Option* AddAsOf(CLI::App& command, std::string& as_of);
// --from, --to, --occurred.
void AddBounds(CLI::App& command, BoundsArguments& arguments);

class Bounds {
 public:
  enum class Of { kStream, kLog };
  enum class Verdict { kShow, kSkip, kStop };

  // Prints the zone to standard error when a word or a date depends on it.
  // Errors: kInvalidArgument for what is no point, and for a revision where
  // there is no stream.
  static absl::StatusOr<Bounds> Parse(const BoundsArguments& arguments, Of of,
                                      CommandContext& context);

  // What the store looks up. REQUIRES: parsed for a stream, or for the log.
  ReadStreamOptions stream_options() const { return stream_; }
  ReadLogOptions log_options() const { return log_; }

  // The ends as they were given, but times in UTC: they mean the same to
  // whoever reads them, wherever and whenever. Empty for none.
  const std::string& from_text() const { return from_text_; }
  const std::string& to_text() const { return to_text_; }

  // Whether an event read in `direction` is to be shown, and whether any after
  // it can be.
  Verdict Check(const EventView& event, Direction direction) const;

 private:
  std::string from_text_;
  std::string to_text_;
  ReadStreamOptions stream_;
  ReadLogOptions log_;
  // To be checked here. Positions and recorded times grow along any read, so
  // that one end of them ends the reading; occurred times don't.
  std::optional<Position> from_position_;
  std::optional<Position> to_position_;
  std::optional<absl::Time> from_time_;
  std::optional<absl::Time> to_time_;
  std::optional<absl::Time> from_occurred_;
  std::optional<absl::Time> to_occurred_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_BOUNDS_H_
