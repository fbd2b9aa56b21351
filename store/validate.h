// What the store accepts: the rules of daybook/store/limits.h and of append.h
// that need no look at what is stored. Every error is kInvalidArgument and
// names the field, and the limit if there is one:
//
//   event 3: tag 2 is 600 bytes, the limit is 512
//
// Events, tags, query items and so on are counted from 0, as in the request.

#ifndef DAYBOOK_STORE_VALIDATE_H_
#define DAYBOOK_STORE_VALIDATE_H_

#include <cstddef>
#include <string_view>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/query.h"
#include "daybook/store/rows.h"

namespace daybook {

// What a caller may append. Refuses events for system streams, but for those of
// schedules, where it refuses what is no schedule's event.
absl::Status ValidateAppend(const AppendRequest& request);

// The same for what the store appends to its own streams: any stream may be
// written, and those named "$$" + a stream be two bytes longer.
absl::Status ValidateSystemAppend(const AppendRequest& request);

// What Restore() takes: as ValidateSystemAppend; ids must be given, and the
// store's own events must decode. Expectations and condition are not looked at.
absl::Status ValidateRestore(const AppendRequest& request,
                             absl::Time recorded_at,
                             std::string_view fingerprint);

absl::Status ValidateQuery(const Query& query);

// A name that callers may write to: no system stream.
absl::Status ValidateStreamName(std::string_view name);
// A name that a stream can have: what may be read, or expected something of.
absl::Status ValidateAnyStreamName(std::string_view name);

// Within the years 0001 to 9999; `field` is what the error calls it.
absl::Status ValidateTime(std::string_view field, absl::Time time);

// 1 to 256 bytes of UTF-8 without NUL.
absl::Status ValidateEventType(std::string_view type);

absl::Status ValidateStreamMetadata(const StreamMetadata& metadata);
absl::Status ValidateOperation(const Operation& operation);
// Of an operation, or of what else an operator does.
absl::Status ValidateReason(std::string_view reason);
absl::Status ValidateAppendKey(std::string_view key);
// StoreOptions::source or NewEvent::source.
absl::Status ValidateSource(std::string_view source);

// A row's key; `value`, if it is put.
absl::Status ValidateRow(std::string_view key, std::string_view value);
absl::Status ValidateRowBatch(const RowBatch& batch);
// `bytes`: of the rows that change in one step.
absl::Status ValidateRowBytes(size_t bytes);

// What the limits on an event's and an append's bytes count: stream, type,
// payload, content type, source as given, tags, encoded metadata and signature.
// Numbers, times and ids are not counted.
size_t EventBytes(const StreamEvent& event);

}  // namespace daybook

#endif  // DAYBOOK_STORE_VALIDATE_H_
