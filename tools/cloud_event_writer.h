// Events of a store as CloudEvents, in JSON; which attribute is what of an
// event is in cloud_event_mapping.h.
//
// A payload goes out in `data` where those very bytes can stand there on a line
// (JSON, or text by its content type), and in `data_base64` otherwise.

#ifndef DAYBOOK_TOOLS_CLOUD_EVENT_WRITER_H_
#define DAYBOOK_TOOLS_CLOUD_EVENT_WRITER_H_

#include <string>
#include <string_view>

#include "daybook/store/event.h"

namespace daybook::tools {

// Appends `event` as a CloudEvent on one line, without a newline.
// `default_source` is the source of events without one, a URI reference that
// is not empty.
void AppendCloudEvent(const EventView& event, std::string_view default_source,
                      std::string* out);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CLOUD_EVENT_WRITER_H_
