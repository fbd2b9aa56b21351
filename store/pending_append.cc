#include "store/pending_append.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/query.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/errors_internal.h"
#include "store/log_reader.h"
#include "store/query_source.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

// Every stream the request names, each once; those of events come first, in
// order of first mention.
std::vector<std::string_view> StreamsOf(const AppendRequest& request) {
  std::vector<std::string_view> names;
  const auto add = [&names](std::string_view name) {
    // Few streams in nearly every append; many make a set worth its while.
    names.push_back(name);
  };
  for (const StreamEvent& event : request.events) {
    add(event.stream);
    if (const auto subject = SubjectOf(event.stream)) add(*subject);
  }
  for (const StreamExpectation& expectation : request.expectations) {
    add(expectation.stream);
  }
  if (names.size() == 1) return names;
  absl::flat_hash_set<absl::string_view> seen;
  std::erase_if(names, [&seen](std::string_view name) {
    return !seen.insert(ToAbsl(name)).second;
  });
  return names;
}

class StreamTable {
 public:
  StreamTable(const std::vector<std::string_view>& names,
              const std::vector<TailStream*>& streams)
      : only_(streams.size() == 1 ? streams[0] : nullptr) {
    if (only_ != nullptr) return;
    for (size_t i = 0; i < names.size(); ++i) {
      streams_.emplace(ToAbsl(names[i]), streams[i]);
    }
  }
  TailStream* Find(std::string_view name) const {
    return only_ != nullptr ? only_ : streams_.find(ToAbsl(name))->second;
  }

 private:
  TailStream* only_;
  absl::flat_hash_map<absl::string_view, TailStream*> streams_;
};

struct Span {
  size_t begin;
  size_t size;
  std::string_view In(const std::string& bytes) const {
    return std::string_view(bytes).substr(begin, size);
  }
};

Span AppendTo(std::string* bytes, std::string_view text) {
  const Span span{bytes->size(), text.size()};
  bytes->append(text);
  return span;
}

struct EncodedEvent {
  Span type, source, content_type, body, signature, payload;
  EventId id;
};

EncodedEvent EncodeEvent(const NewEvent& event, const StoreOptions& options,
                         std::string* bytes) {
  EncodedEvent encoded;
  encoded.type = AppendTo(bytes, event.type);
  // What was signed, or had a leaf before, is stored as it is.
  const bool own_source = !event.source.empty() || event.signature.has_value();
  encoded.source = AppendTo(bytes, own_source ? event.source : options.source);
  encoded.content_type = AppendTo(bytes, event.content_type);
  encoded.id = event.id.has_value()
                   ? *event.id
                   : options.id_source->NewId(options.clock->Now());
  encoded.body.begin = bytes->size();
  EncodeBody(event, encoded.id, bytes);
  encoded.body.size = bytes->size() - encoded.body.begin;
  // The payload ends the body, and the signature stands before it.
  encoded.payload = {bytes->size() - event.payload.size(),
                     event.payload.size()};
  const size_t signature_size =
      event.signature.has_value() ? event.signature->bytes.size() : 0;
  encoded.signature = {encoded.payload.begin - signature_size, signature_size};
  return encoded;
}

PendingAppend::Item ToItem(const EncodedEvent& encoded,
                           const std::string& bytes) {
  PendingAppend::Item item;
  item.type = encoded.type.In(bytes);
  item.source = encoded.source.In(bytes);
  item.content_type = encoded.content_type.In(bytes);
  item.body = encoded.body.In(bytes);
  item.payload = encoded.payload.In(bytes);
  item.signature = encoded.signature.In(bytes);
  item.body_checksum = Checksum(item.body);
  item.id = encoded.id;
  return item;
}

// What the leaf of an event needs that is known before its place is.
void PrepareLeaf(const NewEvent& event, const AppendHeader& append,
                 bool first_of_append, LeafMaker* leaves,
                 PendingAppend::Item* item) {
  item->schema = event.schema;
  item->commitments =
      leaves->Commit(event, item->source, append, first_of_append);
}

size_t SizeHint(const AppendRequest& request) {
  size_t bytes = 0;
  for (const StreamEvent& event : request.events) {
    bytes += event.event.payload.size() + 256;
  }
  return bytes;
}

}  // namespace

