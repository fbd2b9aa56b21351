#include "store/schema_registry.h"

#include "absl/strings/str_cat.h"
#include "daybook/store/schema_changes.h"
#include "store/errors_internal.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

// More than ever register at once; an end, should the stream not show what
// stands in it.
constexpr int kAttemptsMax = 10'000;

absl::Status NotRegistered(SchemaHash hash, absl::StatusCode code) {
  return absl::Status(
      code, absl::StrCat("schema ", hash.ToString(), " is not registered"));
}

}  // namespace

absl::Status SchemaRegistry::CatchUp() {
  MutexLock lock(&mutex_);
  ReadStreamOptions options;
  options.from = Revision(next_revision_);
  absl::StatusOr<EventCursor> cursor =
      store_.ReadStream(kSchemasStream, options);
  if (absl::IsNotFound(cursor.status())) return absl::OkStatus();
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  for (const EventView& event : *cursor) {
    // Newer kinds of events may stand here one day.
    if (event.type == kSchemaRegisteredType) {
      absl::StatusOr<Schema> schema = DecodeSchemaRegistered(event.payload);
      if (!schema.ok()) {
        return DamageError(event.position,
                           std::string_view(schema.status().message().data(),
                                            schema.status().message().size()));
      }
      const uint64_t hash = schema->hash.value();
      if (places_.try_emplace(hash, schemas_.size()).second) {
        schemas_.push_back(
            {*std::move(schema), event.position, event.recorded_at});
      }
    }
    next_revision_ = event.revision.value() + 1;
  }
  return cursor->status();
}

bool SchemaRegistry::Knows(SchemaHash hash) {
  MutexLock lock(&mutex_);
  return places_.contains(hash.value());
}

bool SchemaRegistry::IsRegistered(const Schema& schema) {
  MutexLock lock(&mutex_);
  const auto place = places_.find(schema.hash.value());
  return place != places_.end() && schemas_[place->second].schema == schema;
}

absl::StatusOr<ExpectedRevision> SchemaRegistry::Judge(const Schema& schema) {
  MutexLock lock(&mutex_);
  for (const RegisteredSchema& known : schemas_) {
    if (known.schema.type == schema.type) {
      DAYBOOK_RETURN_IF_ERROR(CheckCompatible(known, schema));
    }
    if (known.schema.hash == schema.hash) {
      return absl::FailedPreconditionError(
          absl::StrCat("schema of ", Quoted(schema.type), " has the hash of ",
                       Quoted(known.schema.type),
                       ", which is another one: rename its message"));
    }
  }
  return next_revision_ == 0
             ? ExpectedRevision::NoStream()
             : ExpectedRevision::Exactly(Revision(next_revision_ - 1));
}

absl::StatusOr<SchemaHash> SchemaRegistry::Register(const Schema& given) {
  if (IsRegistered(given)) return given.hash;
  DAYBOOK_ASSIGN_OR_RETURN(const ParsedSchema parsed, ParseSchema(given));
  DAYBOOK_ASSIGN_OR_RETURN(const Schema schema,
                           MakeSchema(given.type, *parsed.message));
  AppendRequest request;
  request.events.push_back(
      {std::string(kSchemasStream), SchemaRegisteredEvent(schema)});
  request.expectations.push_back({std::string(kSchemasStream)});
  // Each turn but the last means that somebody else registered one.
  for (int attempt = 1;; ++attempt) {
    DAYBOOK_RETURN_IF_ERROR(CatchUp());
    if (IsRegistered(schema)) return schema.hash;
    const absl::StatusOr<ExpectedRevision> judged = Judge(schema);
    if (!judged.ok()) {
      // Another thread may have registered the very same just now.
      if (IsRegistered(schema)) return schema.hash;
      return judged.status();
    }
    request.expectations[0].expected = *judged;
    const absl::StatusOr<AppendResult> appended = append_(request);
    if (appended.ok()) {
      DAYBOOK_RETURN_IF_ERROR(CatchUp());
      return schema.hash;
    }
    if (!absl::IsAborted(appended.status()) || attempt == kAttemptsMax) {
      return appended.status();
    }
  }
}

absl::StatusOr<RegisteredSchema> SchemaRegistry::Find(SchemaHash hash) {
  DAYBOOK_RETURN_IF_ERROR(CatchUp());
  MutexLock lock(&mutex_);
  const auto place = places_.find(hash.value());
  if (place == places_.end()) {
    return NotRegistered(hash, absl::StatusCode::kNotFound);
  }
  return schemas_[place->second];
}

absl::StatusOr<std::vector<RegisteredSchema>> SchemaRegistry::List() {
  DAYBOOK_RETURN_IF_ERROR(CatchUp());
  MutexLock lock(&mutex_);
  return schemas_;
}

absl::Status SchemaRegistry::CheckKnown(const AppendRequest& request) {
  SchemaHash last;
  for (const StreamEvent& stream_event : request.events) {
    const SchemaHash hash = stream_event.event.schema;
    if (hash == last || hash.none()) continue;
    last = hash;
    if (Knows(hash)) continue;
    DAYBOOK_RETURN_IF_ERROR(CatchUp());
    if (!Knows(hash)) {
      return NotRegistered(hash, absl::StatusCode::kFailedPrecondition);
    }
  }
  return absl::OkStatus();
}

}  // namespace daybook
