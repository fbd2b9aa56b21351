// Makes a copy of an open store: EventStore::Branch().

#ifndef DAYBOOK_STORE_BRANCH_H_
#define DAYBOOK_STORE_BRANCH_H_

#include <string>

#include "absl/status/status.h"
#include "store/store_core.h"

namespace daybook {

// Both databases as they are, their files as hard links; an identity of its
// own; an anchor at what is committed now. Made under another name beside
// `folder`, opened there with all checks, and renamed when all is well. It
// knows what its log was called, of which `origin` is the newest name.
absl::Status BranchStore(const StoreCore& core, const std::string& folder,
                         const std::string& origin);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BRANCH_H_
