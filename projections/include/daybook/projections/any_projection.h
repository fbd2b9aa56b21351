// AnyProjection is a projection whose types are known only when it runs: what
// runners, rebuilds and the command line work with. A program writes a
// Projection (projection.h) and never this, unless its shape is not known when
// it is compiled.

#ifndef DAYBOOK_PROJECTIONS_ANY_PROJECTION_H_
#define DAYBOOK_PROJECTIONS_ANY_PROJECTION_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/event_info.h"
#include "daybook/store/event.h"
#include "daybook/store/query.h"
#include "google/protobuf/arena.h"
#include "google/protobuf/message.h"

namespace daybook {

// What becomes of a row after an event was applied to it.
enum class RowFate { kKeep, kRemove };

// Nearly all events change one row.
using RowKeys = absl::InlinedVector<std::string, 1>;

// An event with what a projection needs of it, in memory of the arena it was
// made on.
struct PreparedEvent {
  EventInfo info;
  // Of whatever type the projection made it; null: the event is none of its.
  const google::protobuf::Message* message = nullptr;
  // Which of the projection's event types it is, for Apply().
  size_t kind = 0;
  // The rows that it changes, as EncodeRowKey() has them; none twice.
  RowKeys keys;
};

// Immutable and thread-safe. Prepare() and Apply() depend on nothing but their
// arguments: the same events give the same rows, always.
class AnyProjection {
 public:
  virtual ~AnyProjection() = default;

  // What it is called: 1-256 bytes of UTF-8 without NUL.
  const std::string& name() const { return name_; }
  int version() const { return version_; }
  // Of name, version, the shapes of key, row and indexes, and the event types:
  // rows that were made under another one are not used. Not 0.
  uint64_t fingerprint() const { return fingerprint_; }
  // The events it wants; all but those of system streams if it has no items.
  const Query& events() const { return events_; }
  // Empty messages, to make others of their types with New().
  const google::protobuf::Message& key_prototype() const {
    return *key_prototype_;
  }
  const google::protobuf::Message& row_prototype() const {
    return *row_prototype_;
  }
  size_t index_count() const { return index_prototypes_.size(); }
  const google::protobuf::Message& index_prototype(size_t i) const {
    return *index_prototypes_[i];
  }

  // Whether events() matches and it is of no system stream.
  bool Wants(const EventView& event) const;

  // Decodes `event` and finds its rows. `prepared->message` stays null for an
  // event that is none of the projection's. What it points to lives as long as
  // `arena` and, for `info.stream`, `event`.
  // Errors: kDataLoss if the payload does not parse; of an upcaster.
  virtual absl::Status Prepare(const EventView& event,
                               google::protobuf::Arena* arena,
                               PreparedEvent* prepared) const = 0;

  // Applies `prepared` to the row of `prepared.keys[key]`; one that did not
  // exist is an empty message. Errors: what the projection's Apply returns;
  // `*row` is then anything.
  virtual absl::StatusOr<RowFate> Apply(
      const PreparedEvent& prepared, size_t key,
      google::protobuf::Message* row) const = 0;

  // The key in index `i` of the row `key`, encoded; nothing if it is not in it.
  virtual absl::StatusOr<std::optional<std::string>> IndexKey(
      size_t i, std::string_view key,
      const google::protobuf::Message& row) const = 0;

 protected:
  // Prototypes must outlive it, as default instances and those of a factory
  // that is kept do. REQUIRES: CheckShape() is OK before it is used.
  AnyProjection(std::string name, int version, Query events,
                const google::protobuf::Message* key_prototype,
                const google::protobuf::Message* row_prototype,
                std::vector<const google::protobuf::Message*> index_prototypes);

  // Errors: kInvalidArgument if the name, or a key's type, can't be one.
  absl::Status CheckShape() const;

 private:
  const std::string name_;
  const int version_;
  const Query events_;
  const google::protobuf::Message* const key_prototype_;
  const google::protobuf::Message* const row_prototype_;
  const std::vector<const google::protobuf::Message*> index_prototypes_;
  const uint64_t fingerprint_;
};

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_ANY_PROJECTION_H_
