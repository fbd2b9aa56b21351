#include "tests/testing/row_workload.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook::testing {
namespace {

constexpr char kTotal[] = "\x80total";
constexpr char kStream[] = "\x80stream:";
constexpr char kLength[] = "\x81length";
constexpr char kHead[] = "\x81head";
constexpr char kLink[] = "\x81link:";
constexpr char kLoaded[] = "\x82";
constexpr uint64_t kLinks = 60;
constexpr int kLoadedCount = 300;

absl::Status Wrong(std::string_view what) {
  return absl::InternalError(absl::StrCat("WRONG: ", ToAbsl(what)));
}

using Row = absl::StatusOr<std::optional<std::string>>;

absl::StatusOr<uint64_t> NumberIn(const Row& row) {
  if (!row.ok()) return row.status();
  if (!row->has_value()) return 0;
  // Padding may follow.
  const std::string_view text(**row);
  uint64_t number;
  if (!absl::SimpleAtoi(ToAbsl(text.substr(0, text.find(' '))), &number)) {
    return Wrong("a row is no number");
  }
  return number;
}

std::string LinkKey(uint64_t number) {
  return absl::StrCat(kLink, number % kLinks);
}

class Counter final : public AppendParticipant {
 public:
  absl::Status Join(std::span<const EventView> events,
                    RowEditor& rows) override {
    for (const EventView& event : events) {
      const std::string key = absl::StrCat(kStream, ToAbsl(event.stream));
      DAYBOOK_ASSIGN_OR_RETURN(const uint64_t count, NumberIn(rows.Get(key)));
      if (count != event.revision.value()) return Wrong("a count is off");
      rows.Put(key, absl::StrCat(count + 1));
    }
    rows.Put(kTotal, absl::StrCat(events.back().position.value() + 1));
    return absl::OkStatus();
  }
};

absl::Status CountMissed(EventStore& store, Position head) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t total, NumberIn(rows->Get(kTotal)));
  if (total > head.value()) return Wrong("more was counted than there is");
  if (total == head.value()) return absl::OkStatus();
  ReadLogOptions options;
  options.from = Position(total);
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog(options));
  RowBatch batch;
  for (const EventView& event : cursor) {
    batch.Put(absl::StrCat(kStream, ToAbsl(event.stream)),
              absl::StrCat(event.revision.value() + 1));
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  batch.Put(kTotal, absl::StrCat(head.value()));
  return store.WriteRows(batch);
}

absl::Status CheckCounts(EventStore& store, const RowReader& rows) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t total, NumberIn(rows.Get(kTotal)));
  std::map<std::string, uint64_t> expected;
  DAYBOOK_ASSIGN_OR_RETURN(EventCursor cursor, store.ReadLog());
  for (const EventView& event : cursor) {
    ++expected[absl::StrCat(kStream, ToAbsl(event.stream))];
  }
  DAYBOOK_RETURN_IF_ERROR(cursor.status());
  if (total != store.Head().value()) {
    return Wrong(
        absl::StrCat(total, " events were counted of ", store.Head().value()));
  }
  std::map<std::string, uint64_t> counted;
  const auto streams =
      rows.Scan(RowRange::OfPrefix(kStream), Direction::kForward);
  while (streams->Next()) {
    DAYBOOK_ASSIGN_OR_RETURN(counted[std::string(streams->key())],
                             NumberIn(Row(std::string(streams->value()))));
  }
  DAYBOOK_RETURN_IF_ERROR(streams->status());
  return counted == expected ? absl::OkStatus()
                             : Wrong("counts of streams differ from the log");
}

absl::Status CheckChain(EventStore& store, const RowReader& rows,
                        uint64_t length) {
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t head, NumberIn(rows.Get(kHead)));
  if (head > store.Head().value()) {
    return Wrong(absl::StrCat("rows know of ", head, " events, the log of ",
                              store.Head().value()));
  }
  for (uint64_t i = 0; i < std::min(length, kLinks); ++i) {
    const uint64_t number = length - i;
    DAYBOOK_ASSIGN_OR_RETURN(const uint64_t link,
                             NumberIn(rows.Get(LinkKey(number))));
    if (link != number) {
      return Wrong(absl::StrCat("the chain has ", length, " batches, but of ",
                                number, " there is ", link));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckLoaded(const RowReader& rows) {
  std::set<std::string> loads;
  int count = 0;
  const auto loaded =
      rows.Scan(RowRange::OfPrefix(kLoaded), Direction::kBackward);
  for (; loaded->Next(); ++count) loads.emplace(loaded->value());
  DAYBOOK_RETURN_IF_ERROR(loaded->status());
  const bool right = count == 0 || (count == kLoadedCount && loads.size() == 1);
  return right ? absl::OkStatus() : Wrong("a load is there in part");
}

}  // namespace

absl::Status AttachCounter(EventStore& store) {
  return store.Attach(std::make_shared<Counter>(),
                      [&](Position head) { return CountMissed(store, head); });
}

absl::Status RowChain::Begin() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store_.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(length_, NumberIn(rows->Get(kLength)));
  return absl::OkStatus();
}

absl::Status RowChain::WriteBatch(Random& random) {
  const uint64_t number = length_ + 1;
  const size_t size =
      OneIn(random, 20) ? Draw(random, 20'000) : Draw(random, 100);
  RowBatch batch;
  batch.Put(kHead, absl::StrCat(store_.Head().value()));
  batch.Put(kLength, absl::StrCat(number));
  if (OneIn(random, 10)) {
    batch.DeleteRange({LinkKey(number), LinkKey(number) + '\0'});
  }
  batch.Put(LinkKey(number), absl::StrCat(number, " ", std::string(size, 'x')));
  DAYBOOK_RETURN_IF_ERROR(store_.WriteRows(batch));
  length_ = number;
  return absl::OkStatus();
}

absl::Status RowChain::Load() {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowLoader> loader,
                           store_.LoadRows());
  for (int i = 0; i < kLoadedCount; ++i) {
    DAYBOOK_RETURN_IF_ERROR(loader->Add(absl::StrCat(kLoaded, 1000 + i),
                                        absl::StrCat("load at ", length_)));
  }
  return loader->Finish();
}

absl::StatusOr<uint64_t> CheckRows(EventStore& store) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<RowReader> rows,
                           store.ReadRows());
  DAYBOOK_ASSIGN_OR_RETURN(const uint64_t length, NumberIn(rows->Get(kLength)));
  DAYBOOK_RETURN_IF_ERROR(CheckCounts(store, *rows));
  DAYBOOK_RETURN_IF_ERROR(CheckChain(store, *rows, length));
  DAYBOOK_RETURN_IF_ERROR(CheckLoaded(*rows));
  return length;
}

}  // namespace daybook::testing
