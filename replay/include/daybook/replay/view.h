// View: the rows of a projection as they were at one moment.
//
//   absl::StatusOr<View<SalesBySku>> sales = views.Read<SalesBySku>();
//   ...
//   auto row = sales->Get(SkuOf("tea"));             // one
//   auto all = sales->Scan();                        // all, ordered by key
//   auto hours = sales->ScanPrefix(SkuOf("tea"), 1); // those of a key's part
//   auto best = sales->Find<ByRank>(RankOf(1));      // by another key
//   while (hours.Next()) Show(hours.key(), hours.row());
//   if (!hours.status().ok()) return hours.status();

#ifndef DAYBOOK_REPLAY_VIEW_H_
#define DAYBOOK_REPLAY_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/any_projection.h"
#include "daybook/projections/projection.h"
#include "daybook/projections/row_key.h"
#include "daybook/store/numbers.h"
#include "daybook/store/read.h"
#include "daybook/store/rows.h"
#include "google/protobuf/message.h"

namespace daybook {

// Steps through rows of a view. Not thread-safe; must not outlive the view it
// came from.
class AnyViewCursor {
 public:
  // False at the end and on error: see status().
  bool Next();

  // REQUIRES: the last Next() returned true. Valid until the next step.
  const std::string& key() const { return key_; }
  const google::protobuf::Message& row() const { return *row_; }

  // kDataLoss when rows are damaged: rebuild the view.
  const absl::Status& status() const { return status_; }

 private:
  friend class AnyView;
  AnyViewCursor(const class AnyView* view, std::unique_ptr<RowCursor> rows,
                size_t prefix_size,
                std::unique_ptr<google::protobuf::Message> index_key);

  bool LoadIndexed(std::string_view entry);

  const class AnyView* view_;
  std::unique_ptr<RowCursor> rows_;
  size_t prefix_size_;
  // Not null: rows_ are entries of an index, which begin with one of these.
  std::unique_ptr<google::protobuf::Message> index_key_;
  std::string key_;
  std::unique_ptr<google::protobuf::Message> row_;
  absl::Status status_;
};

// Rows whose types are known only when it runs; keys are as EncodeRowKey() has
// them. Thread-safe. Must not outlive the store, if it is of rows kept there.
class AnyView {
 public:
  // For Views and tests: those of table `table` among `rows`.
  AnyView(std::shared_ptr<const AnyProjection> projection,
          std::shared_ptr<const RowReader> rows, uint64_t table,
          Position next_position);

  const AnyProjection& projection() const { return *projection_; }
  // Every event below is in the rows, none from there on.
  Position next_position() const { return next_position_; }

  // Null if there is no such row. Errors: kDataLoss.
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Get(
      std::string_view key) const;
  AnyViewCursor Scan(const RowRange& keys = {},
                     Direction direction = Direction::kForward) const;
  // The rows in index `index` whose keys in it are in `index_keys`, ordered by
  // those. Costs a look for each row.
  AnyViewCursor ScanIndex(size_t index, const RowRange& index_keys = {},
                          Direction direction = Direction::kForward) const;

 private:
  friend class AnyViewCursor;

  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> Parse(
      std::string_view bytes) const;

  std::shared_ptr<const AnyProjection> projection_;
  std::shared_ptr<const RowReader> rows_;
  uint64_t table_;
  Position next_position_;
};

// As AnyViewCursor, with types.
template <Projection P>
class ViewCursor {
 public:
  explicit ViewCursor(AnyViewCursor cursor) : cursor_(std::move(cursor)) {}

  bool Next() {
    if (!cursor_.Next()) return false;
    std::string_view bytes = cursor_.key();
    is_damaged_ = !DecodeRowKey(&bytes, &key_);
    return !is_damaged_;
  }
  const typename P::Key& key() const { return key_; }
  const typename P::Row& row() const {
    return static_cast<const typename P::Row&>(cursor_.row());
  }
  absl::Status status() const {
    return is_damaged_ ? internal::DamagedRowKey() : cursor_.status();
  }

 private:
  AnyViewCursor cursor_;
  typename P::Key key_;
  bool is_damaged_ = false;
};

template <Projection P>
class View {
 public:
  explicit View(AnyView view) : view_(std::move(view)) {}

  // Every event below is in the rows, none from there on.
  Position next_position() const { return view_.next_position(); }

  // Nothing if there is no such row. Errors: kDataLoss.
  absl::StatusOr<std::optional<typename P::Row>> Get(
      const typename P::Key& key) const;

  // All rows, ordered by key.
  ViewCursor<P> Scan(Direction direction = Direction::kForward) const {
    return ViewCursor<P>(view_.Scan({}, direction));
  }
  // Those from `from` to `to`, both included.
  ViewCursor<P> ScanRange(const typename P::Key& from,
                          const typename P::Key& to,
                          Direction direction = Direction::kForward) const;
  // Those whose key has the same first `field_count` fields as `key`.
  ViewCursor<P> ScanPrefix(const typename P::Key& key, int field_count,
                           Direction direction = Direction::kForward) const;

  // Those whose key in index I is `key`, or begins with its first `field_count`
  // fields; ordered by their keys in it.
  template <typename I>
  ViewCursor<P> Find(const typename I::Key& key,
                     std::optional<int> field_count = std::nullopt,
                     Direction direction = Direction::kForward) const;

 private:
  AnyView view_;
};

// -----------------------------------------------------------------------------

namespace internal {

// The place of I among the indexes of a projection.
template <typename I, typename... Is>
constexpr size_t PlaceIn(IndexSet<Is...>) {
  size_t place = 0;
  bool is_found = false;
  static_cast<void>(
      ((std::is_same_v<I, Is> ? is_found = true : (++place, false)) || ...));
  return place;
}

RowRange PrefixRange(const google::protobuf::Message& key, int field_count);

}  // namespace internal

template <Projection P>
absl::StatusOr<std::optional<typename P::Row>> View<P>::Get(
    const typename P::Key& key) const {
  std::string bytes;
  EncodeRowKey(key, &bytes);
  absl::StatusOr<std::unique_ptr<google::protobuf::Message>> row =
      view_.Get(bytes);
  if (!row.ok()) return row.status();
  if (*row == nullptr) return std::nullopt;
  return std::optional<typename P::Row>(
      std::move(static_cast<typename P::Row&>(**row)));
}

template <Projection P>
ViewCursor<P> View<P>::ScanRange(const typename P::Key& from,
                                 const typename P::Key& to,
                                 Direction direction) const {
  RowRange range;
  EncodeRowKey(from, &range.begin);
  EncodeRowKey(to, &range.end);
  // The next key there could be: the range includes `to`.
  range.end.push_back('\0');
  return ViewCursor<P>(view_.Scan(range, direction));
}

template <Projection P>
ViewCursor<P> View<P>::ScanPrefix(const typename P::Key& key, int field_count,
                                  Direction direction) const {
  return ViewCursor<P>(
      view_.Scan(internal::PrefixRange(key, field_count), direction));
}

template <Projection P>
template <typename I>
ViewCursor<P> View<P>::Find(const typename I::Key& key,
                            std::optional<int> field_count,
                            Direction direction) const {
  using Indexes = typename internal::IndexesOf<P>::type;
  constexpr size_t kPlace = internal::PlaceIn<I>(Indexes());
  const int count = field_count.value_or(I::Key::descriptor()->field_count());
  return ViewCursor<P>(
      view_.ScanIndex(kPlace, internal::PrefixRange(key, count), direction));
}

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_VIEW_H_
