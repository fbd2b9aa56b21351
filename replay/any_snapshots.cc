#include "daybook/replay/any_snapshots.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daybook/replay/state_cache.h"
#include "daybook/store/limits.h"
#include "daybook/v1/snapshot.pb.h"
#include "replay/snapshot_record.h"
#include "replay/snapshot_report.h"
#include "replay/snapshot_writer.h"
#include "store/protobuf.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

using google::protobuf::Message;

absl::Status CheckName(std::string_view name) {
  if (!name.empty() && name.size() <= kSnapshotNameBytesMax &&
      name.find('\0') == std::string_view::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the name of snapshots must have 1 to ",
                   kSnapshotNameBytesMax, " bytes without NUL, not ",
                   Quoted(name.substr(0, kSnapshotNameBytesMax))));
}

// What is folded: a stream or a query.
struct Source {
  std::string_view stream;
  const Query* query = nullptr;
  // Of a query the same, as it is stored.
  std::optional<v1::SnapshotQuery> stored_query;

  static Source Of(std::string_view stream) { return {.stream = stream}; }
  static Source Of(const Query& query) {
    return {.query = &query, .stored_query = ToProto(query)};
  }
  bool is_stream() const { return query == nullptr; }
  std::string Prefix(std::string_view decider) const {
    return is_stream() ? SnapshotPrefix(decider, stream)
                       : SnapshotPrefix(decider, *stored_query);
  }
  std::string ToString() const {
    return is_stream() ? Quoted(stream) : "a query";
  }
};

// A snapshot to begin at.
struct Base {
  std::string key;
  AnyFolded folded;
};

// The snapshots of one source, as one load goes through them.
struct Search {
  std::string prefix;
  // Only those below are of interest.
  std::optional<Position> end;
  // Those that were of no use.
  std::vector<std::string> useless;
};

AnyFolded StateOf(const v1::Snapshot& snapshot, const Source& source,
                  std::unique_ptr<Message> state) {
  AnyFolded folded{.state = std::move(state)};
  folded.place.position = Position(snapshot.position());
  if (source.is_stream()) {
    folded.place.revision = Revision(snapshot.revision());
    folded.trail.first_revision = Revision(snapshot.first_revision());
  }
  folded.trail.event_id = EventId::FromBytes(snapshot.event_id());
  folded.trail.recorded_at = absl::FromUnixMicros(snapshot.recorded_at());
  folded.trail.event_count = snapshot.event_count();
  return folded;
}

v1::Snapshot SnapshotOf(uint64_t fingerprint, const Source& source,
                        const FoldPlace& place,
                        const internal::FoldTrail& trail) {
  v1::Snapshot snapshot;
  snapshot.set_fingerprint(fingerprint);
  snapshot.set_position(place.position->value());
  snapshot.set_event_id(trail.event_id.bytes().data(), EventId::kSize);
  snapshot.set_recorded_at(absl::ToUnixMicros(trail.recorded_at));
  snapshot.set_event_count(trail.event_count);
  if (source.is_stream()) {
    snapshot.set_first_revision(trail.first_revision->value());
    snapshot.set_revision(place.revision->value());
  } else {
    *snapshot.mutable_query() = *source.stored_query;
  }
  return snapshot;
}

}  // namespace

struct AnySnapshots::Impl {
  Impl(EventStore& the_store,
       absl::StatusOr<std::shared_ptr<const AnyDecider>> the_decider,
       const SnapshotOptions& the_options)
      : store(the_store),
        decider(std::move(the_decider)),
        options(the_options),
        clock(options.clock != nullptr ? options.clock : Clock::System()),
        report(decider.ok() ? (*decider)->name() : "", options.logger),
        writer(store, options, &report) {
    if (!decider.ok()) return;
    const absl::Status name = CheckName((*decider)->name());
    if (!name.ok()) decider = name;
  }

  absl::StatusOr<AnyFolded> Fold(const Source& source, const AsOf& as_of);
  void Offer(const Source& source, const Message& state, const FoldPlace& place,
             absl::Duration replay_time, std::vector<std::string> useless,
             internal::FoldTrail* trail);

  // The next snapshot that can be used, as far as can be seen without reading
  // events.
  std::optional<Base> Find(const Source& source, const AsOf& as_of,
                           Search* search);
  std::optional<AnyFolded> Use(const Source& source, std::string_view key,
                               std::string_view value);
  // Evolves `*folded` by what comes after it. False if the log does not have
  // what is in it; `*folded` is then of no use.
  absl::StatusOr<bool> FoldOn(const Source& source, const AsOf& as_of,
                              AnyFolded* folded);
  // Whether the snapshot would begin elsewhere with every append.
  bool HasMovingBegin(const Source& source);
  void Ignore(SnapshotReport::Counter counter, const Source& source,
              std::string_view why);

