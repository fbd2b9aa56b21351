// A store that is filled from elsewhere, there whole or not at all.
//
//   auto store = EventStore::Open(folder, options);   // empty
//   absl::Status begun = BeginFilling(folder);
//   ...  // (*store)->Restore(...), again and again; then Sync()
//   absl::Status ended = EndFilling(folder);
//
// Between the two calls the file FILLING stands in its folder. Whoever holds
// the store goes on; but once it is closed, or its process was killed, it is no
// store that opens: what it has of a log is not for reading, nor for appending
// to.

#ifndef DAYBOOK_STORE_FILLING_H_
#define DAYBOOK_STORE_FILLING_H_

#include <string>

#include "absl/status/status.h"

namespace daybook {

// Of the store in the folder `path`, which this process holds. Durable when it
// returns. Errors: as the system says.
absl::Status BeginFilling(const std::string& path);

// Likewise: all that belongs in the store is there, and synced.
absl::Status EndFilling(const std::string& path);

// Errors: kFailedPrecondition, with what to do, for a folder in which
// BeginFilling() was called last; EventStore::Open() says so too.
absl::Status CheckFilled(const std::string& path);

}  // namespace daybook

#endif  // DAYBOOK_STORE_FILLING_H_
