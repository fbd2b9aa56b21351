// CloudEvents as events of a store; the way back is cloud_event_writer.h. What
// comes in goes out again as it was, and what goes out comes in again, to the
// byte of each payload.
//
//   CloudEvent            in the store
//   id                    the id, if it is a UUID; else the store makes one,
//                         and the field `cloudevents.id` keeps this
//   source                source; kCloudEventNoSource stands for none
//   type                  type
//   subject               the stream; absent: the stream is named as `source`
//   time                  occurred-at, to the microsecond
//   datacontenttype       content type; absent beside `data`: application/json
//   dataschema            the schema, if it is urn:daybook:schema:HASH of one
//                         that the store has; else the field
//                         `cloudevents.dataschema`
//   data, data_base64     the payload; none is an empty one
//   correlationid, causationid, traceparent, tracestate, actor
//                         the metadata of that name
//   other extensions      fields of that name; which are numbers and booleans
//                         is kept in the fields `cloudevents.integers` and
//                         `cloudevents.booleans`
//   sequence              goes out as the position, 20 digits, where no field
//                         of that name came in
//   daybook               all that has no place in the above: tags, names that
//                         CloudEvents don't allow, other fields. JSON:
//                         {"tags":["customer:7"],"metadata":{"fields":{...}}}

#ifndef DAYBOOK_TOOLS_CLOUD_EVENT_MAPPING_H_
#define DAYBOOK_TOOLS_CLOUD_EVENT_MAPPING_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/store/append.h"
#include "daybook/store/event.h"
#include "tools/cloud_event.h"

namespace daybook::tools {

// The event that `event` becomes, its schema as it names it.
// Errors: kInvalidArgument for a `daybook` that can't be read.
absl::StatusOr<StreamEvent> FromCloudEvent(CloudEvent event);

// For a schema that the store does not have: keeps it as the URI it came as.
void KeepSchemaAsField(NewEvent* event);

// For an event that goes to another stream than its subject says: keeps that.
void KeepSubjectAsField(std::string_view subject, NewEvent* event);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CLOUD_EVENT_MAPPING_H_