  EventStore& store;
  absl::StatusOr<std::shared_ptr<const AnyDecider>> decider;
  const SnapshotOptions options;
  Clock* const clock;
  SnapshotReport report;
  SnapshotWriter writer;
};

absl::StatusOr<AnyFolded> AnySnapshots::Impl::Fold(const Source& source,
                                                   const AsOf& as_of) {
  if (!decider.ok()) return decider.status();
  report.Count(&SnapshotCounters::loads);
  Search search{.prefix = source.Prefix((*decider)->name())};
  bool may_use = true;
  while (true) {
    std::optional<Base> base;
    if (may_use) base = Find(source, as_of, &search);
    AnyFolded folded = base ? std::move(base->folded)
                            : AnyFolded{.state = std::unique_ptr<Message>(
                                            (*decider)->initial().New())};
    const absl::Duration begin = clock->Monotonic();
    DAYBOOK_ASSIGN_OR_RETURN(const bool is_right,
                             FoldOn(source, as_of, &folded));
    if (!is_right) {
      Ignore(&SnapshotCounters::stream_changed, source,
             "not used, the stream is not what it was");
      search.useless.push_back(std::move(base->key));
      // Older ones are of the same stream.
      may_use = false;
      continue;
    }
    if (base) report.Count(&SnapshotCounters::used);
    if (as_of.is_now()) {
      Offer(source, *folded.state, folded.place, clock->Monotonic() - begin,
            std::move(search.useless), &folded.trail);
    }
    return folded;
  }
}

std::optional<Base> AnySnapshots::Impl::Find(const Source& source,
                                             const AsOf& as_of,
                                             Search* search) {
  const absl::StatusOr<std::unique_ptr<RowReader>> rows = store.ReadRows();
  // Closed, which the read of events tells as well.
  if (!rows.ok()) return std::nullopt;
  RowRange range = RowRange::OfPrefix(search->prefix);
  constexpr Position kLast(std::numeric_limits<uint64_t>::max());
  if (as_of.position && *as_of.position < kLast) {
    const Position end = as_of.position->Next();
    if (!search->end || end < *search->end) search->end = end;
  }
  if (search->end) range.end = SnapshotKey(search->prefix, *search->end);
  const std::unique_ptr<RowCursor> cursor =
      (*rows)->Scan(range, Direction::kBackward);
  while (cursor->Next()) {
    std::optional<AnyFolded> folded =
        Use(source, cursor->key(), cursor->value());
    if (!folded) {
      search->useless.emplace_back(cursor->key());
      continue;
    }
    if (as_of.time && folded->trail.recorded_at > *as_of.time) continue;
    search->end = folded->place.position;
    return Base{std::string(cursor->key()), *std::move(folded)};
  }
  if (!cursor->status().ok()) {
    Ignore(&SnapshotCounters::damaged, source,
           absl::StrCat("not read: ", cursor->status().message()));
  }
  return std::nullopt;
}

std::optional<AnyFolded> AnySnapshots::Impl::Use(const Source& source,
                                                 std::string_view key,
                                                 std::string_view value) {
  const std::optional<v1::Snapshot> snapshot = DecodeSnapshot(key, value);
  if (!snapshot || snapshot->event_id().size() != EventId::kSize) {
    Ignore(&SnapshotCounters::damaged, source, "not used, it is damaged");
    return std::nullopt;
  }
  if (snapshot->fingerprint() != (*decider)->fingerprint()) {
    Ignore(&SnapshotCounters::other_fingerprint, source,
           "not used, it is of another State, Events or kRevision");
    return std::nullopt;
  }
  // The key has but a hash of it.
  if (!source.is_stream() && DeterministicBytes(snapshot->query()) !=
                                 DeterministicBytes(*source.stored_query)) {
    Ignore(&SnapshotCounters::damaged, source, "not used, of another query");
    return std::nullopt;
  }
  std::unique_ptr<Message> state((*decider)->initial().New());
  if (!state->ParsePartialFromString(snapshot->state())) {
    Ignore(&SnapshotCounters::unparsable, source,
           "not used, its state does not parse");
    return std::nullopt;
  }
  return StateOf(*snapshot, source, std::move(state));
}

