// The body of a stored event: everything about it that does not depend on
// where it stands. Made once, in the thread that appends; its bytes and their
// checksum go unchanged into the log and into the stream copy.
//
// Grammar: store/FORMAT.md, "body".

#ifndef DAYBOOK_STORE_BODY_H_
#define DAYBOOK_STORE_BODY_H_

#include <string>
#include <string_view>

#include "daybook/store/event.h"

namespace daybook {

// Appends the body of `event` under `id` to `*out`.
void EncodeBody(const NewEvent& event, const EventId& id, std::string* out);

// Fills the fields of `*event` that a body holds with views into `body`.
// Returns what is wrong with it, or nullptr.
const char* DecodeBody(std::string_view body, EventView* event);

}  // namespace daybook

#endif  // DAYBOOK_STORE_BODY_H_
