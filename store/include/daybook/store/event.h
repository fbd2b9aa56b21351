// What an event is: NewEvent before it is stored, EventView and Event after.
//
// A NewEvent says what happened; the store adds where it stands (stream,
// revision, position) and when it was recorded. Reading gives an EventView,
// whose strings point into the store's own memory and cost no copy; ToEvent()
// makes an Event that one may keep.

#ifndef DAYBOOK_STORE_EVENT_H_
#define DAYBOOK_STORE_EVENT_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/audit/commitment.h"
#include "daybook/store/numbers.h"
#include "daybook/store/schema.h"

namespace daybook {

// An event's identity: 16 bytes, a UUID. The store makes version 7 (RFC 9562:
// 48 bits of milliseconds, then random bits), so ids sort roughly by time.
class EventId {
 public:
  static constexpr size_t kSize = 16;

  // The nil UUID.
  constexpr EventId() : bytes_{} {}
  constexpr explicit EventId(const std::array<uint8_t, kSize>& bytes)
      : bytes_(bytes) {}

  // Reads "0190163d-8694-739b-aea5-966c26f8ad91", in either letter case.
  // Errors: kInvalidArgument for any other form.
  static absl::StatusOr<EventId> Parse(std::string_view text);

  // REQUIRES: bytes.size() == kSize.
  static EventId FromBytes(std::string_view bytes);

  const std::array<uint8_t, kSize>& bytes() const { return bytes_; }
  // Lower-case, with dashes.
  std::string ToString() const;

  friend auto operator<=>(const EventId&, const EventId&) = default;  // NOLINT
  template <typename H>
  friend H AbslHashValue(H state, const EventId& id) {
    return H::combine(std::move(state), id.bytes_);
  }

 private:
  std::array<uint8_t, kSize> bytes_;
};

// What is known about an event beside its payload. Every field is optional;
// an empty string means absent. At most 64 KiB together once stored.
struct Metadata {
  // All events of one business transaction share it; queries can ask for it.
  std::string correlation_id;
  // The id of the event or command that caused this one.
  std::string causation_id;
  // W3C Trace Context (https://www.w3.org/TR/trace-context/), passed through.
  std::string traceparent;
  std::string tracestate;
  // Who did it: a user, a service.
  std::string actor;
  // Anything else.
  std::map<std::string, std::string> fields;

  bool empty() const {
    return correlation_id.empty() && causation_id.empty() &&
           traceparent.empty() && tracestate.empty() && actor.empty() &&
           fields.empty();
  }
  friend bool operator==(const Metadata&, const Metadata&) = default;
};

// A producer's signature of an event that is about to be appended, with the
// salts that it was made with: SignEvents() (producers.h) makes it.
struct NewSignature {
  // As audit::EncodeProducerSignature() makes it; 1 byte to 2 KiB. Empty only
  // in EventStore::Restore(): nobody signed the event, and its leaf in the
  // audit tree gets these salts, as it had them before.
  std::string bytes;
  // What the event's two commitments are made with.
  audit::Salt payload_salt{};
  audit::Salt metadata_salt{};

  friend bool operator==(const NewSignature&, const NewSignature&) = default;
};

// An event that is about to be appended. Limits: daybook/store/limits.h.
struct NewEvent {
  // Stable name of what happened, past tense: "order-placed".
  std::string type;
  // Any bytes; the store never looks inside.
  std::string payload;
  // Media type of the payload.
  std::string content_type = "application/octet-stream";
  // What the event can be found by, by custom "name:value". Order is kept; a
  // tag given twice is refused.
  std::vector<std::string> tags;
  Metadata metadata;
  // When it happened in the world, if that is known; kept in microseconds.
  std::optional<absl::Time> occurred_at;
  // URI reference of the producer; empty takes StoreOptions::source, unless the
  // event is signed.
  std::string source;
  // Absent: the store makes one from StoreOptions::id_source.
  std::optional<EventId> id;
  // The version of its type's schema that the payload is of; none if the store
  // knows none. Must be registered: EventStore::RegisterSchema().
  SchemaHash schema = {};
  // By who made the event. Needs `id`.
  std::optional<NewSignature> signature;
};

// The tags of a stored event, in the order they were given. A view: valid as
// long as the EventView it came from. Iterating costs no allocation.
class TagList {
 public:
  class Iterator {
   public:
    using iterator_category = std::input_iterator_tag;
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using pointer = const std::string_view*;
    using reference = std::string_view;

