// One stream as a cursor: runs from the index, then single events of the log.

#ifndef DAYBOOK_STORE_STREAM_SOURCE_H_
#define DAYBOOK_STORE_STREAM_SOURCE_H_

#include <memory>
#include <string>

#include "daybook/store/read.h"
#include "store/store_core.h"
#include "store/tail.h"

namespace daybook {

// Reads what `options` mean of the stream as it was at `snapshot`.
// REQUIRES: it has events.
std::unique_ptr<EventCursor::Source> MakeStreamSource(
    const std::shared_ptr<StoreCore>& core, std::string stream,
    const Tail::StreamSnapshot& snapshot, const ReadStreamOptions& options);

}  // namespace daybook

#endif  // DAYBOOK_STORE_STREAM_SOURCE_H_
