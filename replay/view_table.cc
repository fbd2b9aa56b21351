#include "replay/view_table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "google/protobuf/arena.h"
#include "replay/caught_projection.h"
#include "replay/fold_error.h"
#include "replay/view_catalog.h"
#include "replay/view_keys.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// What a batch ends at.
constexpr uint64_t kBatchEventCount = 4096;
constexpr size_t kBatchBytes = 8 << 20;
// A projection that fails for more rows than this fails as such.
constexpr size_t kParkedCountMax = 10'000;

}  // namespace

v1::ParkedRow MakeParkedRow(const EventInfo& event, const absl::Status& cause,
                            absl::Time now) {
  v1::ParkedRow parked;
  parked.set_position(event.position.value());
  parked.set_stream(std::string(event.stream));
  parked.set_revision(event.revision.value());
  parked.set_code(static_cast<int>(cause.code()));
  parked.set_cause(std::string(cause.message()));
  parked.set_parked_at(absl::ToUnixMicros(now));
  return parked;
}

ViewTable::ViewTable(EventStore& store,
                     std::shared_ptr<const AnyProjection> projection,
                     uint64_t number, OnApplyError on_error, Clock* clock)
    : store_(store),
      projection_(std::move(projection)),
      number_(number),
      on_error_(on_error),
      clock_(clock) {}

absl::Status ViewTable::Load() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<Position> checkpoint,
                           ReadCheckpoint(*rows, number_));
  if (!checkpoint || *checkpoint > store_.Head()) {
    return absl::DataLossError(
        absl::StrCat("view ", Quoted(projection_->name()),
                     " does not say how far it has come: rebuild it"));
  }
  next_position_.store(checkpoint->value(), std::memory_order_release);
  const std::string prefix = ParkedPrefix(number_);
  const std::unique_ptr<RowCursor> cursor =
      rows->Scan(RowRange::OfPrefix(prefix));
  while (cursor->Next()) {
    v1::ParkedRow parked;
    parked.ParsePartialFromArray(cursor->value().data(),
                                 static_cast<int>(cursor->value().size()));
    parked_[std::string(cursor->key().substr(prefix.size()))] =
        std::move(parked);
  }
  parked_count_ = parked_.size();
  return cursor->status();
}

absl::Status ViewTable::ApplyNext(Position end) {
  if (next_position() >= end) return absl::OkStatus();
  newly_parked_.clear();
  absl::Status applied = ApplyBatch(end);
  if (!applied.ok()) {
    for (const std::string& key : newly_parked_) parked_.erase(key);
  }
  parked_count_ = parked_.size();
  return applied;
}

absl::Status ViewTable::ApplyBatch(Position end) {
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor,
                           store_.ReadLog({.from = next_position(),
                                           .to = end.Previous(),
                                           .limit = kBatchEventCount}));
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_.ReadRows());
  const auto get = [&](std::string_view key) { return rows->Get(key); };
  pb::Arena arena;
  PreparedEvent event;
  RowChanges changes(projection_.get(), number_);
  RowBatch batch;
  Position next = next_position();
  for (const EventView& view : cursor) {
    if (projection_->Wants(view)) {
      const absl::Status prepared =
          PrepareCaught(*projection_, view, &arena, &event);
      if (!prepared.ok()) return AtEvent(prepared, projection_->name(), view);
      DAYBOOK_RETURN_IF_ERROR(ApplyEvent(event, &changes, get, &batch));
    }
    next = view.position.Next();
    if (changes.memory_bytes() + arena.SpaceAllocated() > kBatchBytes) break;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  DAYBOOK_RETURN_IF_ERROR(Write(&changes, &batch));
  batch.Put(CheckpointKey(number_), EncodeNumber(next.value()));
  DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(batch));
  next_position_.store(next.value(), std::memory_order_release);
  return absl::OkStatus();
}

absl::Status ViewTable::ApplyEvent(const PreparedEvent& event,
                                   RowChanges* changes, RowChanges::Get get,
                                   RowBatch* batch) {
  if (event.message == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < event.keys.size(); ++i) {
    const std::string& key = event.keys[i];
    if (parked_.contains(key)) continue;
    DAYBOOK_RETURN_IF_ERROR(changes->Load(key, get));
    const absl::Status applied =
        changes->Apply(event, i, on_error_ == OnApplyError::kPark);
    if (applied.ok()) continue;
    DAYBOOK_RETURN_IF_ERROR(Park(key, event.info, applied, batch));
  }
  return absl::OkStatus();
}

absl::Status ViewTable::Park(const std::string& key, const EventInfo& event,
                             const absl::Status& cause, RowBatch* batch) {
  if (on_error_ == OnApplyError::kStop || parked_.size() >= kParkedCountMax) {
    return AtEvent(cause, projection_->name(), event);
  }
  v1::ParkedRow& parked = parked_[key];
  parked = MakeParkedRow(event, cause, clock_->Now());
  newly_parked_.push_back(key);
  batch->Put(ParkedPrefix(number_) + key, parked.SerializeAsString());
  return absl::OkStatus();
}

absl::Status ViewTable::Resume(const std::string& key) {
  const auto found = parked_.find(key);
  if (found == parked_.end()) {
    return absl::NotFoundError(absl::StrCat(
        "no such row of view ", Quoted(projection_->name()), " is parked"));
  }
  const Position from(found->second.position());
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_.ReadRows());
  const auto get = [&](std::string_view row) { return rows->Get(row); };
  RowChanges changes(projection_.get(), number_);
  RowBatch batch;
  absl::Status failed;
  if (from < next_position()) {
    DAYBOOK_ASSIGN_OR_RETURN(
        EventCursor cursor,
        store_.ReadLog({.from = from, .to = next_position().Previous()}));
    pb::Arena arena;
    PreparedEvent event;
    for (const EventView& view : cursor) {
      if (!projection_->Wants(view)) continue;
      arena.Reset();
      DAYBOOK_RETURN_IF_ERROR(
          PrepareCaught(*projection_, view, &arena, &event));
      const auto use = std::ranges::find(event.keys, key);
      if (event.message == nullptr || use == event.keys.end()) continue;
      DAYBOOK_RETURN_IF_ERROR(changes.Load(key, get));
      failed = changes.Apply(
          event, static_cast<size_t>(use - event.keys.begin()), true);
      if (failed.ok()) continue;
      found->second = MakeParkedRow(event.info, failed, clock_->Now());
      failed = AtEvent(failed, projection_->name(), event.info);
      break;
    }
    DAYBOOK_RETURN_IF_ERROR(cursor.status());
  }
  DAYBOOK_RETURN_IF_ERROR(Write(&changes, &batch));
  const std::string parked_key = ParkedPrefix(number_) + key;
  if (failed.ok()) {
    batch.Delete(parked_key);
  } else {
    batch.Put(parked_key, found->second.SerializeAsString());
  }
  DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(batch));
  if (failed.ok()) {
    parked_.erase(found);
    parked_count_ = parked_.size();
  }
  return failed;
}

absl::Status ViewTable::Write(RowChanges* changes, RowBatch* batch) {
  return changes->WriteTo(
      [batch](std::string_view key, std::optional<std::string_view> value) {
        if (value) {
          batch->Put(key, *value);
        } else {
          batch->Delete(key);
        }
      });
}

}  // namespace daybook
