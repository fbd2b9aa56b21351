#include "tests/store/golden_store.h"

#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "tests/store/describe.h"
#include "tests/testing/proto_source.h"

namespace daybook {
namespace {

constexpr uint64_t kSeed = 20261121;
constexpr char kKey[] = "order-1:place";

NewEvent Placed() {
  NewEvent event{.type = "order-placed",
                 .payload = R"({"total":12.5})",
                 .content_type = "application/json",
                 .tags = {"customer:ada", "größe:groß"}};
  event.metadata.correlation_id = "request-7";
  event.metadata.causation_id = "click-1";
  event.metadata.traceparent =
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  event.metadata.tracestate = "vendor=1";
  event.metadata.actor = "ada";
  event.metadata.fields = {{"ip", "::1"}, {"tenant", "eu"}};
  event.occurred_at = absl::FromUnixMicros(1'700'000'000'000'001);
  event.source = "/web";
  return event;
}

NewEvent Counted(int i) {
  return {.type = i % 2 == 0 ? "item-added" : "item-removed",
          .payload = absl::StrCat("item ", i),
          .tags = {absl::StrCat("sku:", i % 7)}};
}

// One append over two streams, with a key and a result.
absl::Status AppendOverStreams(EventStore& store) {
  AppendRequest request;
  request.events.push_back({"order-1", Placed()});
  request.events.push_back({"stock", {.type = "reserved"}});
  request.events.push_back({"order-1", {.type = "order-paid"}});
  request.expectations.push_back({"order-1", ExpectedRevision::NoStream()});
  request.key = kKey;
  request.result = "receipt 1";
  return store.Append(request).status();
}

Schema Weighed() {
  return testing::SchemaFrom(
      R"(message Event {
           option (daybook.v1.event) = {name: "item-weighed" tags: "scales"};
           string sku = 1 [(daybook.v1.tag) = "sku"];
           map<string, Unit> grams = 2;
           enum Unit { UNIT_UNSPECIFIED = 0; }
         })",
      "item-weighed");
}

// An event that names its schema.
absl::Status AppendWithSchema(EventStore& store) {
  DAYBOOK_ASSIGN_OR_RETURN(const SchemaHash hash,
                           store.RegisterSchema(Weighed()));
  NewEvent event{.type = "item-weighed",
                 .payload = "\x0a\x03tea",
                 .content_type = std::string(kProtobufContentType),
                 .tags = {"scales", "sku:tea"}};
  event.schema = hash;
  return store.Append("scales", ExpectedRevision::Any(), {event}).status();
}

std::string DescribeSchema(const absl::StatusOr<RegisteredSchema>& found) {
  if (!found.ok()) return Describe(found.status());
  const auto& [schema, position, recorded_at] = *found;
  return absl::StrCat(schema.type, " ", schema.message, " ",
                      schema.hash.ToString(), " ",
                      DescribeBytes(schema.descriptors), " at ",
                      position.value(), " ", absl::ToUnixMicros(recorded_at));
}

// Rows that ride on an append, are written alone, and are loaded.
class FirstOfStream final : public AppendParticipant {
 public:
  absl::Status Join(std::span<const EventView> events,
                    RowEditor& rows) override {
    for (const EventView& event : events) {
      const std::string key = absl::StrCat("\x80", ToAbsl(event.stream));
      DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> first,
                               rows.Get(key));
      if (!first.has_value()) {
        rows.Put(key, absl::StrCat(event.position.value()));
      }
    }
    return absl::OkStatus();
  }
};

absl::Status WriteRows(EventStore& store) {
  const auto participant = std::make_shared<FirstOfStream>();
  DAYBOOK_RETURN_IF_ERROR(
      store.Attach(participant, [](Position) { return absl::OkStatus(); }));
  AppendRequest request;
  for (const char* stream : {"row-1", "row-2", "row-1"}) {
    request.events.push_back({stream, Counted(3)});
  }
  DAYBOOK_RETURN_IF_ERROR(store.Append(request).status());
  store.Detach(participant.get());
  RowBatch batch;
  for (int i = 0; i < 20; ++i) {
    batch.Put(absl::StrCat("\x81", 10 + i), std::string(i, '\0'));
  }
  batch.Delete(
      "\x81"
      "13");
  batch.DeleteRange(
      {"\x81"
       "15",
       "\x81"
       "18"});
  DAYBOOK_RETURN_IF_ERROR(store.WriteRows(batch));
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowLoader> loader,
                           store.LoadRows());
  for (int i = 0; i < 20; ++i) {
    DAYBOOK_RETURN_IF_ERROR(
        loader->Add(absl::StrCat("\x82", 10 + i), "loaded"));
  }
  return loader->Finish();
}

