// The rows that appends changed last, in memory: those of a hot view would else
// be looked for in files at each append.
//
// A few megabytes. What is in it is what is stored: whoever writes rows, tells
// it before saying that they are written.

#ifndef DAYBOOK_STORE_ROW_CACHE_H_
#define DAYBOOK_STORE_ROW_CACHE_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "absl/container/flat_hash_map.h"
#include "daybook/store/rows.h"
#include "store/mutex.h"

namespace daybook {

// Thread-safe.
class RowCache {
 public:
  // The row as it is stored; nothing: it is not known here.
  std::optional<std::string> Find(std::string_view key);

  // These were just written. With appends: they are likely to be wanted again.
  void Update(const RowBatch& written, bool with_appends);
  void Clear();

 private:
  using Map = absl::flat_hash_map<std::string, std::string>;

  void Put(const std::string& key, const std::string& value)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EraseAll() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  Mutex mutex_;
  // Once the newer half is full, it takes the place of the older one. A row may
  // be in both: the newer one counts.
  Map newer_ ABSL_GUARDED_BY(mutex_);
  Map older_ ABSL_GUARDED_BY(mutex_);
  size_t newer_bytes_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_ROW_CACHE_H_
