// Recover makes a store that Open() refuses with kDataLoss one that opens, by
// dropping what comes after the damage. Nothing else in daybook drops events.
//
//   absl::StatusOr<RecoveryPlan> plan = PlanRecovery(path, StoreOptions());
//   // show it; save what would go: daybook/store/salvage.h
//   absl::StatusOr<Recovery> done =
//       Recover(path, StoreOptions(), {.user = "ann", .reason = "bad disk"},
//               progress, plan->readable_count);
//
// A backup that is as long is better than any of this.

#ifndef DAYBOOK_STORE_RECOVER_H_
#define DAYBOOK_STORE_RECOVER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/audit.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "daybook/store/options.h"

namespace daybook {

// What is wrong with a store, and what Recover() would make of it.
struct RecoveryPlan {
  // OK: the store is whole, and nothing below counts. Else kDataLoss, as Open()
  // says it, or with the first position that can't be read.
  absl::Status problem;
  // Events below this remain: all before the first that is missing, damaged or
  // not as its leaf in the audit tree says, in whole appends.
  Position keep;
  // Why it is not more; empty when the log ends there.
  std::string why_no_more;
  // The first event that is missing or not as it must be, if it is one. Above
  // `keep` where it is of an append that began there: that goes as a whole.
  std::optional<Position> first_damage;
  // How many events were acknowledged; none if ANCHOR can't be read: then
  // nothing tells how many are lost.
  std::optional<Position> acknowledged;
  // Events at `keep` or above that Salvage() can still read, and one above the
  // last of them.
  uint64_t readable_count = 0;
  Position readable_end;
  // Rows (views, snapshots, subscriptions, a program's own) go too: made anew
  // by those who made them; of subscriptions it is forgotten how far they came.
  bool drops_rows = false;
  // The store loses its id, which can't be read.
  bool changes_id = false;
  // The damage lies where opening does not look: Open() takes the store, unless
  // it has to derive the index there, and only reads of the damage fail.
  // Recover() drops what comes after all the same.
  bool may_open = false;
  // An earlier Recover() was killed when only the exchange was left: Recover()
  // ends it and drops nothing further.
  bool is_begun = false;
};

struct Recovery {
  RecoveryPlan plan;
  // Where the files are that were in use before. Nothing deletes them.
  std::string damaged_folder;
  // The audit tree of what remained, without the event that says so.
  TreeState tree;
  // Copies of heads (TreeHeadOptions::copies) of the log as it was, which the
  // store would not open beside, and what they are called now.
  struct SetAside {
    std::string file;
    std::string renamed;
  };
  std::vector<SetAside> set_aside;
};

// Finds out; changes nothing. Opens the log once for reading only, in a copy of
// this process, since RocksDB may abort on damaged files: whoever has threads
// of its own calls this before they start.
// Errors: kNotFound when the folder holds neither a store nor a log;
// kFailedPrecondition when it is held or of another format.
// Cost: reads the log and makes its leaves again; some microseconds an event.
// Memory: some hundred bytes for each stream.
absl::StatusOr<RecoveryPlan> PlanRecovery(const std::string& path,
                                          const StoreOptions& options);

// Does it, on a store that is not whole; a whole one it leaves alone. Beside
// the old log a new one is made, opened with all checks, and compared with its
// audit tree; an event in `$operations` declares, with `operation`, what is
// gone (removal.h), and lists the last heads of the old log, those of the
// copies in `options` among them. Then the two are exchanged, and the old files
// kept in `damaged-N`. Killed at any moment, the store is the old one, which is
// still refused, or the new one, or is refused until Recover() is called again
// and ends it. In the end, of a whole store too, copies of heads that a removal
// explains are set aside.
//
// Errors: as PlanRecovery(); kFailedPrecondition when more events would go that
// can still be read than `drop_readable_max`: salvage them, or allow it; what
// the machine says, when the store is as before. Cost: twice that of
// PlanRecovery(), the indexes, and up to the space of the log.
absl::StatusOr<Recovery> Recover(
    const std::string& path, const StoreOptions& options,
    const Operation& operation,
    absl::FunctionRef<void(const ReindexProgress&)> progress,
    uint64_t drop_readable_max = 0);

}  // namespace daybook

#endif  // DAYBOOK_STORE_RECOVER_H_
