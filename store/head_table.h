// The table of tree heads that were kept, in the log's database among the rows
// of the tree.
//
//   "note" size:be64 -> the head: a signed note, or its text alone
//
// Grammar: store/FORMAT.md, "tree".

#ifndef DAYBOOK_STORE_HEAD_TABLE_H_
#define DAYBOOK_STORE_HEAD_TABLE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/audit.h"
#include "store/rocks_db.h"

namespace daybook {

// What the keys of heads begin with, and the whole key of one.
inline constexpr std::string_view kHeadTablePrefix = "note";
std::string KeptHeadKey(uint64_t size);

// All of them, oldest first, or the last one. Errors: kDataLoss.
absl::StatusOr<std::vector<KeptTreeHead>> ReadHeadTable(const RocksDb& log);
absl::StatusOr<std::optional<KeptTreeHead>> ReadLastHead(const RocksDb& log);

}  // namespace daybook

#endif  // DAYBOOK_STORE_HEAD_TABLE_H_
