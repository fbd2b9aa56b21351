// The rows of the store in memory: a map, and copies of it for readers.

#ifndef DAYBOOK_STORE_MEMORY_ROWS_H_
#define DAYBOOK_STORE_MEMORY_ROWS_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "daybook/store/rows.h"

namespace daybook {

// Not thread-safe; readers are.
class MemoryRows {
 public:
  std::optional<std::string> Get(std::string_view key) const;
  // REQUIRES: a valid batch.
  void Write(const RowBatch& batch);
  // As they are now. Keeps `ticket` for as long as it lives.
  std::unique_ptr<RowReader> Read(std::shared_ptr<const void> ticket) const;

  using Map = std::map<std::string, std::string, std::less<>>;

 private:
  // Copied before a change if a reader shares it.
  std::shared_ptr<Map> rows_ = std::make_shared<Map>();
};

// Collects rows and hands them to `write` when it is finished.
std::unique_ptr<RowLoader> MakeMemoryRowLoader(
    std::function<absl::Status(const RowBatch& batch)> write);

}  // namespace daybook

#endif  // DAYBOOK_STORE_MEMORY_ROWS_H_
