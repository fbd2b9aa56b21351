#include "store/stream_list_source.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/index.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Goes through three lists sorted by name at once: the heads and the rules of
// the index, and the streams that the index does not have in full, whose state
// in memory is the one that counts.
class StreamListSource final : public StreamCursor::Source {
 public:
  StreamListSource(const std::shared_ptr<StoreCore>& core,
                   const ListStreamsOptions& options)
      : core_(core), options_(options), prefix_(options.prefix) {
    // Every stream of a category begins with its name.
    if (options.category.size() > prefix_.size() &&
        options.category.starts_with(prefix_)) {
      prefix_ = options.category;
    }
    // The tail first, then the index; once more if the tail was trimmed in
    // between, so that both are of one moment.
    do {
      unindexed_ = core->tail->UnindexedStreams(prefix_);
      heads_ = Open(kIndexHeads);
      rules_ = Open(kIndexRules);
    } while (core->tail->trimmed_to() != unindexed_.trimmed_to);
  }

  bool Next(StreamInfo* stream) override {
    while (true) {
      const std::optional<std::string> name = NextName();
      if (!name.has_value()) return false;
      StreamState state;
      if (!TakeState(*name, &state)) return false;
      if (!Wanted(*name, state)) continue;
      *stream = ToStreamInfo(*name, state);
      return true;
    }
  }
  const absl::Status& status() const override { return status_; }

 private:
  std::unique_ptr<rocksdb::Iterator> Open(size_t family) {
    rocksdb::ReadOptions options;
    options.total_order_seek = true;
    std::unique_ptr<rocksdb::Iterator> iterator(
        core_->index->get()->NewIterator(options,
                                         core_->index->family(family)));
    iterator->Seek(prefix_);
    return iterator;
  }

  std::optional<std::string_view> NameAt(const rocksdb::Iterator& iterator) {
    if (!iterator.Valid()) {
      if (!iterator.status().ok()) {
        status_ = FromRocks(iterator.status(), "list streams");
      }
      return std::nullopt;
    }
    const std::string_view name = ToView(iterator.key());
    if (!name.starts_with(prefix_)) return std::nullopt;
    return name;
  }

  // RocksDB 7.8.3 may step over a damaged file unnoticed, and nothing says how
  // many names there must be; a seek does not.
  static void StepPast(const std::string& name, rocksdb::Iterator* iterator) {
    iterator->Seek(rocksdb::Slice(name.c_str(), name.size() + 1));
  }

  std::optional<std::string> NextName() {
    std::optional<std::string_view> next;
    const auto consider = [&next](std::optional<std::string_view> name) {
      if (name.has_value() && (!next.has_value() || *name < *next)) {
        next = name;
      }
    };
    consider(NameAt(*heads_));
    consider(NameAt(*rules_));
    if (unindexed_at_ < unindexed_.streams.size()) {
      consider(unindexed_.streams[unindexed_at_].first);
    }
    if (!next.has_value() || !status_.ok()) return std::nullopt;
    return std::string(*next);
  }

  // Collects the state of `name` and steps past it in each list.
  bool TakeState(const std::string& name, StreamState* state) {
    if (NameAt(*heads_) == name) {
      StreamHead head;
      if (!DecodeHead(ToView(heads_->value()), &head)) return Fail(name);
      state->known = true;
      state->first_position = head.first_position;
      state->next_revision = head.next_revision;
      state->last_position = head.last_position;
      StepPast(name, heads_.get());
    }
    if (NameAt(*rules_) == name) {
      if (!DecodeRules(ToView(rules_->value()), &state->rules)) {
        return Fail(name);
      }
      state->known = true;
      StepPast(name, rules_.get());
    }
    if (unindexed_at_ < unindexed_.streams.size() &&
        unindexed_.streams[unindexed_at_].first == name) {
      *state = std::move(unindexed_.streams[unindexed_at_].second);
      ++unindexed_at_;
    }
    return status_.ok();
  }

  bool Wanted(const std::string& name, const StreamState& state) const {
    if (!options_.include_system && name.starts_with('$')) return false;
    if (!name.starts_with(options_.prefix)) return false;
    if (!options_.category.empty() && CategoryOf(name) != options_.category) {
      return false;
    }
    return options_.include_deleted ||
           (state.next_revision > 0 && !IsDeleted(state));
  }

  bool Fail(const std::string& name) {
    status_ = absl::DataLossError(
        absl::StrCat("index: where stream ", Quoted(name),
                     " ends is damaged: close the store and run reindex"));
    return false;
  }

  CoreReference core_;
  const ListStreamsOptions options_;
  std::string prefix_;
  std::unique_ptr<rocksdb::Iterator> heads_;
  std::unique_ptr<rocksdb::Iterator> rules_;
  Tail::Unindexed unindexed_;
  size_t unindexed_at_ = 0;
  absl::Status status_;
};

}  // namespace

std::unique_ptr<StreamCursor::Source> MakeStreamListSource(
    const std::shared_ptr<StoreCore>& core, const ListStreamsOptions& options) {
  return std::make_unique<StreamListSource>(core, options);
}

}  // namespace daybook
