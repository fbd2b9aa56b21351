#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "daybook/store/verify.h"
#include "store/anchor.h"
#include "store/check_index.h"
#include "store/check_tree.h"
#include "store/errors_internal.h"
#include "store/head_file.h"
#include "store/head_table.h"
#include "store/kept_heads.h"
#include "store/log_prefix.h"
#include "store/log_reader.h"
#include "store/log_tree.h"
#include "store/open_store.h"
#include "store/producer_check.h"
#include "store/removal_ledger.h"
#include "store/rocks_db.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "store/steady_open.h"
#include "store/store_folder.h"
#include "store/wal_order.h"

namespace daybook {
namespace {

constexpr size_t kMemoryBudget = 64 << 20;

class Verification {
 public:
  Verification(const std::string& path, const VerifyOptions& options)
      : path_(path), options_(options) {}

  absl::StatusOr<VerifiedStore> Run();

 private:
  absl::Status OpenLog();
  absl::Status ReadAnchor();
  // Where the log ends. What is wrong with its end does not hide what is wrong
  // before it.
  absl::StatusOr<LogEnd> FindEnd(absl::Status* end_status);
  bool CanRead(Position position) const;
  // The engine reads up to the first file or record that it does not like, and
  // its place says little. The same problem at the first event that is not
  // whole in the log's files, which Recover() does not keep; with no position
  // where there is none. Where the files can't be read once more the problem
  // stands as it is.
  absl::Status AtFirstDamage(const absl::Status& problem) const;
  absl::Status ReadHead();
  absl::Status CollectHeads();
  // Where to begin: at what was verified before, if the log continues it.
  Position From(Position head) const;
  absl::StatusOr<TreeState> CheckLeaves(Position head);
  void ExplainHeads();
  absl::Status CheckIndexes(const LogEnd& end);
  // Of all there is to do: each event of the log once, and for indexes twice
  // more.
  absl::Status Progress(uint64_t done, Position head) const;
  absl::Status Report(uint64_t done, uint64_t all) const;

