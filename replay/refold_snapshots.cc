#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "daybook/replay/fold.h"
#include "daybook/replay/refold.h"
#include "replay/row_json.h"
#include "replay/sampled_projection.h"
#include "replay/snapshot_record.h"
#include "store/protobuf.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// The state of a stream as of a snapshot, folded from zero.
class Again {
 public:
  Again(const AnyDecider& decider, std::string stored)
      : decider_(decider),
        stored_(std::move(stored)),
        state_(decider.initial().New()) {}

  // With `looks`, notices after which events the state is the stored one, which
  // costs more.
  absl::StatusOr<internal::StreamRead> Fold(EventStore& store,
                                            std::string_view stream,
                                            Position position, bool looks) {
    state_->Clear();
    first_event_.reset();
    return internal::ReadStreamTo(
        store, stream, std::nullopt, AsOf(position),
        [&](const EventView& event) -> absl::Status {
          DAYBOOK_RETURN_IF_ERROR(decider_.Evolve(event, state_.get()));
          if (looks) Look(event.position);
          return absl::OkStatus();
        });
  }

  bool IsAsStored() const { return DeterministicBytes(*state_) == stored_; }
  std::string StateJson() const { return ToJson(*state_); }
  std::string StoredJson() const {
    const std::unique_ptr<pb::Message> state(decider_.initial().New());
    state->ParsePartialFromString(stored_);
    return ToJson(*state);
  }
  std::optional<Position> first_event() const { return first_event_; }

 private:
  void Look(Position position) {
    if (IsAsStored()) {
      first_event_.reset();
    } else if (!first_event_) {
      first_event_ = position;
    }
  }

  const AnyDecider& decider_;
  const std::string stored_;
  const std::unique_ptr<pb::Message> state_;
  std::optional<Position> first_event_;
};

absl::Status Compare(EventStore& store, const AnyDecider& decider,
                     std::string stream, const v1::Snapshot& snapshot,
                     const RefoldOptions& options,
                     SnapshotRefoldReport* report) {
  const Position position(snapshot.position());
  Again again(decider, snapshot.state());
  DAYBOOK_ASSIGN_OR_RETURN(const internal::StreamRead read,
                           again.Fold(store, stream, position, false));
  const bool is_of_today =
      read.place.position == position &&
      read.first_revision == Revision(snapshot.first_revision());
  if (!is_of_today) {
    ++report->passed_over_count;
    return absl::OkStatus();
  }
  ++report->compared_count;
  if (again.IsAsStored()) return absl::OkStatus();
  if (++report->difference_count > options.listed_count_max) {
    return absl::OkStatus();
  }
  DAYBOOK_RETURN_IF_ERROR(again.Fold(store, stream, position, true).status());
  report->differences.push_back({.stream = std::move(stream),
                                 .position = position,
                                 .stored_json = again.StoredJson(),
                                 .folded_json = again.StateJson(),
                                 .first_event = again.first_event()});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<SnapshotRefoldReport> RefoldSnapshots(
    EventStore& store, const AnyDecider& decider,
    const RefoldOptions& options) {
  SnapshotRefoldReport report;
  const SampledProjection::Chooses chooses = PartOfKeys(options.sample);
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  const std::unique_ptr<RowCursor> cursor =
      rows->Scan(RowRange::OfPrefix(SnapshotPrefix(decider.name())));
  while (cursor->Next()) {
    if (!chooses(cursor->key())) continue;
    const std::optional<SnapshotKeyParts> parts =
        ParseSnapshotKey(cursor->key());
    const std::optional<v1::Snapshot> snapshot =
        DecodeSnapshot(cursor->key(), cursor->value());
    if (!parts || parts->stream.empty() || !snapshot ||
        snapshot->fingerprint() != decider.fingerprint()) {
      ++report.passed_over_count;
      continue;
    }
    DAYBOOK_RETURN_IF_ERROR(Compare(store, decider, std::string(parts->stream),
                                    *snapshot, options, &report));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return report;
}

}  // namespace daybook