void EncodeOnlyItem(const NewEvent& event, PendingAppend* pending) {
  const EncodedEvent encoded =
      EncodeEvent(event, pending->core->options, &pending->bytes);
  pending->items.push_back(ToItem(encoded, pending->bytes));
  PendingAppend::Item& item = pending->items.back();
  item.stream = pending->pinned[0];
  item.rules_of = pending->subject;
  if (pending->core->tree == nullptr) return;
  LeafMaker leaves;
  PrepareLeaf(event, AppendHeader(), /*first_of_append=*/true, &leaves, &item);
}

absl::StatusOr<std::shared_ptr<PendingAppend>> PrepareAppend(
    const std::shared_ptr<StoreCore>& core, const AppendRequest& request,
    const RestoredAppend* restored) {
  auto pending = std::make_shared<PendingAppend>(core);
  if (!request.key.empty()) {
    pending->key = request.key;
    pending->key_hash = AppendKeyHash(request.key);
    pending->fingerprint = AppendFingerprint(request);
    pending->result = request.result;
    DAYBOOK_ASSIGN_OR_RETURN(
        pending->repeats,
        core->tail->FindKey(pending->key_hash, &pending->key_checked_from));
    if (pending->repeats.has_value()) {
      DAYBOOK_RETURN_IF_ERROR(CheckRepeats(*core->log, *pending->repeats,
                                           pending->key, pending->fingerprint));
      return pending;
    }
  }
  if (restored != nullptr) {
    pending->restored_at_micros = restored->recorded_at_micros;
    std::copy(restored->fingerprint.begin(), restored->fingerprint.end(),
              pending->fingerprint.begin());
  }

  const std::vector<std::string_view> names = StreamsOf(request);
  DAYBOOK_ASSIGN_OR_RETURN(pending->pinned, core->tail->Pin(names));
  const StreamTable streams(names, pending->pinned);

  std::vector<EncodedEvent> encoded;
  encoded.reserve(request.events.size());
  pending->bytes.reserve(SizeHint(request));
  for (const StreamEvent& event : request.events) {
    encoded.push_back(EncodeEvent(event.event, core->options, &pending->bytes));
  }
  pending->items.reserve(encoded.size());
  AppendHeader append;
  append.key = pending->key;
  append.fingerprint = pending->fingerprint;
  append.result = pending->result;
  LeafMaker leaves;
  for (size_t i = 0; i < encoded.size(); ++i) {
    pending->items.push_back(ToItem(encoded[i], pending->bytes));
    PendingAppend::Item& item = pending->items.back();
    const std::string& stream = request.events[i].stream;
    item.stream = streams.Find(stream);
    if (const auto subject = SubjectOf(stream)) {
      item.rules_of = streams.Find(*subject);
    }
    if (stream == kProducersStream) pending->changes_producers = true;
    if (core->tree != nullptr || !item.signature.empty()) {
      PrepareLeaf(request.events[i].event, append, i == 0, &leaves, &item);
    }
  }
  // What is restored is history, and system streams are the store's own, but
  // for those of schedules, which may stand beside any.
  const bool is_system = std::ranges::all_of(
      request.events,
      [](const StreamEvent& event) { return event.stream.starts_with('$'); });
  if (restored == nullptr && !is_system) {
    DAYBOOK_ASSIGN_OR_RETURN(pending->judged_by, core->producers.current());
    DAYBOOK_RETURN_IF_ERROR(JudgeProducers(*pending->judged_by, pending.get()));
  }
  for (const StreamExpectation& expectation : request.expectations) {
    pending->expectations.push_back(
        {streams.Find(expectation.stream), expectation.expected});
  }

  if (request.condition.has_value()) {
    // Whether it holds now: an append that is stale already is not worth the
    // committer's time, but what it would report first comes first, so a
    // conflict found here is only remembered as "not checked".
    pending->condition = request.condition;
    const Position head = core->tail->head();
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::optional<Position> match,
        FindMatch(core, *request.condition, Position(0), head));
    pending->condition_checked_to = match.value_or(head);
  }
  return pending;
}

