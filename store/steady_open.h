// Opens a database to look at it while another process may be writing to it: as
// it is at one moment, like one that was left by a crash.
//
// The engine first reads which files there are, then opens them, and replays
// write-ahead logs last. Nothing stops a writer from removing in between what
// it has put elsewhere. But then the names in the folder are others: so it is
// opened again until they are the same before and after. What was opened stays
// as it is, since all files of it are open.

#ifndef DAYBOOK_STORE_STEADY_OPEN_H_
#define DAYBOOK_STORE_STEADY_OPEN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {

// What `open()` returns: an absl::StatusOr. `folder` is the database's.
// Errors: of `open`; of the folder; kUnavailable where it never stands still.
template <typename Open>
auto OpenSteadily(const std::string& folder, const Open& open)
    -> decltype(open()) {
  constexpr int kAttemptCountMax = 1000;
  constexpr absl::Duration kPause = absl::Milliseconds(10);
  for (int attempt = 0; attempt < kAttemptCountMax; ++attempt) {
    // A folder that is not there is for `open` to say.
    const auto before = ListFolder(folder);
    if (!before.ok()) return open();
    auto opened = open();
    DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> after,
                             ListFolder(folder));
    if (*before == after) return opened;
    absl::SleepFor(kPause);
  }
  return absl::UnavailableError(
      absl::StrCat("the files in ", folder, " change all the while"));
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_STEADY_OPEN_H_