  const std::string path_;
  const VerifyOptions& options_;
  RocksEnvironment environment_;
  OpenedIndex index_;
  std::unique_ptr<RocksDb> log_;
  RowWriteOrder row_writes_;
  // As far as ANCHOR says.
  Position acknowledged_;
  // All that the tree must continue, by size.
  std::vector<NamedTree> heads_;
  RemovalLedger removals_;
  VerifiedStore verified_;
};

absl::Status Verification::OpenLog() {
  DAYBOOK_ASSIGN_OR_RETURN(log_, OpenSteadily(path_ + "/log", [&] {
                             row_writes_ = RowWriteOrder();
                             return OpenLogToLook(path_, environment_,
                                                  &row_writes_);
                           }));
  return absl::OkStatus();
}

absl::Status Verification::ReadAnchor() {
  // One that is being written may look damaged for that moment.
  constexpr int kLooks = 3;
  for (int look = 0; look < kLooks; ++look) {
    const absl::StatusOr<std::unique_ptr<Anchor>> anchor =
        Anchor::OpenToLook(path_);
    if (!anchor.ok()) return anchor.status();
    acknowledged_ = (*anchor)->head();
    verified_.anchor_is_damaged = (*anchor)->has_damaged_slot();
    if (!verified_.anchor_is_damaged) break;
  }
  return absl::OkStatus();
}

absl::StatusOr<LogEnd> Verification::FindEnd(absl::Status* end_status) {
  absl::StatusOr<LogEnd> end = FindLogEnd(*log_, row_writes_, acknowledged_);
  if (end.ok() || !absl::IsDataLoss(end.status())) return end;
  *end_status = end.status();
  // Up to where the log can be read is for the check of the leaves to find.
  const absl::StatusOr<Position> head = ReadLogHead(*log_);
  LogEnd as_read;
  if (head.ok()) as_read.head = as_read.last = *head;
  return as_read;
}

bool Verification::CanRead(Position position) const {
  LogReader reader(*log_);
  EventView event;
  return reader.Read(position, &event);
}

absl::Status Verification::AtFirstDamage(const absl::Status& problem) const {
  const std::string what = WhatIsWrong(problem);
  const absl::StatusOr<LogPrefix> whole =
      FindLogPrefix(path_ + "/log", {}, [this](uint64_t count) {
        return Report(count, std::max(count, acknowledged_.value()));
      });
  if (absl::IsNotFound(whole.status())) {
    return acknowledged_ > Position(0) ? DamageError(Position(0), what)
                                       : problem;
  }
  if (absl::IsCancelled(whole.status())) return whole.status();
  if (!whole.ok()) {
    return WithMessage(
        problem,
        absl::StrCat(problem.message(),
                     "; what is damaged first could not be looked for: ",
                     whole.status().message()));
  }
  if (whole->first_damage.has_value()) {
    return DamageError(*whole->first_damage,
                       absl::StrCat(whole->why, "; ", what));
  }
  if (const auto known = GetDamage(problem); known == whole->end) {
    return problem;
  }
  const uint64_t count = whole->end.value();
  if (acknowledged_ > whole->end) {
    return DamageError(
        whole->end,
        absl::StrCat("the log's files end here, but ", acknowledged_.value(),
                     " events were acknowledged; ", what));
  }
  return absl::DataLossError(absl::StrCat(
      what, "; of the events in its files, ", count, ", each is whole"));
}

absl::Status Verification::ReadHead() {
  const absl::StatusOr<std::optional<KeptTreeHead>> file =
      ReadHeadFile(HeadFilePath(path_));
  if (absl::IsInvalidArgument(file.status())) {
    return absl::DataLossError(absl::StrCat(
        file.status().message(),
        "; what opens the store (`status`) writes it anew from the table of "
        "heads, and then all of it can be verified"));
  }
  DAYBOOK_RETURN_IF_ERROR(file.status());
  verified_.head_file = *file;
  return absl::OkStatus();
}

absl::Status Verification::CollectHeads() {
  DAYBOOK_ASSIGN_OR_RETURN(verified_.table, ReadHeadTable(*log_));
  for (const KeptTreeHead& kept : verified_.table) {
    heads_.push_back({kHeadTablePlace, {kept.head.size, kept.head.root}});
  }
  if (const std::optional<KeptTreeHead>& file = verified_.head_file) {
    heads_.push_back({HeadFilePath(path_), {file->head.size, file->head.root}});
  }
  for (const VerifyOptions::Head& head : options_.heads) {
    heads_.push_back({head.name, head.tree});
  }
  if (options_.since.size > 0) {
    heads_.push_back({"what was verified before", options_.since});
  }
  std::stable_sort(heads_.begin(), heads_.end(),
                   [](const NamedTree& a, const NamedTree& b) {
                     return a.tree.size < b.tree.size;
                   });
  return absl::OkStatus();
}

absl::StatusOr<TreeState> Verification::CheckLeaves(Position head) {
  CheckTreeOptions check;
  check.events = options_.events;
  check.heads = heads_;
  check.removals = &removals_;
  check.progress = [&](Position at) { return Progress(at.value(), head); };
  ProducerCheck producers;
  check.visit = [&](const EventView& event, const StoredLeaf* leaf) {
    return producers.See(event, leaf);
  };
  verified_.from = From(head);
  absl::StatusOr<TreeState> tree =
      CheckTree(*log_, verified_.from, head, check);
  verified_.producers = producers.counts();
  return tree;
}

Position Verification::From(Position head) const {
  const TreeState& since = options_.since;
  if (since.size == 0 || since.size > head.value()) return Position(0);
  absl::StatusOr<audit::TileEdge> edge = LoadTreeEdge(*log_, head);
  // What is wrong with the tree is found at its place.
  if (!edge.ok()) return Position(0);
  const TreeState tree = {edge->size(), edge->Root()};
  LogTiles tiles(*log_, *std::move(edge));
  const bool continues = CheckContinues({"", since}, tree, tiles).ok();
  return Position(continues ? since.size : 0);
}

void Verification::ExplainHeads() {
  verified_.removals = removals_.removals();
  for (const NamedTree& head : heads_) {
    const std::optional<RemovalLedger::Explanation> found =
        removals_.Explain(head.tree);
    if (!found.has_value()) continue;
    verified_.explained.push_back(
        {{head.place, head.tree}, found->removal, found->is_proven});
  }
}

absl::Status Verification::Progress(uint64_t done, Position head) const {
  return Report(done, options_.indexes ? 3 * head.value() : head.value());
}

absl::Status Verification::Report(uint64_t done, uint64_t all) const {
  if (!options_.progress || options_.progress(Position(done), Position(all))) {
    return absl::OkStatus();
  }
  return absl::CancelledError("the verification was ended");
}

absl::Status Verification::CheckIndexes(const LogEnd& end) {
  if (!options_.indexes) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(
      verified_.index, CheckIndex(*log_, std::move(index_), end.head, end.last,
                                  [&](uint64_t done) {
                                    return Progress(end.head.value() + done,
                                                    end.head);
                                  }));
  return absl::OkStatus();
}

absl::StatusOr<VerifiedStore> Verification::Run() {
  DAYBOOK_ASSIGN_OR_RETURN(const StoreIdentity identity,
                           ReadIdentityOfLog(path_));
  verified_.store_id = identity.store_id;
  environment_.memory_budget = MemoryBudget::Create(kMemoryBudget);
  // The log may be growing: what must not go beyond it is read before it is.
  const absl::Status anchor_status = ReadAnchor();
  if (!anchor_status.ok() && !absl::IsDataLoss(anchor_status)) {
    return anchor_status;
  }
  absl::Status heads_status = ReadHead();
  if (!heads_status.ok() && !absl::IsDataLoss(heads_status)) {
    return heads_status;
  }
  if (options_.indexes) {
    const std::string path = path_ + "/index";
    DAYBOOK_ASSIGN_OR_RETURN(index_, OpenSteadily(path, [&] {
                               return OpenIndexToCheck(path, environment_);
                             }));
  }
  const absl::Status opened = OpenLog();
  if (absl::IsDataLoss(opened)) return AtFirstDamage(opened);
  DAYBOOK_RETURN_IF_ERROR(opened);
  absl::Status end_status;
  DAYBOOK_ASSIGN_OR_RETURN(const LogEnd end, FindEnd(&end_status));
  if (const absl::Status status = CollectHeads(); heads_status.ok()) {
    heads_status = status;
  }
  if (!heads_status.ok() && !absl::IsDataLoss(heads_status)) {
    return heads_status;
  }
  const absl::StatusOr<TreeState> tree = CheckLeaves(end.head);
  // First what is wrong of an event, whose place that gives.
  if (const auto bad = GetDamage(tree.status());
      bad.has_value() && !CanRead(*bad)) {
    return AtFirstDamage(tree.status());
  }
  // Where the end can't be read, that the log is too short for a head says no
  // more than that.
  const bool is_cut = GetDamage(tree.status()) == end.head;
  if (!end_status.ok() && (tree.ok() || is_cut)) {
    return AtFirstDamage(end_status);
  }
  DAYBOOK_RETURN_IF_ERROR(tree.status());
  if (!anchor_status.ok()) {
    return absl::DataLossError(
        absl::StrCat(anchor_status.message(), "; of the ", end.head.value(),
                     " events that are there, each is whole"));
  }
  // What came after a hole that a power cut left is in the tree's rows still.
  if (end.head == end.last) {
    DAYBOOK_RETURN_IF_ERROR(CheckTreeHead(*log_, *tree));
  }
  DAYBOOK_RETURN_IF_ERROR(heads_status);
  verified_.tree = *tree;
  ExplainHeads();
  DAYBOOK_RETURN_IF_ERROR(CheckIndexes(end));
  return std::move(verified_);
}

}  // namespace

std::string_view ToString(IndexDifference::Part part) {
  using Part = IndexDifference::Part;
  switch (part) {
    case Part::kFiles:
      return "files";
    case Part::kWatermark:
      return "watermark";
    case Part::kStreams:
      return "streams";
    case Part::kHeads:
      return "heads of streams";
    case Part::kTerms:
      return "terms";
    case Part::kAppendKeys:
      return "append keys";
    case Part::kRules:
      return "rules of streams";
    case Part::kViews:
      return "checkpoints of views";
  }
  return "";
}

absl::StatusOr<VerifiedStore> VerifyStore(const std::string& path,
                                          const VerifyOptions& options) {
  return Verification(path, options).Run();
}

}  // namespace daybook