absl::Status JudgeProducers(const Producers& producers,
                            PendingAppend* pending) {
  audit::ProducerVerifier verifier;
  for (size_t i = 0; i < pending->items.size(); ++i) {
    PendingAppend::Item& item = pending->items[i];
    if (item.signature.empty() && producers.rules().empty()) continue;
    const audit::ProducerStatement statement = {
        item.stream->name(),      item.type,           item.id.bytes(),
        item.content_type,        item.schema.value(), item.commitments.payload,
        item.commitments.metadata};
    const absl::StatusOr<ProducerVerdict> verdict =
        JudgeProducer(producers, statement, item.signature,
                      item.verified ? nullptr : &verifier);
    DAYBOOK_RETURN_IF_ERROR(AtEvent(i, verdict.status()));
    if (*verdict == ProducerVerdict::kSigned) item.verified = true;
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<EventView>> ViewsOf(const PendingAppend& pending,
                                               Position first) {
  std::vector<EventView> events(pending.items.size());
  absl::flat_hash_map<const TailStream*, uint64_t> next_revisions;
  for (size_t i = 0; i < events.size(); ++i) {
    const PendingAppend::Item& item = pending.items[i];
    EventView& event = events[i];
    event.position = Position(first.value() + i);
    event.revision = Revision(
        next_revisions
            .try_emplace(item.stream, item.stream->staged.next_revision)
            .first->second++);
    event.stream = item.stream->name();
    event.type = item.type;
    event.source = item.source;
    event.content_type = item.content_type;
    event.recorded_at = absl::FromUnixMicros(pending.recorded_at_micros);
    event.append = {first, static_cast<uint32_t>(events.size()), {}};
    if (const char* problem = DecodeBody(item.body, &event)) {
      return absl::InternalError(problem);
    }
  }
  return events;
}

absl::Status CheckRepeats(const RocksDb& log, Position first,
                          std::string_view key,
                          const Fingerprint& fingerprint) {
  LogReader reader(log);
  if (!reader.Load(first)) return reader.status();
  const AppendHeader& append = reader.chunk().AppendOf(
      static_cast<uint32_t>(first.value() - reader.first().value()));
  if (append.key != key) {
    return DamageError(first, absl::StrCat("the index has append key ",
                                           Quoted(key), " here, the log not"));
  }
  if (append.fingerprint != fingerprint) {
    return absl::AlreadyExistsError(absl::StrCat(
        "append key ", Quoted(key), " was used with other events, at position ",
        first.value()));
  }
  return absl::OkStatus();
}

absl::StatusOr<AppendResult> LoadAppendResult(const RocksDb& log,
                                              Position first) {
  LogReader reader(log);
  AppendResult result;
  result.repeated = true;
  result.first_position = first;
  absl::flat_hash_map<std::string, size_t> places;
  uint64_t end = first.value() + 1;
  for (uint64_t at = first.value(); at < end; ++at) {
    EventView event;
    if (!reader.Read(Position(at), &event)) return reader.status();
    if (at == first.value()) {
      end = at + event.append.count;
      result.last_position = Position(end - 1);
      result.recorded_at = event.recorded_at;
      result.result.assign(
          reader.chunk()
              .AppendOf(static_cast<uint32_t>(at - reader.first().value()))
              .result);
    }
    const auto [place, is_new] =
        places.try_emplace(ToAbsl(event.stream), result.streams.size());
    if (is_new) {
      result.streams.push_back({std::string(event.stream), event.revision});
    } else {
      result.streams[place->second].last_revision = event.revision;
    }
  }
  return result;
}

absl::StatusOr<AppendResult> ResultOf(const PendingAppend& pending) {
  if (!pending.status.ok()) return pending.status;
  if (pending.repeats.has_value()) {
    return LoadAppendResult(*pending.core->log, *pending.repeats);
  }
  AppendResult result;
  result.first_position = pending.first_position;
  result.last_position =
      Position(pending.first_position.value() + pending.items.size() - 1);
  result.recorded_at = absl::FromUnixMicros(pending.recorded_at_micros);
  result.result = pending.result;
  absl::flat_hash_map<const TailStream*, size_t> places;
  for (const PendingAppend::Item& item : pending.items) {
    if (!result.streams.empty() &&
        result.streams.back().stream == item.stream->name()) {
      result.streams.back().last_revision = item.revision;
      continue;
    }
    const auto [place, is_new] =
        places.try_emplace(item.stream, result.streams.size());
    if (is_new) {
      result.streams.push_back({item.stream->name(), item.revision});
    } else {
      result.streams[place->second].last_revision = item.revision;
    }
  }
  return result;
}

}  // namespace daybook
