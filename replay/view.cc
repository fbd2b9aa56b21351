#include "daybook/replay/view.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "replay/view_keys.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace pb = google::protobuf;

// `range` of keys that all begin with `prefix`.
RowRange Within(const std::string& prefix, const RowRange& range) {
  return {prefix + range.begin, range.end.empty()
                                    ? RowRange::OfPrefix(prefix).end
                                    : prefix + range.end};
}

absl::Status Damaged(const AnyProjection& projection, std::string_view what) {
  return absl::DataLossError(absl::StrCat("view ", Quoted(projection.name()),
                                          ": ", ToAbsl(what),
                                          ": rebuild the view"));
}

}  // namespace

AnyView::AnyView(std::shared_ptr<const AnyProjection> projection,
                 std::shared_ptr<const RowReader> rows, uint64_t table,
                 Position next_position)
    : projection_(std::move(projection)),
      rows_(std::move(rows)),
      table_(table),
      next_position_(next_position) {}

absl::StatusOr<std::unique_ptr<pb::Message>> AnyView::Get(
    std::string_view key) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> bytes,
                           rows_->Get(RowPrefix(table_).append(key)));
  if (!bytes) return nullptr;
  return Parse(*bytes);
}

absl::StatusOr<std::unique_ptr<pb::Message>> AnyView::Parse(
    std::string_view bytes) const {
  std::unique_ptr<pb::Message> row(projection_->row_prototype().New());
  if (!row->ParsePartialFromArray(bytes.data(),
                                  static_cast<int>(bytes.size()))) {
    return Damaged(*projection_, "a row does not decode");
  }
  return row;
}

AnyViewCursor AnyView::Scan(const RowRange& keys, Direction direction) const {
  const std::string prefix = RowPrefix(table_);
  return {this, rows_->Scan(Within(prefix, keys), direction), prefix.size(),
          nullptr};
}

AnyViewCursor AnyView::ScanIndex(size_t index, const RowRange& index_keys,
                                 Direction direction) const {
  const std::string prefix = IndexPrefix(table_, index);
  return {
      this, rows_->Scan(Within(prefix, index_keys), direction), prefix.size(),
      std::unique_ptr<pb::Message>(projection_->index_prototype(index).New())};
}

AnyViewCursor::AnyViewCursor(const AnyView* view,
                             std::unique_ptr<RowCursor> rows,
                             size_t prefix_size,
                             std::unique_ptr<pb::Message> index_key)
    : view_(view),
      rows_(std::move(rows)),
      prefix_size_(prefix_size),
      index_key_(std::move(index_key)) {}

bool AnyViewCursor::Next() {
  if (!status_.ok()) return false;
  if (!rows_->Next()) {
    status_ = rows_->status();
    return false;
  }
  const std::string_view entry = rows_->key().substr(prefix_size_);
  if (index_key_ != nullptr) return LoadIndexed(entry);
  key_ = entry;
  absl::StatusOr<std::unique_ptr<pb::Message>> row =
      view_->Parse(rows_->value());
  status_ = row.status();
  if (row.ok()) row_ = *std::move(row);
  return status_.ok();
}

bool AnyViewCursor::LoadIndexed(std::string_view entry) {
  if (!DecodeRowKey(&entry, index_key_.get())) {
    status_ = Damaged(view_->projection(), "an index does not decode");
    return false;
  }
  key_ = entry;
  absl::StatusOr<std::unique_ptr<pb::Message>> row = view_->Get(key_);
  status_ = row.status();
  if (row.ok() && *row == nullptr) {
    status_ = Damaged(view_->projection(), "an index names a row that is not");
  }
  if (!status_.ok()) return false;
  row_ = *std::move(row);
  return true;
}

namespace internal {

RowRange PrefixRange(const pb::Message& key, int field_count) {
  std::string prefix;
  EncodeRowKeyPrefix(key, field_count, &prefix);
  return RowRange::OfPrefix(prefix);
}

}  // namespace internal
}  // namespace daybook
