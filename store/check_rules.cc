#include "store/check_rules.h"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "store/coding.h"
#include "store/index.h"
#include "store/index_scan.h"
#include "store/run.h"
#include "store/status_macros.h"
#include "store/stream_state.h"
#include "store/strings.h"
#include "store/system_events.h"

namespace daybook {
namespace {

IndexDifference Differ(std::optional<Position> position, std::string expected,
                       std::string found) {
  return {IndexDifference::Part::kRules, position, std::move(expected),
          std::move(found)};
}

std::string RulesText(const StreamRules& rules) {
  std::string text =
      absl::StrCat("deleted before ", rules.deleted_before.value());
  if (rules.tombstoned) text += ", tombstoned";
  if (rules.metadata.max_count.has_value()) {
    absl::StrAppend(&text, ", max_count ", *rules.metadata.max_count);
  }
  if (rules.metadata.truncate_before.has_value()) {
    absl::StrAppend(&text, ", truncate_before ",
                    rules.metadata.truncate_before->value());
  }
  if (!rules.metadata.json.empty()) {
    absl::StrAppend(&text, ", ", rules.metadata.json.size(), " bytes of JSON");
  }
  return text;
}

// What the events of the stream with this number say about another one.
absl::StatusOr<StreamRules> FoldRules(const RocksDb& index, Position number) {
  StreamRules rules;
  RunReader run;
  const std::unique_ptr<rocksdb::Iterator> rows =
      RowsOf(index, kIndexStreams, 0);
  for (rows->Seek(PairKey(number.value(), 0)); rows->Valid(); rows->Next()) {
    if (LoadBigEndian64(rows->key().data()) != number.value()) break;
    const char* problem = run.Parse(ToView(rows->value()));
    for (uint32_t i = 0; problem == nullptr && i < run.count(); ++i) {
      EventView event;
      problem = run.Read(i, &event);
      if (problem != nullptr) break;
      // As the committer: one that does not parse changes nothing.
      ApplySystemEvent(event.type, event.payload, &rules).IgnoreError();
    }
    if (problem != nullptr) return absl::DataLossError(problem);
  }
  DAYBOOK_RETURN_IF_ERROR(FromRocks(rows->status(), "read the index"));
  return rules;
}

}  // namespace

absl::StatusOr<std::optional<IndexDifference>> CheckRules(
    const RocksDb& index) {
  using Result = std::optional<IndexDifference>;
  const std::unique_ptr<rocksdb::Iterator> heads =
      RowsOf(index, kIndexHeads, 0);
  const std::unique_ptr<rocksdb::Iterator> rules =
      RowsOf(index, kIndexRules, 0);
  rules->SeekToFirst();
  const auto extra = [&] {
    return Result(
        Differ(std::nullopt, "nothing",
               absl::StrCat("rules of stream ", Quoted(ToView(rules->key())),
                            ", about which nothing was said")));
  };
  for (heads->Seek(ToSlice(kMetadataStreamPrefix));
       heads->Valid() &&
       ToView(heads->key()).starts_with(kMetadataStreamPrefix);
       heads->Next()) {
    const std::optional<std::string_view> subject =
        SubjectOf(ToView(heads->key()));
    if (!subject.has_value()) continue;
    if (rules->Valid() && ToView(rules->key()) < *subject) return extra();
    StreamHead head;
    if (!DecodeHead(ToView(heads->value()), &head)) break;
    DAYBOOK_ASSIGN_OR_RETURN(const StreamRules expected,
                             FoldRules(index, head.first_position));
    StreamRules found;
    const bool is_there = rules->Valid() && ToView(rules->key()) == *subject;
    const bool decodes =
        is_there && DecodeRules(ToView(rules->value()), &found);
    if (!decodes || found != expected) {
      const std::string of = absl::StrCat("rules of stream ", Quoted(*subject));
      return Result(Differ(head.last_position,
                           absl::StrCat(of, ": ", RulesText(expected)),
                           decodes    ? absl::StrCat(of, ": ", RulesText(found))
                           : is_there ? absl::StrCat(of, " that do not decode")
                                      : "nothing"));
    }
    rules->Next();
  }
  if (rules->Valid()) return extra();
  for (const auto* rows : {heads.get(), rules.get()}) {
    if (!rows->status().ok()) {
      return Result(Differ(std::nullopt, "rows that can be read",
                           rows->status().ToString()));
    }
  }
  return Result();
}

}  // namespace daybook
