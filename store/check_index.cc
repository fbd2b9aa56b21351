#include "store/check_index.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "store/check_rules.h"
#include "store/coding.h"
#include "store/fact_sums.h"
#include "store/index.h"
#include "store/index_fact.h"
#include "store/index_scan.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

using Part = IndexDifference::Part;

// Where views keep how far they are among a store's rows (store/FORMAT.md): a
// key of this byte and a table's number.
constexpr char kCheckpointsByte = '\x02';

class IndexCheck {
 public:
  IndexCheck(const RocksDb& log, OpenedIndex opened, Position head,
             Position last,
             const std::function<absl::Status(uint64_t done)>& progress)
      : log_(log),
        head_(head),
        last_(last),
        progress_(progress),
        index_(std::move(opened.index)),
        result_(std::move(opened.state)) {}

  absl::StatusOr<VerifiedIndex> Run();

 private:
  // Each of these ends with OK, with result_.difference set, or with an error.
  absl::Status CheckStreams();
  absl::Status CheckHeads();
  absl::Status CheckTerms();
  absl::Status CheckKeys();
  absl::Status CheckRules();
  absl::Status CheckViews();

  // Compares the sums of one kind. Where they differ, `read_again` reads both
  // sides to lists, which say what it is.
  template <typename ReadAgain>
  absl::Status Compare(Part part, FactKind kind, const ReadAgain& read_again);

  void Differ(Part part, std::optional<Position> position, std::string expected,
              std::string found);
  bool differs() const { return result_.difference.has_value(); }

  const RocksDb& log_;
  const Position head_;
  const Position last_;
  const std::function<absl::Status(uint64_t done)>& progress_;
  // Null: there is nothing to compare.
  const std::unique_ptr<RocksDb> index_;
  VerifiedIndex result_;
  std::optional<IndexScan> scan_;

  // The sums of the log's side and of the index's.
  std::optional<Facts<FactSums>> expected_;
  std::optional<Facts<FactSums>> found_;
};

void IndexCheck::Differ(Part part, std::optional<Position> position,
                        std::string expected, std::string found) {
  if (differs()) return;
  result_.difference = {part, position, std::move(expected), std::move(found)};
}

template <typename ReadAgain>
absl::Status IndexCheck::Compare(Part part, FactKind kind,
                                 const ReadAgain& read_again) {
  if (differs()) return absl::OkStatus();
  const std::optional<FactRange> range =
      (*expected_)[kind].FirstDifference((*found_)[kind]);
  const std::optional<IndexScan::Odd> odd = scan_->odd();
  if (!range.has_value()) {
    if (odd.has_value()) {
      Differ(part, odd->position, "rows as they are written", odd->what);
    }
    return absl::OkStatus();
  }
  Facts<FactList> expected(*range);
  Facts<FactList> found(*range);
  DAYBOOK_RETURN_IF_ERROR(read_again(*range, &expected, &found));
  std::optional<FactList::Difference> first =
      FactList::First(std::move(expected[kind]), std::move(found[kind]));
  if (!first.has_value()) {
    return absl::DataLossError(
        "the index reads differently from one time to the next");
  }
  if (first->expected.empty()) first->expected = "nothing";
  if (first->found.empty())
    first->found = odd.has_value() ? odd->what : "nothing";
  Differ(part, Position(first->position), std::move(first->expected),
         std::move(first->found));
  return absl::OkStatus();
}

absl::Status IndexCheck::CheckStreams() {
  DAYBOOK_RETURN_IF_ERROR(scan_->ReadStreams(&*found_, &*expected_));
  DAYBOOK_RETURN_IF_ERROR(
      scan_->ReadLog({0, result_.watermark.value()}, &*expected_));
  return Compare(Part::kStreams, kEvents,
                 [&](auto range, auto* expected, auto* found) {
                   DAYBOOK_RETURN_IF_ERROR(scan_->ReadStreams(found, expected));
                   return scan_->ReadLog(range, expected);
                 });
}

absl::Status IndexCheck::CheckHeads() {
  DAYBOOK_RETURN_IF_ERROR(scan_->ReadHeads(&*found_));
  const auto from_runs = [&](auto range, auto* expected, auto* found) {
    Facts<FactList> runs(range);
    DAYBOOK_RETURN_IF_ERROR(scan_->ReadStreams(&runs, expected));
    return scan_->ReadHeads(found);
  };
  DAYBOOK_RETURN_IF_ERROR(Compare(Part::kHeads, kHeads, from_runs));
  return Compare(Part::kHeads, kLastLeaves,
                 [&](auto range, auto* expected, auto* found) {
                   DAYBOOK_RETURN_IF_ERROR(scan_->ReadLog(range, expected));
                   return scan_->ReadHeads(found);
                 });
}

absl::Status IndexCheck::CheckTerms() {
  DAYBOOK_RETURN_IF_ERROR(scan_->ReadTerms(&*found_));
  return Compare(Part::kTerms, kTerms,
                 [&](auto range, auto* expected, auto* found) {
                   DAYBOOK_RETURN_IF_ERROR(scan_->ReadLog(range, expected));
                   return scan_->ReadTerms(found);
                 });
}

