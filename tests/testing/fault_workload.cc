#include "tests/testing/fault_workload.h"

#include <algorithm>
#include <set>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "tests/testing/fault_run.h"

namespace daybook::testing {
namespace {

absl::Status Wrong(std::string_view what) {
  return absl::InternalError(absl::StrCat("WRONG: ", ToAbsl(what)));
}

std::string Bytes(Random& random, size_t size) {
  std::string bytes(size, '\0');
  for (size_t i = 0; i < size; i += 8) {
    const uint64_t word = random();
    std::copy_n(reinterpret_cast<const char*>(&word),
                std::min<size_t>(8, size - i), &bytes[i]);
  }
  return bytes;
}

NewEvent MakeEvent(Random& random, AppendId id, size_t index,
                   size_t bytes_max) {
  NewEvent event;
  event.type = absl::StrCat("type-", Draw(random, 5));
  const size_t size =
      OneIn(random, 50) ? Draw(random, bytes_max) : Draw(random, 300);
  event.payload = absl::StrCat(id.writer, " ", id.number, " ", index, " ",
                               Bytes(random, size));
  event.tags.push_back(absl::StrCat("writer:", id.writer));
  if (OneIn(random, 3)) {
    event.tags.push_back(absl::StrCat("sevenths:", id.number % 7));
  }
  if (OneIn(random, 4)) {
    event.metadata.correlation_id = absl::StrCat("flow-", id.number % 3);
  }
  return event;
}

bool ParseId(std::string_view payload, AppendId* id, uint64_t* index) {
  const std::vector<absl::string_view> parts =
      absl::StrSplit(ToAbsl(payload), absl::MaxSplits(' ', 3));
  return parts.size() == 4 && absl::SimpleAtoi(parts[0], &id->writer) &&
         absl::SimpleAtoi(parts[1], &id->number) &&
         absl::SimpleAtoi(parts[2], index);
}

// Streams that other parts of a test write to.
bool Foreign(std::string_view stream) {
  return stream.starts_with('$') || stream.starts_with("ruled");
}

bool SameContent(const StreamEvent& made, const Event& stored) {
  return made.stream == stored.stream && made.event.type == stored.type &&
         made.event.payload == stored.payload &&
         made.event.content_type == stored.content_type &&
         made.event.tags == stored.tags &&
         made.event.metadata == stored.metadata;
}

// What the log says, by which everything else is judged.
struct Log {
  std::vector<Event> events;
  std::vector<std::string> keys;  // of each event's append
  std::map<std::string, std::vector<uint64_t>> streams;
};

absl::StatusOr<Log> ReadWholeLog(EventStore& store) {
  Log log;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog());
  absl::Time last = absl::InfinitePast();
  for (const EventView& event : cursor) {
    if (event.position.value() != log.events.size()) {
      return Wrong(absl::StrCat("position ", event.position.value(),
                                " comes where ", log.events.size(),
                                " belongs"));
    }
    std::vector<uint64_t>& stream = log.streams[std::string(event.stream)];
    if (event.revision.value() != stream.size()) {
      return Wrong(absl::StrCat("revision ", event.revision.value(),
                                " comes where ", stream.size(), " belongs"));
    }
    if (event.recorded_at < last) return Wrong("recorded_at goes back");
    last = event.recorded_at;
    stream.push_back(event.position.value());
    log.keys.emplace_back(event.append.key);
    log.events.push_back(event.ToEvent());
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (cursor.snapshot_head().value() != log.events.size()) {
    return Wrong(absl::StrCat("the log ends at ", log.events.size(),
                              " with an OK status, the head is ",
                              cursor.snapshot_head().value()));
  }
  return log;
}

absl::StatusOr<StoredAppends> CheckAppends(const Log& log,
                                           const Workload& workload) {
  StoredAppends stored;
  for (size_t at = 0; at < log.events.size();) {
    const Event& first = log.events[at];
    if (Foreign(first.stream)) {
      ++at;
      continue;
    }
    AppendId id;
    uint64_t index;
    if (!ParseId(first.payload, &id, &index)) return Wrong("foreign payload");
    const std::string name =
        absl::StrCat("append ", id.writer, "/", id.number, " at ", at);
    AppendRequest made = workload.Make(id);
    if (!log.keys[at].empty()) made = workload.MakeKeyed(id);
    if (log.keys[at] != made.key) return Wrong(name + " has another key");
    if (at + made.events.size() > log.events.size()) {
      return Wrong(name + " is cut off");
    }
    for (size_t i = 0; i < made.events.size(); ++i) {
      const Event& event = log.events[at + i];
      if (!SameContent(made.events[i], event) ||
          event.append_first_position != first.position ||
          event.append_count != made.events.size() ||
          event.recorded_at != first.recorded_at) {
        return Wrong(absl::StrCat(name, " differs in event ", i));
      }
    }
    if (!stored.emplace(id, first.position).second) {
      return Wrong(name + " is there twice");
    }
    at += made.events.size();
  }
  return stored;
}

// Reads a cursor to its end: exactly the events at `expected`.
absl::Status Compare(std::string_view what, EventCursor& cursor, const Log& log,
                     const std::vector<uint64_t>& expected) {
  size_t i = 0;
  for (const EventView& event : cursor) {
    if (i == expected.size()) {
      return Wrong(absl::StrCat(ToAbsl(what), " gives more than the log has"));
    }
    const Event& same = log.events[expected[i]];
    if (event.position != same.position || event.revision != same.revision ||
        event.id != same.id || event.payload != same.payload ||
        event.stream != same.stream || event.type != same.type) {
      return Wrong(absl::StrCat(ToAbsl(what), " gives position ",
                                event.position.value(), " where ", expected[i],
                                " belongs"));
    }
    ++i;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (i != expected.size()) {
    return Wrong(absl::StrCat(ToAbsl(what), " ends after ", i, " of ",
                              expected.size(), " with an OK status"));
  }
  return absl::OkStatus();
}

absl::Status CheckStream(EventStore& store, const Log& log,
                         const std::string& name,
                         std::vector<uint64_t> positions) {
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor forward, store.ReadStream(name));
  DAYBOOK_RETURN_IF_ERROR(Compare("stream " + name, forward, log, positions));
  DAYBOOK_ASSIGN_OR_RETURN(const StreamInfo info, store.GetStream(name));
  if (info.count != positions.size() ||
      info.last_revision != Revision(positions.size() - 1) ||
      info.last_position != Position(positions.back())) {
    return Wrong("stream " + name + " ends elsewhere");
  }
  ReadStreamOptions options;
  options.direction = Direction::kBackward;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor backward,
                           store.ReadStream(name, options));
  std::reverse(positions.begin(), positions.end());
  return Compare("stream " + name + " backward", backward, log, positions);
}

absl::Status CheckQuery(EventStore& store, const Log& log, const Query& query,
                        const std::string& name) {
  std::vector<uint64_t> expected;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor all, store.ReadLog());
  while (expected.size() < log.events.size() && all.Next()) {
    if (all.event().position.value() >= log.events.size()) break;
    if (Matches(query, all.event())) {
      expected.push_back(all.event().position.value());
    }
  }
  DAYBOOK_RETURN_IF_ERROR(all.status());
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor forward, store.ReadQuery(query));
  DAYBOOK_RETURN_IF_ERROR(Compare("query " + name, forward, log, expected));
  ReadLogOptions options;
  options.direction = Direction::kBackward;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor backward,
                           store.ReadQuery(query, options));
  std::reverse(expected.begin(), expected.end());
  return Compare("query " + name + " backward", backward, log, expected);
}

