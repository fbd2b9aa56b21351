// Projections that every store can be looked at with, without the code of the
// program that wrote it:
//
//   count     how many events there are by type, category, tag, stream or hour
//   latest    the last value of each top-level field of the payloads, by stream
//   timeline  count, first and last event, and types, by stream
//
// Their keys and rows: proto/daybook/v1/builtin.proto.

#ifndef DAYBOOK_TOOLS_BUILTIN_PROJECTION_H_
#define DAYBOOK_TOOLS_BUILTIN_PROJECTION_H_

#include <memory>

#include "daybook/projections/any_projection.h"
#include "daybook/store/event_store.h"

namespace daybook::tools {

// Which of an event's times a projection goes by.
enum class EventTime {
  kRecorded,
  // Events that don't say when they happened are left out.
  kOccurred
};

enum class CountBy { kType, kCategory, kTag, kStream, kHour };

// Hours are of UTC. `time` matters for them alone.
std::shared_ptr<const AnyProjection> MakeCount(CountBy by, EventTime time);

// Payloads that are JSON objects, and protobuf messages whose schema `store`
// has; other events change nothing. `store` must outlive it.
// Errors of its Prepare(): kDataLoss if a message does not parse by the schema
// that its event names. Of its Apply(): kResourceExhausted for a stream of more
// than 10,000 different fields.
std::shared_ptr<const AnyProjection> MakeLatest(EventStore& store);

// Lists at most 100 types of a stream.
std::shared_ptr<const AnyProjection> MakeTimeline(EventTime time);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_BUILTIN_PROJECTION_H_