absl::Status IndexCheck::CheckKeys() {
  DAYBOOK_RETURN_IF_ERROR(scan_->ReadKeys(&*found_));
  return Compare(Part::kAppendKeys, kKeys,
                 [&](auto range, auto* expected, auto* found) {
                   DAYBOOK_RETURN_IF_ERROR(scan_->ReadLog(range, expected));
                   return scan_->ReadKeys(found);
                 });
}

absl::Status IndexCheck::CheckRules() {
  DAYBOOK_ASSIGN_OR_RETURN(result_.difference, daybook::CheckRules(*index_));
  return absl::OkStatus();
}

absl::Status IndexCheck::CheckViews() {
  const std::unique_ptr<rocksdb::Iterator> rows = RowsOf(log_, kLogRows, 0);
  const std::string_view prefix(&kCheckpointsByte, 1);
  for (rows->Seek(ToSlice(prefix));
       rows->Valid() && ToView(rows->key()).starts_with(prefix); rows->Next()) {
    const std::string_view key = ToView(rows->key());
    const std::string_view value = ToView(rows->value());
    // The other one says how many tables there ever were.
    if (key.size() != 1 + sizeof(uint64_t)) continue;
    const std::string table =
        absl::StrCat("table ", LoadBigEndian64(key.data() + 1), " of a view ");
    if (value.size() != sizeof(uint64_t)) {
      Differ(Part::kViews, std::nullopt, "a position",
             absl::StrCat(table, "says something else"));
    } else if (const uint64_t at = LoadBigEndian64(value.data());
               at > last_.value()) {
      Differ(Part::kViews, last_,
             absl::StrCat("at most ", last_.value(), ", as the log has"),
             absl::StrCat(table, "says that it has all below ", at));
    }
  }
  if (!rows->status().ok()) {
    Differ(Part::kViews, std::nullopt, "rows that can be read",
           rows->status().ToString());
  }
  return absl::OkStatus();
}

absl::StatusOr<VerifiedIndex> IndexCheck::Run() {
  if (result_.watermark > head_) {
    // The log may have lost its newest events in a power cut, where durability
    // is weaker; nobody but the index tells of them then.
    Differ(Part::kWatermark, head_,
           absl::StrCat("at most ", head_.value(), " events, as the log has"),
           absl::StrCat(result_.watermark.value()));
  }
  if (index_ != nullptr && !differs()) {
    expected_.emplace(result_.watermark.value());
    found_.emplace(result_.watermark.value());
    scan_.emplace(log_, *index_, result_.watermark, [this](uint64_t done) {
      return progress_ ? progress_(std::min(done, 2 * head_.value()))
                       : absl::OkStatus();
    });
    // What comes first is believed by what comes after.
    for (const auto check : {&IndexCheck::CheckStreams, &IndexCheck::CheckHeads,
                             &IndexCheck::CheckTerms, &IndexCheck::CheckKeys,
                             &IndexCheck::CheckRules}) {
      if (!differs()) DAYBOOK_RETURN_IF_ERROR((this->*check)());
    }
  }
  if (!differs()) DAYBOOK_RETURN_IF_ERROR(CheckViews());
  return std::move(result_);
}

}  // namespace

absl::StatusOr<OpenedIndex> OpenIndexToCheck(
    const std::string& path, const RocksEnvironment& environment) {
  OpenedIndex opened;
  VerifiedIndex& state = opened.state;
  // RocksDB would make the folder while it looks for what is in it.
  DAYBOOK_ASSIGN_OR_RETURN(state.exists, IsThere(path + "/CURRENT"));
  if (!state.exists) {
    const absl::StatusOr<std::vector<std::string>> files = ListFolder(path);
    if (!files.ok() && !absl::IsNotFound(files.status())) return files.status();
    // A folder with files in it was an index.
    if (files.ok() && !files->empty()) {
      state.difference = {Part::kFiles, std::nullopt, "an index, or none",
                          "no CURRENT"};
    }
    return opened;
  }
  absl::StatusOr<std::unique_ptr<RocksDb>> index =
      RocksDb::OpenIndex(path, environment, RocksDb::Mode::kReadOnly);
  const absl::StatusOr<Position> watermark =
      index.ok() ? ReadWatermark(**index) : index.status();
  if (!watermark.ok()) {
    if (absl::IsResourceExhausted(watermark.status())) {
      return watermark.status();
    }
    state.difference = {Part::kFiles, std::nullopt, "an index that opens",
                        std::string(watermark.status().message())};
    return opened;
  }
  opened.index = *std::move(index);
  state.watermark = *watermark;
  return opened;
}

absl::StatusOr<VerifiedIndex> CheckIndex(
    const RocksDb& log, OpenedIndex opened, Position head, Position last,
    const std::function<absl::Status(uint64_t done)>& progress) {
  return IndexCheck(log, std::move(opened), head, last, progress).Run();
}

}  // namespace daybook
