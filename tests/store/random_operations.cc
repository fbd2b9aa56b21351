#include "tests/store/random_operations.h"

#include <algorithm>
#include <future>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "daybook/store/limits.h"
#include "store/system_events.h"
#include "tests/store/describe.h"
#include "tests/testing/fake_clock.h"

namespace daybook {
namespace {

const std::vector<std::string>& Streams() {
  static const auto* const kStreams =
      new std::vector<std::string>{"order-1",
                                   "order-2",
                                   "order-3",
                                   "order",
                                   "order-",
                                   "o",
                                   "cart-7",
                                   "cart-7-item",
                                   "-",
                                   "日本-1",
                                   "z\x01",
                                   "payments",
                                   std::string(kStreamNameBytesMax, 'n')};
  return *kStreams;
}

const std::vector<std::string>& Types() {
  static const auto* const kTypes = new std::vector<std::string>{
      "placed", "paid",   "sent", "cancelled",
      "p",      "placéd", "$odd", std::string(kTypeBytesMax, 't')};
  return *kTypes;
}

const std::vector<std::string>& Tags() {
  static const auto* const kTags = new std::vector<std::string>{
      "customer:1", "customer:2", "customer:3",
      "sku:1",      "sku:2",      "sku:22",
      "a",          "ž",          std::string(512, 'g')};
  return *kTags;
}

const std::vector<std::string>& Correlations() {
  static const auto* const kCorrelations =
      new std::vector<std::string>{"c-1", "c-2", "c-3", "c"};
  return *kCorrelations;
}

// What an append gave back. Of a condition conflict it says whether the event
// named does match: engines may find different ones.
std::string DescribeAppend(EventStore& store,
                           const std::optional<AppendCondition>& condition,
                           const absl::StatusOr<AppendResult>& result) {
  std::string text = Describe(result);
  const auto position = GetConditionConflict(result.status());
  if (!position.has_value()) return text;
  const bool after = condition.has_value() && (!condition->after.has_value() ||
                                               *position > *condition->after);
  absl::StatusOr<EventCursor> cursor =
      store.ReadLog({.from = *position, .limit = 1});
  const bool matches = after && cursor.ok() && cursor->Next() &&
                       Matches(condition->fail_if_matches, cursor->event());
  return text + (matches ? " rightly" : " WRONGLY");
}

std::string RunAppend(Subject& subject, const AppendRequest& request) {
  EventStore& store = subject.store();
  return DescribeAppend(store, request.condition, store.Append(request));
}

}  // namespace

RandomOperations::RandomOperations(uint64_t seed, EventStore* store)
    : random_(seed), store_(store), ids_(IdSource::Seeded(seed)) {}

// --- Values -----------------------------------------------------------------

// Not std::uniform_int_distribution: what that yields is not the same
// everywhere, and a seed should be.
uint64_t RandomOperations::Below(uint64_t end) { return random_() % end; }

std::string RandomOperations::Stream() { return Pick(Streams()); }

// System streams and unknown ones too.
std::string RandomOperations::AnyStream() {
  switch (Below(8)) {
    case 0:
      return MetadataStreamOf(Stream());
    case 1:
      return OneIn(2) ? std::string(kOperationsStream) : "unknown";
    default:
      return Stream();
  }
}

NewEvent RandomOperations::MakeEvent() {
  NewEvent event;
  event.type = Pick(Types());
  // Most events are small, some larger than what the engine writes at once.
  const uint64_t size = OneIn(50) ? Below(200'000) : Below(200);
  event.payload.assign(size, static_cast<char>('a' + Below(26)));
  if (size >= 8) {
    const uint64_t mark = random_();
    std::copy_n(reinterpret_cast<const char*>(&mark), 8, event.payload.begin());
  }
  if (OneIn(4)) event.content_type = OneIn(2) ? "" : "application/json";
  std::set<std::string> tags;
  for (uint64_t i = Below(4); i > 0; --i) tags.insert(Pick(Tags()));
  event.tags.assign(tags.begin(), tags.end());
  if (OneIn(2)) std::reverse(event.tags.begin(), event.tags.end());
  if (OneIn(3)) event.metadata.correlation_id = Pick(Correlations());
  if (OneIn(4)) event.metadata.actor = "anna";
  if (OneIn(6)) event.metadata.fields["note"] = std::string(Below(300), 'm');
  if (OneIn(4)) {
    event.occurred_at =
        absl::FromUnixNanos(static_cast<int64_t>(Below(2'000'000'000'000)));
  }
  if (OneIn(4)) event.source = "/source/" + absl::StrCat(Below(3));
  event.id = ids_->NewId(OneIn(8) ? absl::InfiniteFuture()
                                  : testing::FakeClock::Start());
  given_ids_.push_back(*event.id);
  return event;
}

ExpectedRevision RandomOperations::Expect(const std::string& stream) {
  const absl::StatusOr<StreamInfo> info = store_->GetStream(stream);
  const bool has_events = info.ok() && info->last_revision.has_value();
  const uint64_t last = has_events ? info->last_revision->value() : 0;
  switch (Below(8)) {
    case 0:
      return ExpectedRevision::NoStream();
    case 1:
      return ExpectedRevision::Exists();
    case 2:
      return ExpectedRevision::Exactly(Revision(Below(last + 3)));
    case 3:
    case 4:
      // Right, as a rule.
      if (!has_events || info->deleted) return ExpectedRevision::NoStream();
      return ExpectedRevision::Exists();
    case 5:
    case 6:
      if (!has_events) return ExpectedRevision::NoStream();
      return ExpectedRevision::Exactly(Revision(last));
    default:
      return ExpectedRevision::Any();
  }
}

AppendRequest RandomOperations::MakeRequest() {
  AppendRequest request;
  std::set<std::string> streams;
  const bool several_streams = OneIn(4);
  const std::string stream = Stream();
  const uint64_t count = OneIn(30) ? 1 + Below(300) : 1 + Below(4);
  for (uint64_t i = 0; i < count; ++i) {
    request.events.push_back(
        {several_streams ? Stream() : stream, MakeEvent()});
    streams.insert(request.events.back().stream);
  }
  if (OneIn(5)) streams.insert(AnyStream());
  for (const std::string& name : streams) {
    if (OneIn(several_streams ? 3 : 2)) {
      request.expectations.push_back({name, Expect(name)});
    }
  }
  if (OneIn(6)) request.condition = MakeCondition();
  if (OneIn(3)) {
    request.key = absl::StrCat("key-", next_key_++);
    if (OneIn(20)) request.key.resize(kAppendKeyBytesMax, '\xff');
    if (OneIn(2)) request.result = std::string(Below(100), 'r');
    if (keyed_.size() < 200) {
      keyed_.push_back(request);
    } else {
      keyed_[Below(keyed_.size())] = request;
    }
  }
  return request;
}

void RandomOperations::Spoil(AppendRequest* request) {
  NewEvent& event = request->events[Below(request->events.size())].event;
  switch (Below(8)) {
    case 0:
      event.type.clear();
      break;
    case 1:
      event.type.resize(kTypeBytesMax + 1, 't');
      break;
    case 2:
      event.tags = {"a", "b", "a"};
      break;
    case 3:
      event.tags.push_back("\xff");
      break;
    case 4:
      request->events[0].stream = "$$order-1";
      break;
    case 5:
      event.occurred_at = absl::InfiniteFuture();
      break;
    case 6:
      request->expectations.assign(2, {"o", ExpectedRevision::Any()});
      break;
    default:
      request->events.clear();
  }
}

Query RandomOperations::MakeQuery() {
  Query query;
  const uint64_t count = OneIn(12) ? 0 : 1 + Below(3);
  for (uint64_t i = 0; i < count; ++i) {
    QueryItem item;
    if (OneIn(2)) {
      for (uint64_t j = 1 + Below(2); j > 0; --j) {
        item.types.push_back(OneIn(10) ? "$stream-deleted" : Pick(Types()));
      }
    }
    if (OneIn(2)) {
      for (uint64_t j = 1 + Below(2); j > 0; --j) {
        item.tags.push_back(Pick(Tags()));
      }
    }
    if (OneIn(5)) item.category = std::string(CategoryOf(AnyStream()));
    if (OneIn(6)) item.correlation_id = Pick(Correlations());
    query.items.push_back(std::move(item));
  }
  return query;
}

AppendCondition RandomOperations::MakeCondition() {
  AppendCondition condition;
  condition.fail_if_matches = MakeQuery();
  const uint64_t head = store_->Head().value();
  if (head > 0 && !OneIn(5)) {
    // Near the head, where it may well hold.
    const uint64_t back =
        OneIn(3) ? Below(head) : Below(std::min(head, uint64_t{8}));
    condition.after = Position(head - 1 - back);
  }
  return condition;
}

Direction RandomOperations::SomeDirection() {
  return OneIn(2) ? Direction::kForward : Direction::kBackward;
}

uint64_t RandomOperations::SomeLimit() {
  if (OneIn(8)) return kNoLimit;
  return OneIn(4) ? Below(200) : Below(20);
}

ReadStreamOptions RandomOperations::StreamBounds(const std::string& stream) {
  const absl::StatusOr<StreamInfo> info = store_->GetStream(stream);
  const uint64_t end = info.ok() && info->last_revision.has_value()
                           ? info->last_revision->value() + 4
                           : 4;
  ReadStreamOptions options;
  if (OneIn(2)) options.from = Revision(Below(end));
  if (OneIn(3)) options.to = Revision(OneIn(8) ? kNoLimit : Below(end));
  options.direction = SomeDirection();
  options.limit = SomeLimit();
  return options;
}

std::optional<Position> RandomOperations::SomePosition() {
  if (OneIn(2)) return std::nullopt;
  if (OneIn(12)) return Position(kNoLimit);
  return Position(Below(store_->Head().value() + 4));
}

std::optional<absl::Time> RandomOperations::SomeTime() {
  if (!OneIn(4)) return std::nullopt;
  if (OneIn(10))
    return OneIn(2) ? absl::InfinitePast() : absl::InfiniteFuture();
  // That of some event, or a little off.
  const uint64_t head = store_->Head().value();
  absl::Time time = testing::FakeClock::Start();
  if (head > 0) {
    const auto event = store_->ReadEvent(Position(Below(head)));
    if (event.ok()) time = event->recorded_at;
  }
  if (OneIn(3)) time += absl::Nanoseconds(static_cast<int64_t>(Below(3)) - 1);
  if (OneIn(4)) time += absl::Seconds(static_cast<int64_t>(Below(100)) - 50);
  return time;
}

ReadLogOptions RandomOperations::LogBounds() {
  ReadLogOptions options;
  options.from = SomePosition();
  options.to = SomePosition();
  options.from_time = SomeTime();
  options.to_time = SomeTime();
  options.direction = SomeDirection();
  options.limit = SomeLimit();
  return options;
}

// --- Appends ----------------------------------------------------------------

RandomOperation RandomOperations::Append() {
  AppendRequest request = MakeRequest();
  std::string kind = "append";
  if (OneIn(25)) {
    Spoil(&request);
    kind = "append refused";
  }
  return {.kind = kind,
          .description = Describe(request),
          .run = [request](Subject& s) { return RunAppend(s, request); }};
}

// Thousands of small events, more than the engine indexes at once.
RandomOperation RandomOperations::AppendMany() {
  AppendRequest request;
  const uint64_t stream_count = OneIn(2) ? 1 : 1 + Below(300);
  for (uint64_t i = 500 + Below(4'000); i > 0; --i) {
    NewEvent event;
    event.type = Pick(Types());
    event.payload = absl::StrCat(random_());
    if (OneIn(2)) event.tags = {Pick(Tags())};
    request.events.push_back({stream_count == 1
                                  ? Streams().front()
                                  : absl::StrCat("many-", Below(stream_count)),
                              std::move(event)});
  }
  return {.kind = "append many",
          .description = absl::StrCat(request.events.size(), " events, ",
                                      stream_count, " streams"),
          .run = [request](Subject& s) { return RunAppend(s, request); }};
}

RandomOperation RandomOperations::Retry() {
  if (keyed_.empty()) return Append();
  AppendRequest request = Pick(keyed_);
  std::string kind = "retry";
  if (OneIn(2)) {
    request.expectations = {{Stream(), ExpectedRevision::Exactly(Revision(0))}};
    request.result = "other result";
  }
  if (OneIn(3)) {
    kind = "retry with other events";
    NewEvent& event = request.events[0].event;
    switch (Below(4)) {
      case 0:
        event.payload += "x";
        break;
      case 1:
        event.id = ids_->NewId(testing::FakeClock::Start());
        break;
      case 2:
        event.tags = {"other"};
        break;
      default:
        request.events.push_back({Stream(), MakeEvent()});
    }
  }
  return {.kind = kind,
          .description = Describe(request),
          .run = [request](Subject& s) { return RunAppend(s, request); }};
}

// Several in flight, so that they may share a commit.
RandomOperation RandomOperations::AppendAsync() {
  std::vector<AppendRequest> requests;
  std::string description;
  for (uint64_t i = 1 + Below(6); i > 0; --i) {
    // Often the same once more: only one of the two can be what is expected.
    requests.push_back(requests.empty() || !OneIn(3) ? MakeRequest()
                                                     : requests.back());
    absl::StrAppend(&description, " (", Describe(requests.back()), ")");
  }
  auto run = [requests](Subject& subject) {
    EventStore& store = subject.store();
    std::vector<std::promise<absl::StatusOr<AppendResult>>> promises(
        requests.size());
    for (size_t i = 0; i < requests.size(); ++i) {
      store.AppendAsync(requests[i],
                        [&, i](absl::StatusOr<AppendResult> result) {
                          promises[i].set_value(std::move(result));
                        });
    }
    std::string text;
    for (size_t i = 0; i < requests.size(); ++i) {
      absl::StrAppend(&text,
                      DescribeAppend(store, requests[i].condition,
                                     promises[i].get_future().get()),
                      "\n");
    }
    return text;
  };
  return {.kind = "append async", .description = description, .run = run};
}

RandomOperation RandomOperations::AppendWhileClockIsWrong() {
  RandomOperation operation = OneIn(3) ? Retry() : Append();
  operation.kind = "append while the clock is wrong";
  operation.jump = absl::Hours(48);
  operation.jump_after = -absl::Hours(48);
  return operation;
}

RandomOperation RandomOperations::Restore() {
  AppendRequest request = MakeRequest();
  if (OneIn(6)) {
    const std::string stream = Stream();
    request.events.push_back({MetadataStreamOf(stream),
                              StreamMetadataSetEvent({.max_count = Below(9)})});
    request.events.back().event.id = ids_->NewId(testing::FakeClock::Start());
  }
  if (OneIn(12)) request.events[0].event.id.reset();
  absl::Time recorded_at = testing::FakeClock::Start();
  const uint64_t head = store_->Head().value();
  if (head > 0) {
    const auto last = store_->ReadEvent(Position(head - 1));
    if (last.ok()) recorded_at = last->recorded_at;
  }
  if (OneIn(2)) recorded_at += absl::Microseconds(Below(1'000'000));
  if (OneIn(8)) recorded_at -= absl::Microseconds(1);
  const std::string fingerprint = OneIn(3) ? std::string(16, 'f') : "";
  // A retry of it may not count as the same.
  return {
      .kind = "restore",
      .description = absl::StrCat(Describe(request), " recorded_at ",
                                  absl::ToUnixMicros(recorded_at)),
      .run = [=](Subject& s) {
        return Describe(s.store().Restore(request, recorded_at, fingerprint));
      }};
}

// --- Streams ----------------------------------------------------------------

RandomOperation RandomOperations::SetMetadata() {
  const std::string stream = OneIn(20) ? AnyStream() : Stream();
  StreamMetadata metadata;
  if (OneIn(2)) metadata.max_count = Below(30);
  if (OneIn(3)) metadata.truncate_before = Revision(Below(40));
  if (OneIn(3)) metadata.json = absl::StrCat("{\"n\":", Below(9), "}");
  const ExpectedRevision expected = Expect(stream);
  return {.kind = "set metadata",
          .description =
              absl::StrCat(DescribeBytes(stream), " ", Describe(metadata),
                           " expect ", expected.ToString()),
          .run = [=](Subject& s) {
            return Describe(
                s.store().SetStreamMetadata(stream, metadata, expected));
          }};
}

RandomOperation RandomOperations::Delete() {
  const std::string stream = OneIn(20) ? AnyStream() : Stream();
  const ExpectedRevision expected = Expect(stream);
  return {.kind = "delete",
          .description = absl::StrCat(DescribeBytes(stream), " expect ",
                                      expected.ToString()),
          .run = [=](Subject& s) {
            return Describe(s.store().DeleteStream(stream, expected));
          }};
}

RandomOperation RandomOperations::Tombstone() {
  // Seldom one of those that everything else goes to.
  const std::string stream =
      OneIn(10) ? Stream() : absl::StrCat("doomed-", Below(20));
  const ExpectedRevision expected = Expect(stream);
  return {.kind = "tombstone",
          .description = absl::StrCat(DescribeBytes(stream), " expect ",
                                      expected.ToString()),
          .run = [=](Subject& s) {
            return Describe(s.store().TombstoneStream(stream, expected));
          }};
}

RandomOperation RandomOperations::RecordOperation() {
  const Operation operation{"anna", absl::StrCat("command ", Below(99)), ""};
  return {.kind = "record operation",
          .description = operation.command,
          .run = [=](Subject& s) {
            return Describe(s.store().RecordOperation(operation));
          }};
}

RandomOperation RandomOperations::GetStream() {
  const std::string stream = AnyStream();
  return {
      .kind = "get stream",
      .description = DescribeBytes(stream),
      .run = [=](Subject& s) { return Describe(s.store().GetStream(stream)); }};
}

RandomOperation RandomOperations::ListStreams() {
  ListStreamsOptions options;
  if (OneIn(3)) options.prefix = AnyStream().substr(0, 1 + Below(8));
  if (OneIn(3)) options.category = std::string(CategoryOf(AnyStream()));
  options.include_system = OneIn(2);
  options.include_deleted = OneIn(2);
  return {
      .kind = "list streams",
      .description = absl::StrCat("prefix ", DescribeBytes(options.prefix),
                                  " category ", DescribeBytes(options.category),
                                  options.include_system ? " system" : "",
                                  options.include_deleted ? " deleted" : ""),
      .run = [=](Subject& s) {
        return Describe(s.store().ListStreams(options));
      }};
}

// --- Reads ------------------------------------------------------------------

RandomOperation RandomOperations::ReadStream() {
  const std::string stream = AnyStream();
  const ReadStreamOptions options = StreamBounds(stream);
  return {.kind = "read stream",
          .description =
              absl::StrCat(DescribeBytes(stream), " ", Describe(options)),
          .run = [=](Subject& s) {
            return Describe(s.store().ReadStream(stream, options));
          }};
}

RandomOperation RandomOperations::ReadLog() {
  const ReadLogOptions options = LogBounds();
  return {
      .kind = "read log",
      .description = Describe(options),
      .run = [=](Subject& s) { return Describe(s.store().ReadLog(options)); }};
}

RandomOperation RandomOperations::ReadQuery() {
  const Query query = MakeQuery();
  const ReadLogOptions options = LogBounds();
  return {.kind = "read query",
          .description = absl::StrCat(Describe(options), Describe(query)),
          .run = [=](Subject& s) {
            return Describe(s.store().ReadQuery(query, options));
          }};
}

// Reads by a query, perhaps lets another append come between, and appends with
// the token of the read.
RandomOperation RandomOperations::ReadAndDecide() {
  const Query query = MakeQuery();
  AppendRequest decided = MakeRequest();
  decided.key.clear();
  decided.result.clear();
  decided.expectations.clear();
  std::optional<AppendRequest> between;
  if (OneIn(2)) between = MakeRequest();
  return {.kind = "read and decide",
          .description =
              absl::StrCat(Describe(query), ", between ",
                           between.has_value() ? Describe(*between) : "none",
                           ", then", Describe(decided)),
          .run = [=](Subject& s) {
            absl::StatusOr<EventCursor> cursor =
                s.store().ReadQuery(query, {.limit = 50});
            if (!cursor.ok()) return Describe(cursor.status());
            std::string text;
            if (between.has_value()) text = RunAppend(s, *between) + "\n";
            text += DescribeRest(*cursor) + "\n";
            AppendRequest request = decided;
            request.condition = cursor->condition(query);
            return text + RunAppend(s, request);
          }};
}

RandomOperation RandomOperations::ReadEvent() {
  const Position position(Below(store_->Head().value() + 2));
  return {.kind = "read event",
          .description = absl::StrCat(position.value()),
          .run = [=](Subject& s) {
            return Describe(s.store().ReadEvent(position));
          }};
}

RandomOperation RandomOperations::FindEvent() {
  const EventId id = given_ids_.empty() || OneIn(10)
                         ? ids_->NewId(testing::FakeClock::Start())
                         : Pick(given_ids_);
  return {.kind = "find event",
          .description = id.ToString(),
          .run = [=](Subject& s) { return Describe(s.store().FindEvent(id)); }};
}

RandomOperation RandomOperations::FindAppend() {
  const std::string key =
      keyed_.empty() || OneIn(5) ? "unknown" : Pick(keyed_).key;
  return {
      .kind = "find append",
      .description = DescribeBytes(key),
      .run = [=](Subject& s) { return Describe(s.store().FindAppend(key)); }};
}

RandomOperation RandomOperations::ExportAppend() {
  Position first(Below(store_->Head().value() + 2));
  if (!OneIn(3)) {
    const auto event = store_->ReadEvent(first);
    if (event.ok()) first = event->append_first_position;
  }
  return {.kind = "export append",
          .description = absl::StrCat(first.value()),
          .run = [=](Subject& s) {
            return Describe(s.store().ExportAppend(first));
          }};
}

// Opens a cursor that later operations step, while others append.
RandomOperation RandomOperations::HoldCursor() {
  const int name = next_cursor_++ % 4;
  const uint64_t way = Below(3);
  const std::string stream = AnyStream();
  const Query query = MakeQuery();
  const ReadStreamOptions stream_options = StreamBounds(stream);
  const ReadLogOptions log_options = LogBounds();
  return {.kind = "hold cursor",
          .description = absl::StrCat(
              name, " on ",
              way == 0 ? absl::StrCat("stream ", DescribeBytes(stream), " ",
                                      Describe(stream_options))
                       : absl::StrCat(Describe(log_options),
                                      way == 1 ? "" : Describe(query))),
          .run = [=](Subject& s) -> std::string {
            s.cursors.erase(name);
            absl::StatusOr<EventCursor> cursor =
                way == 0   ? s.store().ReadStream(stream, stream_options)
                : way == 1 ? s.store().ReadLog(log_options)
                           : s.store().ReadQuery(query, log_options);
            if (!cursor.ok()) return Describe(cursor.status());
            s.cursors.emplace(name, *std::move(cursor));
            return "held";
          }};
}

RandomOperation RandomOperations::StepCursor() {
  const int name = static_cast<int>(Below(4));
  const uint64_t steps = OneIn(3) ? kNoLimit : Below(5);
  return {.kind = "step cursor",
          .description = absl::StrCat(name),
          .run = [=](Subject& s) -> std::string {
            const auto cursor = s.cursors.find(name);
            if (cursor == s.cursors.end()) return "none";
            return DescribeRest(cursor->second, steps);
          }};
}

// --- The world --------------------------------------------------------------

RandomOperation RandomOperations::PassTime() {
  RandomOperation operation;
  operation.kind = "pass time";
  operation.advance =
      OneIn(3) ? absl::Nanoseconds(Below(5'000)) : absl::Seconds(Below(4'000));
  if (OneIn(4)) {
    const absl::Duration skew = absl::Minutes(Below(361)) - absl::Hours(3);
    operation.jump = skew - skew_;
    skew_ = skew;
  }
  operation.description =
      absl::StrCat(absl::FormatDuration(operation.advance), ", jump ",
                   absl::FormatDuration(operation.jump));
  operation.run = [](Subject& s) {
    return absl::StrCat("head ", s.store().Head().value());
  };
  return operation;
}

RandomOperation RandomOperations::Reopen() {
  return {.kind = "reopen", .description = "", .run = [](Subject& s) {
            s.cursors.clear();
            s.engine->Reopen();
            return absl::StrCat("head ", s.store().Head().value());
          }};
}

RandomOperation RandomOperations::KeepHouse() {
  const bool sync = OneIn(2);
  return {.kind = sync ? "sync" : "wait for indexes",
          .description = "",
          .run = [=](Subject& s) {
            return Describe(sync ? s.store().Sync()
                                 : s.store().WaitForIndexes(absl::Minutes(1)));
          }};
}

RandomOperation RandomOperations::Next() {
  using Maker = RandomOperation (RandomOperations::*)();
  struct Choice {
    uint64_t weight;
    Maker make;
  };
  static constexpr Choice kChoices[] = {
      {240, &RandomOperations::Append},
      {2, &RandomOperations::AppendMany},
      {60, &RandomOperations::Retry},
      {40, &RandomOperations::AppendAsync},
      {4, &RandomOperations::AppendWhileClockIsWrong},
      {12, &RandomOperations::Restore},
      {30, &RandomOperations::SetMetadata},
      {20, &RandomOperations::Delete},
      {6, &RandomOperations::Tombstone},
      {6, &RandomOperations::RecordOperation},
      {120, &RandomOperations::ReadStream},
      {60, &RandomOperations::ReadLog},
      {100, &RandomOperations::ReadQuery},
      {30, &RandomOperations::ReadAndDecide},
      {30, &RandomOperations::ReadEvent},
      {15, &RandomOperations::FindEvent},
      {30, &RandomOperations::FindAppend},
      {20, &RandomOperations::ExportAppend},
      {40, &RandomOperations::GetStream},
      {15, &RandomOperations::ListStreams},
      {20, &RandomOperations::HoldCursor},
      {40, &RandomOperations::StepCursor},
      {50, &RandomOperations::PassTime},
      {5, &RandomOperations::Reopen},
      {15, &RandomOperations::KeepHouse},
  };
  static const uint64_t kWeights = [] {
    uint64_t sum = 0;
    for (const Choice& choice : kChoices) sum += choice.weight;
    return sum;
  }();
  uint64_t left = Below(kWeights);
  for (const Choice& choice : kChoices) {
    if (left < choice.weight) return (this->*choice.make)();
    left -= choice.weight;
  }
  return Append();
}

}  // namespace daybook