    Iterator() = default;
    std::string_view operator*() const { return current_; }
    Iterator& operator++() {
      --left_;
      Load();
      return *this;
    }
    Iterator operator++(int) {
      Iterator before = *this;
      ++*this;
      return before;
    }
    friend bool operator==(const Iterator& a, const Iterator& b) {
      return a.left_ == b.left_;
    }

   private:
    friend class TagList;
    Iterator(const char* next, size_t left) : next_(next), left_(left) {
      Load();
    }
    void Load();

    const char* next_ = nullptr;
    size_t left_ = 0;
    std::string_view current_;
  };

  TagList() = default;
  // `encoded` holds `count` strings, each after its length as a varint
  // (store/FORMAT.md). REQUIRES: well formed; the store checks before it
  // makes one.
  TagList(const char* encoded, size_t count)
      : encoded_(encoded), count_(count) {}

  size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  Iterator begin() const { return Iterator(encoded_, count_); }
  Iterator end() const { return Iterator(nullptr, 0); }
  bool Contains(std::string_view tag) const;
  std::vector<std::string> ToVector() const;

 private:
  const char* encoded_ = nullptr;
  size_t count_ = 0;
};

// Where an event's append began and how many events it had; with the append
// key if one was given. All events of one append were committed together.
struct AppendInfo {
  Position first_position;
  uint32_t count = 0;
  // Empty when none was given, and in stream reads, which don't carry it.
  std::string_view key;
};

struct Event;

// A stored event as a reader sees it. Every view in it points into memory of
// the cursor that gave it and is valid until that cursor's next step.
struct EventView {
  Position position;
  Revision revision;
  std::string_view stream;
  std::string_view type;
  std::string_view source;
  std::string_view content_type;
  std::string_view payload;
  EventId id;
  TagList tags;
  // What decodes the payload: EventStore::FindSchema(). None when the payload
  // is of no registered schema.
  SchemaHash schema;
  // When the store committed it: microseconds, never decreasing along
  // positions, equal within one append.
  absl::Time recorded_at;
  std::optional<absl::Time> occurred_at;
  AppendInfo append;
  // A serialised daybook.v1.EventMetadata; empty when there is none.
  std::string_view encoded_metadata;
  // Its producer's signature, as audit::ParseProducerSignature() reads it;
  // empty when there is none. Verified when it was appended, unless the
  // stream's policy was to ignore it (producers.h).
  std::string_view signature;

  // Decodes `encoded_metadata`; costs an allocation or two.
  Metadata metadata() const;
  // True for events of system streams, whose names start with `$`.
  bool system() const { return stream.starts_with('$'); }
  // An owning copy.
  Event ToEvent() const;
};

// A stored event with its own memory.
struct Event {
  Position position;
  Revision revision;
  std::string stream;
  std::string type;
  std::string source;
  std::string content_type;
  std::string payload;
  EventId id;
  std::vector<std::string> tags;
  SchemaHash schema;
  absl::Time recorded_at;
  std::optional<absl::Time> occurred_at;
  Position append_first_position;
  uint32_t append_count = 0;
  Metadata metadata;
  std::string signature;

  friend bool operator==(const Event&, const Event&) = default;
};

// The part of a stream's name before its first '-'; the whole name when it
// has none. "order-42" and "order-43" are of the category "order".
std::string_view CategoryOf(std::string_view stream);

}  // namespace daybook

#endif  // DAYBOOK_STORE_EVENT_H_
