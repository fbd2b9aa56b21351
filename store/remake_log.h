// Makes a log's database anew from what can be read of an old one.

#ifndef DAYBOOK_STORE_REMAKE_LOG_H_
#define DAYBOOK_STORE_REMAKE_LOG_H_

#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "daybook/store/numbers.h"
#include "store/rocks_db.h"

namespace daybook {

// Makes a database in the folder `to`, which does not exist, of the first
// `size` events of the log in the folder `from`, with an audit tree made of
// their leaves, and no rows. Durable when it returns OK.
//
// Errors: kDataLoss when the events are not those that FindLogPrefix() saw.
// REQUIRES: size <= FindLogPrefix(from).end.
absl::Status RemakeLog(
    const std::string& from, const std::string& to, Position size,
    const RocksEnvironment& environment,
    absl::FunctionRef<void(const ReindexProgress&)> progress);

// Makes a copy of the log's database in the folder `to`: table files, which
// never change, as hard links where that can be. Durable when it returns OK.
absl::Status CopyLog(const std::string& from, const std::string& to);

}  // namespace daybook

#endif  // DAYBOOK_STORE_REMAKE_LOG_H_
