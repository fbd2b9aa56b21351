// EventType is what a message's options say of it (daybook/v1/options.proto):
// the name of its events, their tags, and the schema that a store keeps.
//
// It is made from a descriptor, whether compiled in or read from a store, so
// that tools do with stored schemas what a program does with its own messages.
// Programs rarely meet it: typed_event.h makes and keeps it for each message.

#ifndef DAYBOOK_PROJECTIONS_EVENT_TYPE_H_
#define DAYBOOK_PROJECTIONS_EVENT_TYPE_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/event.h"
#include "daybook/store/schema.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace daybook {

// Immutable and thread-safe. The descriptor it was made from must outlive it.
class EventType {
 public:
  // Errors: kInvalidArgument if `message` has no (daybook.v1.event).name, has
  // one that is no event type or belongs to the store (`$…`), puts a field into
  // a tag that can't be written as one, or names a subject that is no field of
  // it; the status says which.
  // Cost: tens of microseconds; keep the result.
  static absl::StatusOr<EventType> Of(
      const google::protobuf::Descriptor& message);

  const std::string& name() const { return schema_.type; }
  const Schema& schema() const { return schema_; }

  // The tags of `message`: the constant ones, then those of its fields in the
  // order they are declared in, each once.
  // REQUIRES: a message of this descriptor.
  std::vector<std::string> TagsOf(
      const google::protobuf::Message& message) const;

  // Whether `tag` is one that TagsOf() could give: a constant one, or one with
  // the prefix of a field. Others were given by hand.
  bool MakesTag(std::string_view tag) const;

  // `message` as an event, with name, payload, tags and schema filled in. Equal
  // messages are equal bytes.
  // REQUIRES: a message of this descriptor.
  // Errors: kInvalidArgument if a required field is missing.
  absl::StatusOr<NewEvent> MakeEvent(
      const google::protobuf::Message& message) const;

 private:
  struct TagField {
    const google::protobuf::FieldDescriptor* field;
    std::string prefix;  // with its colon
  };

  EventType() = default;

  Schema schema_;
  std::vector<std::string> constant_tags_;
  std::vector<TagField> tag_fields_;
};

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_EVENT_TYPE_H_
