// AuditReport is who did what, when, and caused by what: the events of a
// selection, each with where its cause stands and what proves it.
//
//   auto report = AuditReport::Prepare(selection, head, store);
//   report->ForEachRow([](const ReportRow& row) { ...; return OkStatus(); });
//
// It reads the log three times: for the rows, for their causes, which may stand
// anywhere, and to show them. In memory it has some 50 bytes a row.

#ifndef DAYBOOK_TOOLS_AUDIT_REPORT_H_
#define DAYBOOK_TOOLS_AUDIT_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/audit/producer_signature.h"
#include "daybook/projections/stored_type.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/producers.h"
#include "tools/log_selection.h"
#include "tools/signed_tree.h"

namespace daybook::tools {

struct ReportRow {
  // Valid during the call.
  const EventView* event = nullptr;
  Metadata metadata;
  // Where the event stands whose id is the causation id, if that is in the log.
  std::optional<Position> cause;
  // Under the report's head; else it agrees with the tree, which nobody who is
  // trusted has signed so far.
  bool proven = false;
  // Who signed it, where that is right, by a key that was valid then:
  // "NAME+ID"; else empty.
  std::string producer;
  // As PayloadPreview().
  std::string preview;

  // "proven" or "in tree", and "; signed by NAME+ID". Names may be any text.
  std::string proof() const;
};

// Not thread-safe. Must not outlive the store or the selection.
class AuditReport {
 public:
  static constexpr size_t kRowsMax = 1'000'000;
  // Types that are told apart in entries().
  static constexpr size_t kTypesMax = 10'000;

  // One row, as a timeline needs it.
  struct Entry {
    Position position;
    // When it was recorded; of a selection by when events happened, when it
    // happened, if it says so.
    absl::Time time;
    // In types().
    uint32_t type = 0;
  };

  // Without a head no row is proven. Errors: kResourceExhausted above kRowsMax;
  // kNotFound for a stream that never had an event; of reading.
  static absl::StatusOr<AuditReport> Prepare(const LogSelection& selection,
                                             std::optional<TrustedHead> head,
                                             EventStore& store);

  // Shows the rows in order of position, until `show` returns an error.
  // Errors: kDataLoss, with the position, for an event that is not what the
  // tree or the head says; of reading and `show`.
  absl::Status ForEachRow(
      absl::FunctionRef<absl::Status(const ReportRow&)> show);

  const LogSelection& selection() const { return selection_; }
  const std::optional<TrustedHead>& head() const { return head_; }
  // How many events the log had.
  uint64_t log_size() const { return tree_->state().size; }
  // In order of position.
  const std::vector<Entry>& entries() const { return entries_; }
  // The last one stands for all above kTypesMax.
  const std::vector<std::string>& types() const { return types_; }
  bool Has(Position position) const;
  // How many of the rows the head covers.
  size_t ProvenCount() const;

  // What the rows prove, and what they do not: sentences.
  std::vector<std::string> Notes() const;

 private:
  AuditReport(const LogSelection& selection, std::optional<TrustedHead> head,
              EventStore& store, std::unique_ptr<TreeReader> tree)
      : selection_(selection),
        head_(std::move(head)),
        store_(store),
        tree_(std::move(tree)) {}

  absl::Status FindRows();
  absl::Status FindCauses();
  absl::Status CheckProof(Position position, std::string_view leaf);
  // ReportRow::producer.
  std::string ProducerOf(const EventView& event, std::string_view leaf);

  const LogSelection& selection_;
  std::optional<TrustedHead> head_;
  EventStore& store_;
  std::unique_ptr<TreeReader> tree_;
  Producers producers_;
  audit::ProducerVerifier verifier_;
  std::vector<Entry> entries_;
  std::vector<std::string> types_;
  // Of all causation ids: where they stand, if they do.
  absl::flat_hash_map<EventId, std::optional<Position>> causes_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_AUDIT_REPORT_H_
