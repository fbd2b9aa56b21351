#include "replay/view_catalog.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "daybook/store/schema.h"
#include "replay/view_keys.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

v1::RowSchema SchemaOf(const google::protobuf::Message& prototype) {
  v1::RowSchema stored;
  // Any event type will do; only the descriptors are of interest.
  const absl::StatusOr<Schema> schema =
      MakeSchema("row", *prototype.GetDescriptor());
  if (!schema.ok()) return stored;
  stored.set_message(schema->message);
  stored.set_descriptors(schema->descriptors);
  return stored;
}

void PutRecord(const v1::ViewRecord& record, RowBatch* batch) {
  batch->Put(ViewRecordKey(record.name()), record.SerializeAsString());
}

// Removes the tables for which `is_old`, with their rows.
void RemoveTables(absl::FunctionRef<bool(const v1::ViewTable&)> is_old,
                  v1::ViewRecord* record, RowBatch* batch) {
  google::protobuf::RepeatedPtrField<v1::ViewTable> kept;
  for (v1::ViewTable& table : *record->mutable_tables()) {
    if (is_old(table)) {
      DeleteTableRows(table.number(), batch);
    } else {
      *kept.Add() = std::move(table);
    }
  }
  record->mutable_tables()->Swap(&kept);
}

}  // namespace

absl::StatusOr<v1::ViewRecord> ReadViewRecord(const RowReader& rows,
                                              std::string_view name) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                           rows.Get(ViewRecordKey(name)));
  v1::ViewRecord record;
  if (!stored || !record.ParseFromString(*stored)) record.Clear();
  record.set_name(std::string(name));
  return record;
}

absl::StatusOr<std::vector<v1::ViewRecord>> ReadViewRecords(
    const RowReader& rows) {
  std::vector<v1::ViewRecord> records;
  const std::unique_ptr<RowCursor> cursor =
      rows.Scan(RowRange::OfPrefix(ViewRecordKey("")));
  while (cursor->Next()) {
    v1::ViewRecord record;
    const std::string_view value = cursor->value();
    if (record.ParseFromArray(value.data(), static_cast<int>(value.size()))) {
      records.push_back(std::move(record));
    }
  }
  DAYBOOK_RETURN_IF_ERROR(cursor->status());
  return records;
}

const v1::ViewTable* FindTable(const v1::ViewRecord& record, uint64_t number) {
  for (const v1::ViewTable& table : record.tables()) {
    if (table.number() == number) return &table;
  }
  return nullptr;
}

const v1::ViewTable* ServingTable(const v1::ViewRecord& record) {
  return record.has_serving() ? FindTable(record, record.serving()) : nullptr;
}

v1::ViewTable ShapeOf(const AnyProjection& projection) {
  v1::ViewTable shape;
  *shape.mutable_key() = SchemaOf(projection.key_prototype());
  *shape.mutable_row() = SchemaOf(projection.row_prototype());
  for (size_t i = 0; i < projection.index_count(); ++i) {
    *shape.add_indexes() = SchemaOf(projection.index_prototype(i));
  }
  return shape;
}

bool HasShape(const v1::ViewTable& table, const v1::ViewTable& shape) {
  v1::ViewTable own;
  *own.mutable_key() = table.key();
  *own.mutable_row() = table.row();
  *own.mutable_indexes() = table.indexes();
  return own.SerializeAsString() == shape.SerializeAsString();
}

absl::StatusOr<uint64_t> AddTable(EventStore& store,
                                  const AnyProjection& projection,
                                  v1::ViewTable::Mode mode) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(v1::ViewRecord record,
                           ReadViewRecord(*rows, projection.name()));
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> last,
                           rows->Get(LastTableKey()));
  uint64_t number = 0;
  if (last && !DecodeNumber(*last, &number)) {
    return absl::DataLossError(
        "the number of the last view's table is damaged");
  }
  ++number;
  RowBatch batch;
  RemoveTables([](const v1::ViewTable& table) { return !table.built(); },
               &record, &batch);
  v1::ViewTable* const table = record.add_tables();
  *table = ShapeOf(projection);
  table->set_number(number);
  table->set_version(projection.version());
  table->set_fingerprint(projection.fingerprint());
  table->set_mode(mode);
  batch.Put(LastTableKey(), EncodeNumber(number));
  PutRecord(record, &batch);
  DAYBOOK_RETURN_IF_ERROR(store.WriteRows(batch));
  return number;
}

absl::Status ShowTable(EventStore& store, std::string_view name,
                       uint64_t number, absl::Time now) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(v1::ViewRecord record, ReadViewRecord(*rows, name));
  if (FindTable(record, number) == nullptr) {
    return absl::FailedPreconditionError(absl::StrCat(
        "the rows of view ", Quoted(name), " were removed: rebuild it"));
  }
  RowBatch batch;
  RemoveTables(
      [&](const v1::ViewTable& table) {
        return table.number() != number &&
               !(record.has_serving() && table.number() == record.serving());
      },
      &record, &batch);
  for (v1::ViewTable& table : *record.mutable_tables()) {
    if (table.number() != number) continue;
    table.set_built(true);
    table.set_built_at(absl::ToUnixMicros(now));
  }
  record.set_serving(number);
  PutRecord(record, &batch);
  return store.WriteRows(batch);
}

absl::Status DropTables(EventStore& store, std::string_view name, bool all) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(v1::ViewRecord record, ReadViewRecord(*rows, name));
  if (record.tables().empty()) {
    return absl::NotFoundError(
        absl::StrCat("there is no view ", Quoted(name), " in the store"));
  }
  RowBatch batch;
  RemoveTables(
      [&](const v1::ViewTable& table) {
        return all || (table.built() && table.number() != record.serving());
      },
      &record, &batch);
  if (all) {
    batch.Delete(ViewRecordKey(name));
  } else {
    PutRecord(record, &batch);
  }
  return store.WriteRows(batch);
}

absl::StatusOr<std::optional<Position>> ReadCheckpoint(const RowReader& rows,
                                                       uint64_t table) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> stored,
                           rows.Get(CheckpointKey(table)));
  uint64_t position = 0;
  if (!stored || !DecodeNumber(*stored, &position)) return std::nullopt;
  return std::optional<Position>(Position(position));
}

void DeleteTableRows(uint64_t table, RowBatch* batch) {
  batch->Delete(CheckpointKey(table));
  batch->DeleteRange(RowRange::OfPrefix(RowPrefix(table)));
  batch->DeleteRange(RowRange::OfPrefix(IndexPrefix(table)));
  batch->DeleteRange(RowRange::OfPrefix(ParkedPrefix(table)));
}

}  // namespace daybook
