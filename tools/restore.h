// Restoring a store from what `export --full` wrote, for
// `daybook import events --restore`.

#ifndef DAYBOOK_TOOLS_RESTORE_H_
#define DAYBOOK_TOOLS_RESTORE_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "tools/full_export.h"
#include "tools/line_reader.h"

namespace daybook::tools {

// Not thread-safe.
class StoreRestore {
 public:
  enum class Gaps { kRefuse, kAccept };

  // `store` must be empty. Both must outlive this. `gaps`: whether to take what
  // `salvage` wrote of a damaged store. What comes after a gap moves up then:
  // positions and revisions have none. Of an append that was salvaged in part,
  // that part is an append.
  StoreRestore(EventStore& store, LineReader& reader, Gaps gaps = Gaps::kRefuse)
      : store_(store), reader_(reader), gaps_(gaps) {}

  // Gives back every event, append by append, with the leaves of the audit tree
  // that they had where the file has their salts, and checks that the file is
  // whole. What was restored before an error stays: begin again with a new
  // store (daybook/store/filling.h keeps this one from being used).
  // Errors: kFailedPrecondition when the store is not empty, and for input
  // that is no full export or is cut off, with the line; what Restore() says.
  absl::Status Run(const std::function<void()>& on_line);

  uint64_t events() const { return events_; }
  // Why the audit tree has another root than that of the store the file is of,
  // for people; empty if it has not.
  std::string WhyAnotherRoot() const;

 private:
  absl::Status TakeLine();
  // What the first line says of the file.
  absl::Status TakeHeader(const FullExportLine& line);
  // Restores the append that is collected.
  absl::Status EndAppend();
  absl::Status CheckWhole() const;

  EventStore& store_;
  LineReader& reader_;
  const Gaps gaps_;
  uint64_t events_ = 0;
  // How many came without the salts of their leaves, and whether one came after
  // a gap.
  uint64_t unsalted_ = 0;
  bool moved_ = false;
  // How many events there must be.
  std::optional<uint64_t> head_;

  AppendRequest request_;
  std::string append_;
  std::string fingerprint_;
  absl::Time recorded_at_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_RESTORE_H_
