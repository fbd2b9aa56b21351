#include "tools/audit_report.h"

#include <algorithm>
#include <utility>

#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/interrupt.h"
#include "tools/payload_json.h"
#include "tools/producer_arguments.h"
#include "tools/text.h"
#include "tools/witnessed_leaf.h"

namespace daybook::tools {

absl::StatusOr<AuditReport> AuditReport::Prepare(
    const LogSelection& selection, std::optional<TrustedHead> head,
    EventStore& store) {
  DAYBOOK_ASSIGN_OR_RETURN(std::unique_ptr<TreeReader> tree, store.ReadTree());
  AuditReport report(selection, std::move(head), store, std::move(tree));
  DAYBOOK_ASSIGN_OR_RETURN(report.producers_, store.ReadProducers());
  DAYBOOK_RETURN_IF_ERROR(report.FindRows());
  if (report.entries_.empty() && !selection.stream().empty() &&
      selection.points().from.empty() && selection.points().to.empty()) {
    return absl::NotFoundError(
        Concat("stream ", Quoted(selection.stream()), " has no events"));
  }
  DAYBOOK_RETURN_IF_ERROR(report.FindCauses());
  return report;
}

absl::Status AuditReport::FindRows() {
  absl::flat_hash_map<std::string, uint32_t> numbers;
  const auto number_of = [&](std::string_view type) {
    const auto known = numbers.find(std::string(type));
    if (known != numbers.end()) return known->second;
    if (types_.size() > kTypesMax) return static_cast<uint32_t>(kTypesMax);
    types_.emplace_back(types_.size() == kTypesMax ? "other types" : type);
    const auto number = static_cast<uint32_t>(types_.size() - 1);
    if (number < kTypesMax) numbers.emplace(type, number);
    return number;
  };
  return selection_.ForEach(
      store_, Position(log_size()),
      [&](const EventView& event) -> absl::StatusOr<bool> {
        if (entries_.size() == kRowsMax) {
          return absl::ResourceExhaustedError(
              Concat("more than ", Grouped(kRowsMax),
                     " events, which is more than a report shows: ask for "
                     "fewer with --from and --to"));
        }
        entries_.push_back({event.position,
                            selection_.points().occurred
                                ? event.occurred_at.value_or(event.recorded_at)
                                : event.recorded_at,
                            number_of(event.type)});
        if (event.encoded_metadata.empty()) return true;
        const absl::StatusOr<EventId> cause =
            EventId::Parse(event.metadata().causation_id);
        if (cause.ok()) causes_.try_emplace(*cause);
        return true;
      });
}

absl::Status AuditReport::FindCauses() {
  size_t missing = causes_.size();
  if (missing == 0) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(
      EventCursor cursor,
      store_.ReadLog({.to = Position(log_size()).Previous()}));
  while (missing > 0 && cursor.Next()) {
    if (Interrupted()) return InterruptedError();
    const auto cause = causes_.find(cursor.event().id);
    if (cause == causes_.end() || cause->second.has_value()) continue;
    cause->second = cursor.event().position;
    --missing;
  }
  return cursor.status();
}

absl::Status AuditReport::CheckProof(Position position, std::string_view leaf) {
  const audit::MerkleProver prover(log_size(), tree_->tiles());
  const audit::TreeHead& head = head_->kept.head;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<audit::Hash> proof,
                           prover.ProveInclusion(position.value(), head.size));
  if (audit::VerifyInclusion(position.value(), head.size, audit::LeafHash(leaf),
                             proof, head.root)
          .ok()) {
    return absl::OkStatus();
  }
  return absl::DataLossError(Concat("the event at position ", position.value(),
                                    " is not what the signed head of ",
                                    head.size, " events says"));
}

std::string ReportRow::proof() const {
  const std::string_view place = proven ? "proven" : "in tree";
  return producer.empty() ? std::string(place)
                          : Concat(place, "; signed by ", producer);
}

