#include "store/memory_rows.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"
#include "store/validate.h"

namespace daybook {
namespace {

using Map = MemoryRows::Map;

struct Bounds {
  Map::const_iterator begin;
  Map::const_iterator end;
};

Bounds Within(const Map& rows, const RowRange& range) {
  const auto begin = rows.lower_bound(range.begin);
  if (range.end.empty()) return {begin, rows.end()};
  if (range.end <= range.begin) return {begin, begin};
  return {begin, rows.lower_bound(range.end)};
}

class Cursor final : public RowCursor {
 public:
  Cursor(Bounds bounds, Direction direction)
      : bounds_(bounds), direction_(direction) {}

  bool Next() override {
    if (bounds_.begin == bounds_.end) return false;
    at_ = direction_ == Direction::kForward ? bounds_.begin++ : --bounds_.end;
    return true;
  }
  std::string_view key() const override { return at_->first; }
  std::string_view value() const override { return at_->second; }
  const absl::Status& status() const override { return status_; }

 private:
  // What is still to come.
  Bounds bounds_;
  const Direction direction_;
  Map::const_iterator at_;
  const absl::Status status_;
};

class Reader final : public RowReader {
 public:
  Reader(std::shared_ptr<const Map> rows, std::shared_ptr<const void> ticket)
      : rows_(std::move(rows)), ticket_(std::move(ticket)) {}

  absl::StatusOr<std::optional<std::string>> Get(
      std::string_view key) const override {
    const auto found = rows_->find(key);
    if (found == rows_->end()) return std::nullopt;
    return found->second;
  }
  std::unique_ptr<RowCursor> Scan(const RowRange& range,
                                  Direction direction) const override {
    return std::make_unique<Cursor>(Within(*rows_, range), direction);
  }

 private:
  const std::shared_ptr<const Map> rows_;
  const std::shared_ptr<const void> ticket_;
};

class Loader final : public RowLoader {
 public:
  explicit Loader(std::function<absl::Status(const RowBatch&)> write)
      : write_(std::move(write)) {}

  absl::Status Add(std::string_view key, std::string_view value) override {
    DAYBOOK_RETURN_IF_ERROR(status_);
    return status_ = AddInOrder(key, value);
  }
  absl::Status Finish() override {
    DAYBOOK_RETURN_IF_ERROR(status_);
    status_ = absl::FailedPreconditionError("the rows were loaded already");
    return write_(rows_);
  }

 private:
  absl::Status AddInOrder(std::string_view key, std::string_view value) {
    DAYBOOK_RETURN_IF_ERROR(ValidateRow(key, value));
    if (!rows_.empty() && key <= rows_.changes().back().key) {
      return absl::InvalidArgumentError(
          absl::StrCat("row key ", Quoted(key), " does not come after ",
                       Quoted(rows_.changes().back().key),
                       ": load rows in order of their keys"));
    }
    rows_.Put(key, value);
    return absl::OkStatus();
  }

  const std::function<absl::Status(const RowBatch&)> write_;
  RowBatch rows_;
  absl::Status status_;
};

}  // namespace

std::optional<std::string> MemoryRows::Get(std::string_view key) const {
  const auto found = rows_->find(key);
  if (found == rows_->end()) return std::nullopt;
  return found->second;
}

void MemoryRows::Write(const RowBatch& batch) {
  if (rows_.use_count() > 1) rows_ = std::make_shared<Map>(*rows_);
  for (const RowBatch::Change& change : batch.changes()) {
    switch (change.kind) {
      case RowBatch::Kind::kPut:
        (*rows_)[change.key] = change.value;
        break;
      case RowBatch::Kind::kDelete:
        rows_->erase(change.key);
        break;
      case RowBatch::Kind::kDeleteRange: {
        const Bounds bounds = Within(*rows_, {change.key, change.value});
        rows_->erase(bounds.begin, bounds.end);
        break;
      }
    }
  }
}

std::unique_ptr<RowReader> MemoryRows::Read(
    std::shared_ptr<const void> ticket) const {
  return std::make_unique<Reader>(rows_, std::move(ticket));
}

std::unique_ptr<RowLoader> MakeMemoryRowLoader(
    std::function<absl::Status(const RowBatch& batch)> write) {
  return std::make_unique<Loader>(std::move(write));
}

}  // namespace daybook
