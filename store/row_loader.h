// Loads many rows at once: into a file beside the table, which then takes it
// in.

#ifndef DAYBOOK_STORE_ROW_LOADER_H_
#define DAYBOOK_STORE_ROW_LOADER_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "daybook/store/rows.h"
#include "store/log_writer.h"
#include "store/store_core.h"

namespace daybook {

std::unique_ptr<RowLoader> MakeRowLoader(const std::shared_ptr<StoreCore>& core,
                                         std::shared_ptr<LogWriter> writer);

// Removes what loaders left in the store's folder when their process died.
absl::Status RemoveLoadFolder(const std::string& path);

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROW_LOADER_H_
