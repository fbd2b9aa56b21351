// The list of streams as a cursor.

#ifndef DAYBOOK_STORE_STREAM_LIST_SOURCE_H_
#define DAYBOOK_STORE_STREAM_LIST_SOURCE_H_

#include <memory>

#include "daybook/store/read.h"
#include "store/store_core.h"

namespace daybook {

std::unique_ptr<StreamCursor::Source> MakeStreamListSource(
    const std::shared_ptr<StoreCore>& core, const ListStreamsOptions& options);

}  // namespace daybook

#endif  // DAYBOOK_STORE_STREAM_LIST_SOURCE_H_
