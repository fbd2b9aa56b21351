// Reads the family of rows, as of one moment.

#ifndef DAYBOOK_STORE_ROW_READER_H_
#define DAYBOOK_STORE_ROW_READER_H_

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/rows.h"
#include "store/store_core.h"

namespace daybook {

std::unique_ptr<RowReader> MakeRowReader(std::shared_ptr<StoreCore> core);

// One row as it is now.
absl::StatusOr<std::optional<std::string>> GetRow(const RocksDb& log,
                                                  std::string_view key);

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROW_READER_H_
