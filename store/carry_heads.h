// Takes the heads of an audit tree along into a log that is made anew.
//
// They are primary: nobody can sign again what the tree was at the time. So
// they are sought in the files one by one, whatever became of the database; and
// only those that the new log continues are taken, so that where one comes from
// need not be trusted.

#ifndef DAYBOOK_STORE_CARRY_HEADS_H_
#define DAYBOOK_STORE_CARRY_HEADS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/store/audit.h"
#include "store/rocks_db.h"

namespace daybook {

// The heads of the store in the folder `path` that can still be read: those in
// the files of its log, older files first, then that of its file HEAD. The
// database is not opened. What is damaged is left out.
// Errors: of this machine, kPermissionDenied and kResourceExhausted: a head
// that is left out today is gone for good.
// Cost: reads the write-ahead logs, and of tables the rows of heads.
absl::StatusOr<std::vector<KeptTreeHead>> SalvageHeads(const std::string& path);

struct CarriedHeads {
  // The largest one that was taken.
  std::optional<KeptTreeHead> last;
  // Those that the log does not continue, each once.
  std::vector<KeptTreeHead> left;
};

// Puts those of `heads` that `log` continues, whose tree has this edge, into
// its table; of those of one size the one with the most signatures, the last of
// several.
// They are durable once the log is flushed. Errors: of writing.
absl::StatusOr<CarriedHeads> CarryHeads(const std::vector<KeptTreeHead>& heads,
                                        const RocksDb& log,
                                        const audit::TileEdge& edge);

// Gives the new store in the folder `to` the file HEAD, of `head`, if the one
// in `from` has such a file: only then an exchange that was cut short knows
// which of the two is in use (exchange_store.h).
absl::Status CarryHeadFile(const KeptTreeHead& head, const std::string& from,
                           const std::string& to);

}  // namespace daybook

#endif  // DAYBOOK_STORE_CARRY_HEADS_H_