std::string AuditReport::ProducerOf(const EventView& event,
                                    std::string_view leaf) {
  if (event.signature.empty()) return "";
  const absl::StatusOr<audit::ProducerSignature> signature =
      audit::ParseProducerSignature(event.signature);
  const absl::StatusOr<audit::Leaf> parsed = audit::ParseLeaf(leaf);
  if (!signature.ok() || !parsed.ok()) return "";
  const Producer* const producer =
      producers_.Find(signature->key_name, signature->key_id);
  const bool was_valid =
      producer != nullptr && producer->added_at < event.position &&
      producer->revoked_at.value_or(event.position) >= event.position &&
      producer->origin == signature->origin;
  if (!was_valid ||
      !verifier_.Verify(*signature, audit::StatementOf(*parsed), producer->key)
           .ok()) {
    return "";
  }
  return KeyText(signature->key_name, signature->key_id);
}

absl::Status AuditReport::ForEachRow(
    absl::FunctionRef<absl::Status(const ReportRow&)> show) {
  StoredTypes types(store_);
  return selection_.ForEach(
      store_, Position(log_size()),
      [&](const EventView& event) -> absl::StatusOr<bool> {
        ReportRow row;
        row.event = &event;
        DAYBOOK_ASSIGN_OR_RETURN(const WitnessedLeaf leaf,
                                 WitnessLeaf(event, store_, *tree_));
        row.proven =
            head_.has_value() && event.position.value() < head_->kept.head.size;
        if (row.proven) {
          DAYBOOK_RETURN_IF_ERROR(CheckProof(event.position, leaf.bytes));
        }
        row.producer = ProducerOf(event, leaf.bytes);
        row.metadata = event.metadata();
        if (const absl::StatusOr<EventId> cause =
                EventId::Parse(row.metadata.causation_id);
            cause.ok()) {
          const auto found = causes_.find(*cause);
          if (found != causes_.end()) row.cause = found->second;
        }
        row.preview = PayloadPreview(event, types);
        DAYBOOK_RETURN_IF_ERROR(show(row));
        return true;
      });
}

bool AuditReport::Has(Position position) const {
  const auto found =
      std::ranges::lower_bound(entries_, position, {}, &Entry::position);
  return found != entries_.end() && found->position == position;
}

size_t AuditReport::ProvenCount() const {
  if (!head_.has_value()) return 0;
  return static_cast<size_t>(
      std::ranges::lower_bound(entries_, Position(head_->kept.head.size), {},
                               &Entry::position) -
      entries_.begin());
}

std::vector<std::string> AuditReport::Notes() const {
  std::vector<std::string> notes;
  const size_t proven = ProvenCount();
  if (head_.has_value()) {
    notes.push_back(Concat(
        "proven (", Grouped(proven), " of ", Grouped(entries_.size()),
        " rows): what the row shows was made into a leaf again, and that leaf "
        "stands at this position under the head of ",
        Grouped(head_->kept.head.size), " events of the log ",
        Quoted(head_->kept.head.origin), ", signed by ", head_->signers, "."));
  }
  if (proven < entries_.size()) {
    notes.push_back(Concat(
        "in tree (", Grouped(entries_.size() - proven), " of ",
        Grouped(entries_.size()),
        " rows): agrees with the store's own audit tree; no signature that is "
        "trusted covers it",
        head_.has_value() ? " yet." : ": --trust names the log's public key."));
  }
  if (!producers_.keys().empty()) {
    notes.emplace_back(
        "Signed by: the signature of that producer is one of what the row "
        "shows, by a key that was valid at its position. Of other rows nothing "
        "is known of who appended them.");
  }
  notes.emplace_back(
      "Not proven: that what an event says is true; that an actor is who the "
      "application took it for; that the clock was right; that nothing was "
      "appended later. That a stream's event is in the log does not show that "
      "it is the stream's last.");
  return notes;
}

}  // namespace daybook::tools
