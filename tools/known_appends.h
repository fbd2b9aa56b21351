// KnownAppends tells which appends of an import the store holds already, by
// reading along the log.
//
// An import that is run again comes with the same appends in the same order.
// To look up each key costs the store a search in its index and, for what it
// finds, the whole chunk of the log that the append is in. To read on from the
// append before costs one step of a cursor.
//
//   KnownAppends known(store);
//   if (known.GoesOnWith(request)) ... it is there ...
//   else if (auto result = store.Append(request); result->repeated)
//     known.Found(result->last_position);

#ifndef DAYBOOK_TOOLS_KNOWN_APPENDS_H_
#define DAYBOOK_TOOLS_KNOWN_APPENDS_H_

#include <optional>

#include "daybook/store/event_store.h"

namespace daybook::tools {

// For appends whose key is made of all that is in them, ids as well: an id
// that the request does not give is not compared. Not thread-safe.
class KnownAppends {
 public:
  // `store` must outlive this.
  explicit KnownAppends(EventStore& store) : store_(store) {}

  // True if the log holds this very append, with its key and its events, next
  // or soon after the one found last. False says nothing: ask the store.
  bool GoesOnWith(const AppendRequest& request);

  // The store holds an append that ends at `last`: goes on from there.
  void Found(Position last);

 private:
  // Steps to the next event; forgets the place if there is none.
  bool Step();
  // True if the cursor's append is this one; steps to the append's last event.
  bool TakeSame(const AppendRequest& request);

  EventStore& store_;
  // After which event to open the cursor.
  std::optional<Position> last_;
  // Stands at the last event of the append found last.
  std::optional<EventCursor> cursor_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_KNOWN_APPENDS_H_