absl::StatusOr<bool> AnySnapshots::Impl::FoldOn(const Source& source,
                                                const AsOf& as_of,
                                                AnyFolded* folded) {
  const std::optional<Position> base = folded->place.position;
  bool is_checked = !base.has_value();
  bool is_right = true;
  const auto apply = [&](const EventView& event) -> absl::Status {
    if (!is_checked) {
      // The last event of the snapshot is read again: it must be the same.
      is_checked = true;
      is_right = event.position == *base && event.id == folded->trail.event_id;
      return is_right ? absl::OkStatus() : absl::AbortedError("other events");
    }
    DAYBOOK_RETURN_IF_ERROR((*decider)->Evolve(event, folded->state.get()));
    folded->trail.Add(event);
    return absl::OkStatus();
  };
  internal::StreamRead read;
  absl::Status status;
  if (source.is_stream()) {
    absl::StatusOr<internal::StreamRead> of_stream = internal::ReadStreamTo(
        store, source.stream, folded->place.revision, as_of, apply);
    status = of_stream.status();
    if (of_stream.ok()) read = *of_stream;
  } else {
    const absl::StatusOr<FoldPlace> of_query =
        internal::ReadQueryTo(store, *source.query, base, as_of, apply);
    status = of_query.status();
    if (of_query.ok()) read.place = *of_query;
  }
  if (!is_right) return false;
  DAYBOOK_RETURN_IF_ERROR(status);
  if (!is_checked) return false;
  folded->place = read.place;
  if (!base) {
    folded->trail.first_revision = read.first_revision;
    return true;
  }
  if (!source.is_stream()) return true;
  // Asked after the read: what it had not seen yet, this does.
  return internal::StillBeginsAt(store, source.stream,
                                 *folded->trail.first_revision);
}

void AnySnapshots::Impl::Offer(const Source& source, const Message& state,
                               const FoldPlace& place,
                               absl::Duration replay_time,
                               std::vector<std::string> useless,
                               internal::FoldTrail* trail) {
  const bool is_due =
      !useless.empty() ||
      trail->unsaved_count >= std::max<uint64_t>(options.event_count, 1) ||
      (trail->unsaved_count > 0 && replay_time > options.replay_time);
  if (!is_due || !decider.ok()) return;
  SnapshotWrite write{.prefix = source.Prefix((*decider)->name()),
                      .target = source.ToString(),
                      .useless = std::move(useless)};
  const bool can_be =
      place.position && trail->event_count > 0 && !HasMovingBegin(source);
  size_t bytes = 0;
  if (can_be) {
    bytes = state.ByteSizeLong();
    const size_t query_bytes =
        source.is_stream() ? 0 : source.stored_query->ByteSizeLong();
    if (bytes + query_bytes + kSnapshotOverheadBytesMax > kRowValueBytesMax) {
      report.CountAndSay(
          &SnapshotCounters::too_large, LogLevel::kWarning, write.target,
          absl::StrCat("not written, the state has ", bytes, " bytes"));
      return;
    }
  } else if (write.useless.empty()) {
    return;
  }
  if (!writer.Admit(write.prefix, bytes)) return;
  if (can_be) {
    write.snapshot =
        SnapshotOf((*decider)->fingerprint(), source, place, *trail);
    write.snapshot->set_state(DeterministicBytes(state));
    trail->unsaved_count = 0;
  }
  writer.Add(std::move(write), bytes);
}

bool AnySnapshots::Impl::HasMovingBegin(const Source& source) {
  if (!source.is_stream()) return false;
  const absl::StatusOr<StreamInfo> info = store.GetStream(source.stream);
  return !info.ok() || info->metadata.max_count.has_value();
}

void AnySnapshots::Impl::Ignore(SnapshotReport::Counter counter,
                                const Source& source, std::string_view why) {
  const bool is_damage = counter == &SnapshotCounters::damaged ||
                         counter == &SnapshotCounters::unparsable;
  report.CountAndSay(counter, is_damage ? LogLevel::kWarning : LogLevel::kInfo,
                     source.ToString(), why);
}

AnySnapshots::AnySnapshots(
    EventStore& store,
    absl::StatusOr<std::shared_ptr<const AnyDecider>> decider,
    const SnapshotOptions& options)
    : impl_(std::make_unique<Impl>(store, std::move(decider), options)) {}

AnySnapshots::~AnySnapshots() = default;

absl::StatusOr<AnyFolded> AnySnapshots::Fold(std::string_view stream,
                                             const AsOf& as_of) {
  return impl_->Fold(Source::Of(stream), as_of);
}

absl::StatusOr<AnyFolded> AnySnapshots::Fold(const Query& query,
                                             const AsOf& as_of) {
  return impl_->Fold(Source::Of(query), as_of);
}

void AnySnapshots::Offer(std::string_view stream, const Message& state,
                         const FoldPlace& place, internal::FoldTrail* trail) {
  impl_->Offer(Source::Of(stream), state, place, absl::ZeroDuration(), {},
               trail);
}

void AnySnapshots::Offer(const Query& query, const Message& state,
                         const FoldPlace& place, internal::FoldTrail* trail) {
  impl_->Offer(Source::Of(query), state, place, absl::ZeroDuration(), {},
               trail);
}

void AnySnapshots::Flush() { impl_->writer.Flush(); }

SnapshotCounters AnySnapshots::counters() const {
  return impl_->report.counters();
}

EventStore& AnySnapshots::store() const { return impl_->store; }
}  // namespace daybook
