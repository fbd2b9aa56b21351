#include "tools/evidence_writer.h"

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/merkle_tree.h"
#include "store/status_macros.h"
#include "tools/counted.h"
#include "tools/evidence_line.h"
#include "tools/evidence_manifest.h"
#include "tools/evidence_note.h"
#include "tools/evidence_readme.h"
#include "tools/exit_code.h"
#include "tools/interrupt.h"
#include "tools/signed_tree.h"
#include "tools/text.h"
#include "tools/witnessed_leaf.h"

namespace daybook::tools {
namespace {

class Writer {
 public:
  Writer(const LogSelection& selection, const KeptTreeHead& head,
         EventStore& store, TreeReader& tree)
      : selection_(selection), head_(head), store_(store), tree_(tree) {}

  absl::Status Select() {
    absl::Status read =
        selection_.ForEach(store_, Position(tree_.state().size),
                           [&](const EventView& event) -> absl::StatusOr<bool> {
                             DAYBOOK_RETURN_IF_ERROR(Take(event));
                             return true;
                           });
    if (!read.ok()) return read;
    if (!positions_.empty()) return absl::OkStatus();
    return absl::NotFoundError(
        Concat("the log has nothing of ", selection_.Text()));
  }

  absl::Status Write(std::span<const std::string> key_files, ZipWriter& zip) {
    EvidenceManifest manifest = EvidenceManifest::Of(selection_);
    manifest.log = head_.head.origin;
    manifest.head_size = head_.head.size;
    manifest.events = positions_.size();
    for (const auto& [hash, schema] : schemas_) {
      manifest.schemas.push_back({hash, schema.type, schema.message});
    }
    const auto add = [&](const std::string& name, std::string text) {
      return zip.Add(name, ZipWriter::Whole(std::move(text)));
    };
    DAYBOOK_RETURN_IF_ERROR(add(kEvidenceReadme, EvidenceReadme(manifest)));
    DAYBOOK_RETURN_IF_ERROR(
        add(kEvidenceManifest, FormatEvidenceManifest(manifest)));
    DAYBOOK_RETURN_IF_ERROR(add(kEvidenceHead, head_.text));
    for (const auto& [hash, schema] : schemas_) {
      DAYBOOK_RETURN_IF_ERROR(
          add(EvidenceSchemaName(hash), schema.descriptors));
    }
    DAYBOOK_RETURN_IF_ERROR(zip.Add(kEvidenceEvents, Lines()));
    for (const Position position : positions_) {
      DAYBOOK_RETURN_IF_ERROR(
          zip.Add(EvidenceProofName(position), Proof(position)));
    }
    if (!key_files.empty()) {
      DAYBOOK_RETURN_IF_ERROR(
          zip.Add(kEvidenceNote, Note(manifest, key_files)));
    }
    return zip.Commit();
  }

  uint64_t size() const { return positions_.size(); }

 private:
  absl::Status Take(const EventView& event) {
    if (positions_.size() == kEvidenceEventsMax) {
      return absl::ResourceExhaustedError(Concat(
          "more than ", Grouped(kEvidenceEventsMax),
          " events, which is more than a bundle holds: ask for fewer with "
          "--from and --to, and make several"));
    }
    if (event.position.value() >= head_.head.size) {
      return UnverifiableError(Concat(
          "the signed head of ", Counted(head_.head.size, "event"),
          " does not cover position ", event.position.value(),
          ": name a key with --audit-key to make one, or end before with "
          "--to"));
    }
    positions_.push_back(event.position);
    if (event.schema.none() || schemas_.contains(event.schema)) {
      return absl::OkStatus();
    }
    if (schemas_.size() == kEvidenceSchemasMax) {
      return absl::ResourceExhaustedError(
          Concat("more than ", Grouped(kEvidenceSchemasMax),
                 " schemas, which is more than a bundle holds"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(RegisteredSchema registered,
                             store_.FindSchema(event.schema));
    schemas_.emplace(event.schema, std::move(registered.schema));
    return absl::OkStatus();
  }

  // Calls `use` with the event at `position` and its leaf.
  absl::Status With(
      Position position,
      absl::FunctionRef<absl::Status(const EventView&, const WitnessedLeaf&)>
          use) {
    if (Interrupted()) return InterruptedError();
    DAYBOOK_ASSIGN_OR_RETURN(
        EventCursor cursor, store_.ReadLog({.from = position, .to = position}));
    if (!cursor.Next()) {
      DAYBOOK_RETURN_IF_ERROR(cursor.status());
      return absl::DataLossError(
          Concat("the event at position ", position.value(), " is missing"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(const WitnessedLeaf leaf,
                             WitnessLeaf(cursor.event(), store_, tree_));
    return use(cursor.event(), leaf);
  }

  ZipWriter::Content Lines() {
    return [this, next = size_t{0}](
               std::string* piece) mutable -> absl::StatusOr<bool> {
      if (next == positions_.size()) return false;
      const absl::Status made = With(
          positions_[next++],
          [&](const EventView& event,
              const WitnessedLeaf& leaf) -> absl::Status {
            DAYBOOK_ASSIGN_OR_RETURN(const audit::Leaf parsed,
                                     audit::ParseLeaf(leaf.bytes));
            AppendEvidenceLine(event, leaf, parsed.previous_in_stream, piece);
            events_.Append(audit::LeafHash(leaf.bytes));
            return absl::OkStatus();
          });
      if (!made.ok()) return made;
      return true;
    };
  }

  // Made when all before it was written, and the leaves are known.
  ZipWriter::Content Note(const EvidenceManifest& manifest,
                          std::span<const std::string> key_files) {
    return [this, log = manifest.log, text = FormatEvidenceManifest(manifest),
            key_files,
            done = false](std::string* piece) mutable -> absl::StatusOr<bool> {
      if (std::exchange(done, true)) return false;
      DAYBOOK_ASSIGN_OR_RETURN(
          *piece,
          SignEvidence(EvidenceNoteText(log, text, events_.Root()), key_files));
      return true;
    };
  }

  ZipWriter::Content Proof(Position position) {
    return [this, position,
            done = false](std::string* piece) mutable -> absl::StatusOr<bool> {
      if (std::exchange(done, true)) return false;
      const absl::Status made = With(
          position,
          [&](const EventView&, const WitnessedLeaf& leaf) -> absl::Status {
            DAYBOOK_ASSIGN_OR_RETURN(
                *piece, MakeProofFile(position, leaf.bytes, head_, tree_));
            return absl::OkStatus();
          });
      if (!made.ok()) return made;
      return true;
    };
  }

  const LogSelection& selection_;
  const KeptTreeHead& head_;
  EventStore& store_;
  TreeReader& tree_;
  std::vector<Position> positions_;
  std::map<SchemaHash, Schema> schemas_;
  // Over the leaves of the events that were written.
  audit::MerkleFrontier events_;
};

}  // namespace

absl::StatusOr<uint64_t> WriteEvidence(const LogSelection& selection,
                                       const KeptTreeHead& head,
                                       EventStore& store,
                                       std::span<const std::string> key_files,
                                       ZipWriter& zip) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<TreeReader> tree,
                           store.ReadTree());
  Writer writer(selection, head, store, *tree);
  DAYBOOK_RETURN_IF_ERROR(writer.Select());
  DAYBOOK_RETURN_IF_ERROR(writer.Write(key_files, zip));
  return writer.size();
}

}  // namespace daybook::tools