std::string DescribeRows(EventStore& store) {
  const auto rows = store.ReadRows();
  if (!rows.ok()) return rows.status().ToString();
  std::string all = "rows:\n";
  const auto cursor = (*rows)->Scan({}, Direction::kForward);
  while (cursor->Next()) {
    absl::StrAppend(&all, absl::CHexEscape(ToAbsl(cursor->key())), " = ",
                    absl::CHexEscape(ToAbsl(cursor->value())), "\n");
  }
  return absl::StrCat(all, cursor->status().ToString(), "\n");
}

std::vector<std::string> Streams() {
  return {"order-1", "stock",    "cart-few", "cart-many",  "blob",
          "gone",    "buried",   "short",    "scales",     "$$short",
          "$$gone",  "$$buried", "$schemas", "$operations"};
}

}  // namespace

GoldenOptions::GoldenOptions() : ids_(IdSource::Seeded(kSeed)) {
  options_.clock = &clock_;
  options_.id_source = ids_.get();
  options_.source = "/golden";
}

absl::Status FillGoldenStore(EventStore& store, testing::FakeClock& clock) {
  const auto any = ExpectedRevision::Any();
  DAYBOOK_RETURN_IF_ERROR(AppendOverStreams(store));
  clock.Advance(absl::Seconds(1));
  // A run that is short, one that is not, and an event larger than a chunk.
  for (int i = 0; i < 3; ++i) {
    DAYBOOK_RETURN_IF_ERROR(
        store.Append("cart-few", any, {Counted(i)}).status());
  }
  std::vector<NewEvent> many;
  many.reserve(100);
  for (int i = 0; i < 100; ++i) many.push_back(Counted(i));
  DAYBOOK_RETURN_IF_ERROR(store.Append("cart-many", any, many).status());
  NewEvent large{.type = "scanned"};
  for (int i = 0; i < 10'000; ++i) absl::StrAppend(&large.payload, i, ",");
  DAYBOOK_RETURN_IF_ERROR(store.Append("blob", any, {large}).status());
  clock.Advance(absl::Hours(1));
  // What is said about streams.
  for (const char* stream : {"gone", "buried", "short"}) {
    DAYBOOK_RETURN_IF_ERROR(
        store.Append(stream, any, {Counted(1), Counted(2)}).status());
  }
  DAYBOOK_RETURN_IF_ERROR(store.DeleteStream("gone").status());
  DAYBOOK_RETURN_IF_ERROR(store.TombstoneStream("buried").status());
  StreamMetadata metadata;
  metadata.max_count = 1;
  metadata.json = R"({"owner":"shop"})";
  DAYBOOK_RETURN_IF_ERROR(store.SetStreamMetadata("short", metadata).status());
  DAYBOOK_RETURN_IF_ERROR(AppendWithSchema(store));
  DAYBOOK_RETURN_IF_ERROR(
      store.RecordOperation({"root", "daybook reindex", "a test"}).status());
  return WriteRows(store);
}

std::string DescribeGoldenStore(EventStore& store) {
  std::string all = absl::StrCat(Describe(store.ReadLog()), "\n");
  for (const std::string& stream : Streams()) {
    ReadStreamOptions backward;
    backward.direction = Direction::kBackward;
    absl::StrAppend(&all, stream, ":\n", Describe(store.ReadStream(stream)),
                    Describe(store.ReadStream(stream, backward)),
                    Describe(store.GetStream(stream)), "\n");
  }
  ListStreamsOptions every;
  every.include_system = true;
  every.include_deleted = true;
  absl::StrAppend(&all, Describe(store.ListStreams(every)), "\n");
  for (const char* tag : {"customer:ada", "größe:groß", "sku:3", "none"}) {
    Query query;
    query.items.push_back({.tags = {tag}});
    absl::StrAppend(&all, tag, ":\n", Describe(store.ReadQuery(query)), "\n");
  }
  absl::StrAppend(&all, DescribeSchema(store.FindSchema(Weighed().hash)), "\n");
  absl::StrAppend(&all, Describe(store.FindAppend(kKey)), "\n",
                  Describe(store.ExportAppend(Position(0))), "\n",
                  DescribeRows(store));
  return all;
}

}  // namespace daybook
