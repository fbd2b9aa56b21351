// Whether a store is a branch (EventStore::Branch()), told without opening it.
//
// A branch is no continuation of the log it was copied from: a head of it under
// that log's name would make the log itself look rolled back. So it knows the
// names that heads of that log bear, and opens with no key of such a name, and
// with no file for copies that holds a head of it.

#ifndef DAYBOOK_STORE_BRANCHED_FROM_H_
#define DAYBOOK_STORE_BRANCHED_FROM_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace daybook {

// The names of the logs that the store in the folder `path` is a branch of;
// none for one that is no branch, or was made by a daybook that did not note
// it. Errors: kNotFound when the folder holds no store; as EventStore::Open()
// says of its file STORE.
absl::StatusOr<std::vector<std::string>> BranchedFrom(const std::string& path);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BRANCHED_FROM_H_
