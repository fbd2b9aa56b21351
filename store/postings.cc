#include "store/postings.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/coding.h"
#include "store/index.h"

namespace daybook {
namespace {

// Values this large are worth a second look-up to be certain of what follows.
constexpr size_t kLargeValue = 256;

// The positions of one term, from the terms family.
class TermPostings final : public Postings {
 public:
  TermPostings(uint64_t hash, const RocksDb& index, Direction direction)
      : hash_(hash), forward_(direction == Direction::kForward) {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    iterator_.reset(index->NewIterator(options, index.family(kIndexTerms)));
  }

  bool Advance(uint64_t target) override {
    if (done_) return false;
    if (!positions_.empty()) {
      if (!Before(positions_[at_], target)) return true;
      // Within the value at hand, or the next one, or a seek.
      if (!Before(forward_ ? positions_.back() : positions_.front(), target)) {
        SkipTo(target);
        return true;
      }
      if (LoadNext(target)) return true;
      if (done_) return false;
    }
    return LoadBySeek(target);
  }

  uint64_t position() const override { return positions_[at_]; }
  absl::Status status() const override { return status_; }

 private:
  bool Before(uint64_t a, uint64_t b) const { return forward_ ? a < b : a > b; }

  // The value under the iterator, if it is this term's.
  bool Decode() {
    positions_.clear();
    if (!iterator_->Valid()) return false;
    const std::string_view key = ToView(iterator_->key());
    if (key.size() != 16 || LoadBigEndian64(key.data()) != hash_) return false;
    if (!DecodePositions(ToView(iterator_->value()), &positions_) ||
        positions_.back() != LoadBigEndian64(key.data() + 8)) {
      return Fail(absl::DataLossError(
          "index: a value of terms is damaged: close the store and run "
          "reindex"));
    }
    at_ = forward_ ? 0 : positions_.size() - 1;
    return true;
  }

  // Moves at_ to the first that is not before `target`. REQUIRES: there is one.
  void SkipTo(uint64_t target) {
    if (forward_) {
      at_ = static_cast<size_t>(
          std::lower_bound(positions_.begin(), positions_.end(), target) -
          positions_.begin());
    } else {
      at_ = static_cast<size_t>(
                std::upper_bound(positions_.begin(), positions_.end(), target) -
                positions_.begin()) -
            1;
    }
  }

  // Tries the neighbouring value. False means seek. RocksDB 7.8.3 may step
  // over a damaged file unnoticed, but does not seek over it: so a step that
  // leaves the term, or one over a large value, is not trusted.
  bool LoadNext(uint64_t target) {
    if (ToView(iterator_->value()).size() >= kLargeValue) return false;
    if (forward_) {
      iterator_->Next();
    } else {
      iterator_->Prev();
    }
    if (!Decode() ||
        Before(forward_ ? positions_.back() : positions_.front(), target)) {
      return false;
    }
    SkipTo(target);
    return true;
  }

  bool LoadBySeek(uint64_t target) {
    iterator_->Seek(PairKey(hash_, target));
    if (!forward_) {
      // The value whose last position is at or above the target may begin at
      // or below it; if not, the one before is wanted.
      const bool here = Decode() && positions_.front() <= target;
      if (!status_.ok()) return false;
      if (!here) {
        if (!CheckIterator()) return false;
        iterator_->SeekForPrev(PairKey(hash_, target));
        if (!Decode()) return End();
      }
    } else if (!Decode()) {
      return End();
    }
    SkipTo(target);
    return true;
  }

  bool CheckIterator() {
    if (iterator_->status().ok()) return true;
    return Fail(FromRocks(iterator_->status(), "read the index of terms"));
  }
  bool End() {
    positions_.clear();
    if (!status_.ok() || !CheckIterator()) return false;
    done_ = true;
    return false;
  }
  bool Fail(absl::Status status) {
    positions_.clear();
    status_ = std::move(status);
    done_ = true;
    return false;
  }

  const uint64_t hash_;
  const bool forward_;
  std::unique_ptr<rocksdb::Iterator> iterator_;
  std::vector<uint64_t> positions_;
  size_t at_ = 0;
  bool done_ = false;
  absl::Status status_;
};

// Positions that any of several has.
class AnyOf final : public Postings {
 public:
  AnyOf(std::vector<std::unique_ptr<Postings>> parts, Direction direction)
      : parts_(std::move(parts)), forward_(direction == Direction::kForward) {}

  bool Advance(uint64_t target) override {
    bool found = false;
    for (const std::unique_ptr<Postings>& part : parts_) {
      if (!part->Advance(target)) {
        if (!part->status().ok()) return false;
        continue;
      }
      const uint64_t position = part->position();
      if (!found || (forward_ ? position < position_ : position > position_)) {
        position_ = position;
      }
      found = true;
    }
    return found;
  }

  uint64_t position() const override { return position_; }
  absl::Status status() const override {
    for (const auto& part : parts_) {
      if (!part->status().ok()) return part->status();
    }
    return absl::OkStatus();
  }

 private:
  std::vector<std::unique_ptr<Postings>> parts_;
  const bool forward_;
  uint64_t position_ = 0;
};

// Positions that all of several have.
class AllOf final : public Postings {
 public:
  explicit AllOf(std::vector<std::unique_ptr<Postings>> parts)
      : parts_(std::move(parts)) {}

  bool Advance(uint64_t target) override {
    size_t agreeing = 0;
    for (size_t i = 0; agreeing < parts_.size(); i = (i + 1) % parts_.size()) {
      if (!parts_[i]->Advance(target)) return false;
      if (parts_[i]->position() != target) {
        target = parts_[i]->position();
        agreeing = 1;
      } else {
        ++agreeing;
      }
    }
    position_ = target;
    return true;
  }

  uint64_t position() const override { return position_; }
  absl::Status status() const override {
    for (const auto& part : parts_) {
      if (!part->status().ok()) return part->status();
    }
    return absl::OkStatus();
  }

 private:
  std::vector<std::unique_ptr<Postings>> parts_;
  uint64_t position_ = 0;
};

}  // namespace

std::unique_ptr<Postings> PostingsFor(const Query& query, const RocksDb& index,
                                      Direction direction) {
  const auto term = [&](TermKind kind, std::string_view text) {
    return std::make_unique<TermPostings>(TermHash(kind, text), index,
                                          direction);
  };
  std::vector<std::unique_ptr<Postings>> items;
  for (const QueryItem& item : query.items) {
    if (item.empty()) return nullptr;
    std::vector<std::unique_ptr<Postings>> all;
    for (const std::string& tag : item.tags) {
      all.push_back(term(TermKind::kTag, tag));
    }
    if (!item.correlation_id.empty()) {
      all.push_back(term(TermKind::kCorrelation, item.correlation_id));
    }
    if (!item.category.empty()) {
      all.push_back(term(TermKind::kCategory, item.category));
    }
    if (!item.types.empty()) {
      std::vector<std::unique_ptr<Postings>> types;
      for (const std::string& type : item.types) {
        types.push_back(term(TermKind::kType, type));
      }
      all.push_back(std::make_unique<AnyOf>(std::move(types), direction));
    }
    items.push_back(std::make_unique<AllOf>(std::move(all)));
  }
  if (items.empty()) return nullptr;
  return std::make_unique<AnyOf>(std::move(items), direction);
}

}  // namespace daybook
