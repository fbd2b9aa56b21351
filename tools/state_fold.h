// StateFold is a state that grows event by event: that of a decider, or the
// rows that a projection makes of the events it is given.
//
//   StateFold state = StateFold::Begin(named, /*one_stream=*/true);
//   for (const EventView& event : *cursor) state.Apply(event);
//   Print(state.Json());

#ifndef DAYBOOK_TOOLS_STATE_FOLD_H_
#define DAYBOOK_TOOLS_STATE_FOLD_H_

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/query.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"
#include "tools/message_columns.h"
#include "tools/named_projection.h"

namespace daybook::tools {

// Movable; not thread-safe.
class StateFold {
 public:
  // A state above it is not folded on.
  static constexpr size_t kBytesMax = size_t{64} << 20;

  // Of no event yet. With `one_stream` all events come from one: a projection
  // that has a row for each stream then has that row for its state.
  static StateFold Begin(NamedProjection named, bool one_stream);

  // Errors: what the decider or projection returns, with the event's position;
  // kResourceExhausted above kBytesMax. The state is then good for nothing.
  absl::Status Apply(const EventView& event);

  // The same state, to be folded on apart from this one.
  StateFold Clone() const;
  // About what it takes in memory. Cost: linear in that.
  size_t bytes() const;

  // One line. Of a decider or of a single row its message; of several rows an
  // object of them by their keys, where a key of other than one text is the
  // JSON of its fields.
  std::string Json() const;

  // Which events it is made of.
  const Query& events() const;
  // What Parts() are; none if the state is several rows.
  std::vector<const google::protobuf::Descriptor*> Descriptors() const;
  // The state as a message. Valid until it changes.
  MessageColumns::Parts Parts() const;

 private:
  using Message = google::protobuf::Message;

  StateFold() = default;

  absl::Status ApplyToRows(const EventView& event);
  // Whether the state is one message, and where that is.
  bool is_single() const { return named_.decider != nullptr || single_row_; }
  const Message& single() const;

  NamedProjection named_;
  bool single_row_ = false;
  // Of a decider.
  std::unique_ptr<Message> state_;
  // Of a projection, by key.
  std::map<std::string, std::unique_ptr<Message>> rows_;
  // How many events were applied since it was last looked how large it is, and
  // of how many bytes.
  int unmeasured_events_ = 0;
  size_t unmeasured_bytes_ = 0;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_STATE_FOLD_H_
