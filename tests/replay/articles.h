// The projection that the tests of this room make views of.

#ifndef DAYBOOK_TESTS_REPLAY_ARTICLES_H_
#define DAYBOOK_TESTS_REPLAY_ARTICLES_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "daybook/projections/projection.h"
#include "tests/projections/events.pb.h"
#include "tests/replay/cart.pb.h"

namespace daybook::testing {

// By how many there are; articles of which there is one are left out.
struct ByQuantity {
  using Key = tests::v1::QuantityKey;
  static std::optional<Key> KeyOf(const tests::v1::SkuKey& /*key*/,
                                  const tests::v1::SkuRow& row) {
    if (row.quantity() < 2) return std::nullopt;
    Key key;
    key.set_quantity(row.quantity());
    return key;
  }
};

// What carts hold of each article. Nine of an article is refused; zero removes
// its row.
struct Articles {
  static constexpr std::string_view kName = "articles";
  static constexpr int kVersion = 1;
  using Key = tests::v1::SkuKey;
  using Row = tests::v1::SkuRow;
  using Events = EventSet<tests::v1::ItemAdded>;
  using Indexes = IndexSet<ByQuantity>;

  static Key KeyOf(const tests::v1::ItemAdded& added) {
    Key key;
    key.set_sku(added.sku());
    return key;
  }
  static absl::StatusOr<RowFate> Apply(Row& row,
                                       const tests::v1::ItemAdded& added,
                                       const EventInfo& event) {
    if (added.quantity() == 9) {
      row.set_quantity(99);  // half done
      return absl::OutOfRangeError("nine is too many");
    }
    if (added.quantity() == 0) return RowFate::kRemove;
    row.set_quantity(row.quantity() + added.quantity());
    row.set_times(row.times() + 1);
    row.set_last_position(event.position.value());
    if (std::ranges::find(row.carts(), event.stream) == row.carts().end()) {
      row.add_carts(std::string(event.stream));
    }
    return RowFate::kKeep;
  }
};
static_assert(Projection<Articles>);

// The same of another version: counts every article twice.
struct ArticlesTwice : Articles {
  static constexpr int kVersion = 2;
  static absl::StatusOr<RowFate> Apply(Row& row,
                                       const tests::v1::ItemAdded& added,
                                       const EventInfo& event) {
    tests::v1::ItemAdded twice = added;
    twice.set_quantity(2 * added.quantity());
    return Articles::Apply(row, twice, event);
  }
};
static_assert(Projection<ArticlesTwice>);

inline tests::v1::SkuKey Sku(const std::string& sku) {
  tests::v1::SkuKey key;
  key.set_sku(sku);
  return key;
}

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_REPLAY_ARTICLES_H_