absl::Status CheckQueries(EventStore& store, const Log& log) {
  Query type, tag, both, flow, category, either;
  type.items.push_back({.types = {"type-1"}});
  tag.items.push_back({.tags = {"writer:0"}});
  both.items.push_back(
      {.types = {"type-2", "type-3"}, .tags = {"sevenths:3", "writer:1"}});
  flow.items.push_back({.correlation_id = "flow-1"});
  category.items.push_back({.category = "shared"});
  either.items = {both.items[0], flow.items[0]};
  DAYBOOK_RETURN_IF_ERROR(CheckQuery(store, log, type, "by type"));
  DAYBOOK_RETURN_IF_ERROR(CheckQuery(store, log, tag, "by tag"));
  DAYBOOK_RETURN_IF_ERROR(CheckQuery(store, log, both, "by type and tags"));
  DAYBOOK_RETURN_IF_ERROR(CheckQuery(store, log, flow, "by correlation"));
  DAYBOOK_RETURN_IF_ERROR(CheckQuery(store, log, category, "by category"));
  return CheckQuery(store, log, either, "of two items");
}

absl::Status CheckKeys(EventStore& store, const Log& log) {
  std::set<std::string_view> seen;
  for (size_t i = 0; i < log.events.size(); ++i) {
    const Event& event = log.events[i];
    if (log.keys[i].empty() || event.append_first_position != event.position) {
      continue;
    }
    if (!seen.insert(log.keys[i]).second) {
      return Wrong("append key " + log.keys[i] + " was used twice");
    }
    const absl::StatusOr<AppendResult> found = store.FindAppend(log.keys[i]);
    if (absl::IsNotFound(found.status())) {
      return Wrong("append key " + log.keys[i] + " is not found");
    }
    if (!found.ok()) return found.status();
    if (found->first_position != event.position ||
        found->last_position.value() !=
            event.position.value() + event.append_count - 1) {
      return Wrong("append key " + log.keys[i] + " names another append");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckStreamList(EventStore& store, const Log& log) {
  ListStreamsOptions options;
  options.include_deleted = true;
  options.include_system = true;
  DAYBOOK_ASSIGN_OR_RETURN(StreamCursor cursor, store.ListStreams(options));
  auto expected = log.streams.begin();
  while (cursor.Next()) {
    // A stream may be known without events.
    if (!cursor.stream().last_revision.has_value()) continue;
    if (expected == log.streams.end() ||
        cursor.stream().name != expected->first ||
        cursor.stream().last_revision !=
            Revision(expected->second.size() - 1)) {
      return Wrong("the list of streams has " + cursor.stream().name +
                   (expected == log.streams.end()
                        ? " too much"
                        : " where " + expected->first + " belongs"));
    }
    ++expected;
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (expected != log.streams.end()) {
    return Wrong("the list of streams lacks " + expected->first);
  }
  return absl::OkStatus();
}

absl::Status CheckAuditTree(EventStore& store) {
  DAYBOOK_ASSIGN_OR_RETURN(const TreeState head, store.Tree());
  DAYBOOK_ASSIGN_OR_RETURN(const TreeState found,
                           store.CheckTree(Position(0), Position(head.size)));
  if (found != head) {
    return Wrong(absl::StrCat("the audit tree is ", head.size, " ",
                              head.root.ToHex(), ", its leaves make ",
                              found.size, " ", found.root.ToHex()));
  }
  return absl::OkStatus();
}

}  // namespace

AppendRequest Workload::Make(AppendId id) const {
  Random random(seed_ * 1'000'003 + id.writer * 7'368'787 +
                id.number * 2'654'435'761);
  for (int i = 0; i < 3; ++i) random();
  AppendRequest request;
  const uint64_t kind = Draw(random, 10);
  const std::string own = absl::StrCat("own", id.writer, "-", Draw(random, 20));
  size_t count = 1;
  if (kind >= 6) count = 2 + Draw(random, 30);
  if (kind == 9 && OneIn(random, 10)) count = 1000 + Draw(random, 2000);
  for (size_t i = 0; i < count; ++i) {
    std::string stream = own;
    // The last three kinds write to several streams, also of other writers.
    if (kind >= 7 && OneIn(random, 2)) {
      stream = absl::StrCat("shared-", Draw(random, 10));
    }
    request.events.push_back(
        {stream, MakeEvent(random, id, i, count > 100 ? 100 : bytes_max_)});
  }
  if (OneIn(random, 2)) {
    request.key = KeyOf(id);
    request.result = absl::StrCat("result of ", id.number);
  }
  return request;
}

AppendRequest Workload::MakeKeyed(AppendId id) const {
  AppendRequest request = Make(id);
  request.key = KeyOf(id);
  return request;
}

std::string Workload::KeyOf(AppendId id) const {
  return absl::StrCat("key ", seed_, " ", id.writer, " ", id.number);
}

absl::StatusOr<StoredAppends> CheckLog(EventStore& store,
                                       const Workload& workload) {
  DAYBOOK_ASSIGN_OR_RETURN(const Log log, ReadWholeLog(store));
  DAYBOOK_RETURN_IF_ERROR(CheckAuditTree(store));
  return CheckAppends(log, workload);
}

absl::StatusOr<StoredAppends> CheckStore(EventStore& store,
                                         const Workload& workload) {
  DAYBOOK_ASSIGN_OR_RETURN(const Log log, ReadWholeLog(store));
  DAYBOOK_ASSIGN_OR_RETURN(StoredAppends stored, CheckAppends(log, workload));
  DAYBOOK_RETURN_IF_ERROR(CheckAuditTree(store));
  ReadLogOptions options;
  options.direction = Direction::kBackward;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor backward, store.ReadLog(options));
  std::vector<uint64_t> all(log.events.size());
  for (size_t i = 0; i < all.size(); ++i) all[i] = all.size() - 1 - i;
  DAYBOOK_RETURN_IF_ERROR(Compare("the log backward", backward, log, all));
  for (const auto& [name, positions] : log.streams) {
    if (Foreign(name)) continue;
    DAYBOOK_RETURN_IF_ERROR(CheckStream(store, log, name, positions));
  }
  DAYBOOK_RETURN_IF_ERROR(CheckStreamList(store, log));
  DAYBOOK_RETURN_IF_ERROR(CheckQueries(store, log));
  DAYBOOK_RETURN_IF_ERROR(CheckKeys(store, log));
  return stored;
}

}  // namespace daybook::testing
