#include "tools/evidence_check.h"

#include <array>
#include <fstream>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/audit/signed_note.h"
#include "daybook/audit/tlog_proof.h"
#include "daybook/store/schema.h"
#include "google/protobuf/descriptor.h"
#include "store/status_macros.h"
#include "store/status_message.h"
#include "tools/evidence_line.h"
#include "tools/evidence_note.h"
#include "tools/evidence_readme.h"
#include "tools/head_signers.h"
#include "tools/interrupt.h"
#include "tools/text.h"
#include "tools/zip_reader.h"

namespace daybook::tools {
namespace {

// A leaf has 65,535 bytes at most; the rest are hashes and the head.
constexpr size_t kProofBytesMax = 256 << 10;
// As large as an event that registers one may be.
constexpr size_t kSchemaBytesMax = 16 << 20;
constexpr size_t kReadBytes = 64 << 10;

// What is wrong with bytes is as bad as bytes that are wrong.
absl::Status At(std::string_view where, const absl::Status& status) {
  const std::string message =
      Concat(where, ": ", std::string(status.message()));
  return absl::IsInvalidArgument(status) ? absl::DataLossError(message)
                                         : WithMessage(status, message);
}

absl::Status Damaged(std::string_view where, std::string_view why) {
  return absl::DataLossError(Concat(where, ": ", why));
}

// Takes lines from a file within a zip file.
class Lines {
 public:
  explicit Lines(ZipReader::File& file) : file_(file) {}

  // The next line without its newline, valid until the next call; nothing at
  // the end.
  absl::StatusOr<std::optional<std::string_view>> Next() {
    buffer_.erase(0, taken_);
    taken_ = 0;
    size_t looked = 0;
    while (true) {
      const size_t end = buffer_.find('\n', looked);
      if (end != std::string::npos) {
        taken_ = end + 1;
        return std::string_view(buffer_).substr(0, end);
      }
      looked = buffer_.size();
      if (looked > kEvidenceLineBytesMax) {
        return Damaged(kEvidenceEvents,
                       "it has a line that is longer than any event's");
      }
      DAYBOOK_ASSIGN_OR_RETURN(const size_t count,
                               file_.Read(piece_.data(), piece_.size()));
      if (count == 0) {
        if (buffer_.empty()) return std::nullopt;
        return Damaged(kEvidenceEvents, "its last line is cut off");
      }
      buffer_.append(piece_.data(), count);
    }
  }

 private:
  ZipReader::File& file_;
  std::array<char, kReadBytes> piece_;
  std::string buffer_;
  size_t taken_ = 0;
};

class Checker {
 public:
  Checker(ZipReader& zip, const std::string& origin,
          std::span<const audit::VerifierKey> trusted, ProducerProof& producers)
      : zip_(zip), origin_(origin), trusted_(trusted), producers_(producers) {}

  absl::StatusOr<CheckedEvidence> Check() {
    DAYBOOK_RETURN_IF_ERROR(CheckManifest());
    DAYBOOK_RETURN_IF_ERROR(CheckHead());
    for (const EvidenceManifest::NamedSchema& schema :
         checked_.manifest.schemas) {
      DAYBOOK_RETURN_IF_ERROR(CheckSchema(schema));
    }
    DAYBOOK_RETURN_IF_ERROR(CheckEvents());
    for (const auto& [hash, type] : schemas_) {
      if (!used_schemas_.contains(hash)) {
        return Damaged(EvidenceSchemaName(hash), "no event names it");
      }
    }
    DAYBOOK_RETURN_IF_ERROR(CheckNote());
    return std::move(checked_);
  }

 private:
  absl::Status CheckManifest() {
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::string readme,
        zip_.ReadAll(next_file_++, kEvidenceReadme, kEvidenceReadmeBytesMax));
    DAYBOOK_ASSIGN_OR_RETURN(manifest_text_,
                             zip_.ReadAll(next_file_++, kEvidenceManifest,
                                          kEvidenceManifestBytesMax));
    absl::StatusOr<EvidenceManifest> manifest =
        ParseEvidenceManifest(manifest_text_);
    if (!manifest.ok()) return At(kEvidenceManifest, manifest.status());
    checked_.manifest = *std::move(manifest);
    // People believe what it says.
    if (readme != EvidenceReadme(checked_.manifest)) {
      return Damaged(kEvidenceReadme, "it is not as `audit bundle` writes it");
    }
    const size_t events = checked_.manifest.events;
    const size_t files = next_file_ + 2 + checked_.manifest.schemas.size();
    // A note may come after them.
    has_note_ = zip_.size() == files + events + 1;
    if (events == 0 || (zip_.size() != files + events && !has_note_)) {
      return absl::DataLossError(Concat(
          "by its manifest it has ", events, " events and ", files + events,
          " files, but there are ", zip_.size(), " files"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckHead() {
    DAYBOOK_ASSIGN_OR_RETURN(
        head_text_,
        zip_.ReadAll(next_file_++, kEvidenceHead, audit::kNoteBytesMax));
    absl::StatusOr<audit::TreeHead> head =
        audit::VerifyTreeHead(head_text_, origin_, trusted_);
    if (!head.ok()) return At(kEvidenceHead, head.status());
    checked_.head = *std::move(head);
    DAYBOOK_ASSIGN_OR_RETURN(checked_.head_signers,
                             TrustedSignersText(head_text_, trusted_));
    if (checked_.head.origin != checked_.manifest.log ||
        checked_.head.size != checked_.manifest.head_size) {
      return Damaged(kEvidenceManifest, "it tells of another head");
    }
    return absl::OkStatus();
  }

  // A schema's hash is of the type, the message and the descriptors.
  absl::Status CheckSchema(const EvidenceManifest::NamedSchema& named) {
    const std::string name = EvidenceSchemaName(named.hash);
    Schema schema = {.type = named.type, .message = named.message};
    DAYBOOK_ASSIGN_OR_RETURN(schema.descriptors,
                             zip_.ReadAll(next_file_++, name, kSchemaBytesMax));
    const absl::StatusOr<ParsedSchema> parsed = ParseSchema(schema);
    if (!parsed.ok()) return At(name, parsed.status());
    const absl::StatusOr<Schema> made =
        MakeSchema(named.type, *parsed->message);
    if (!made.ok()) return At(name, made.status());
    if (made->hash != named.hash || made->descriptors != schema.descriptors) {
      return Damaged(name, "it has not the hash that it is named by");
    }
    schemas_.emplace(named.hash, named.type);
    return absl::OkStatus();
  }

  absl::Status CheckEvents() {
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::unique_ptr<ZipReader::File> file,
        zip_.Open(next_file_++, kEvidenceEvents,
                  kEvidenceEventsMax * kEvidenceLineBytesMax));
    Lines lines(*file);
    checked_.is_gapless = !checked_.manifest.stream.empty();
    for (uint64_t i = 0; i < checked_.manifest.events; ++i) {
      if (Interrupted()) return InterruptedError();
      DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string_view> line,
                               lines.Next());
      if (!line.has_value()) {
        return Damaged(kEvidenceEvents, Concat("it has ", i, " events, not ",
                                               checked_.manifest.events));
      }
      const std::string where = Concat(kEvidenceEvents, ", line ", i + 1);
      const absl::StatusOr<EvidenceLine> event = EvidenceLine::Parse(*line);
      if (!event.ok()) return At(where, event.status());
      const absl::Status checked = CheckEvent(*event);
      if (!checked.ok()) {
        return At(Concat(where, ", the event at position ",
                         event->event().position.value()),
                  checked);
      }
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string_view> more,
                             lines.Next());
    if (!more.has_value()) return absl::OkStatus();
    return Damaged(kEvidenceEvents, Concat("it has more events than ",
                                           checked_.manifest.events));
  }

  absl::Status CheckEvent(const EvidenceLine& line) {
    const EventView event = line.event();
    if (last_leaf_.has_value() && event.position <= checked_.last) {
      return absl::DataLossError("it stands where it is not in order");
    }
    if (!checked_.manifest.Selects(event)) {
      return absl::DataLossError(
          Concat("it is not of ", checked_.manifest.Selection()));
    }
    if (!event.schema.none()) {
      const auto schema = schemas_.find(event.schema);
      if (schema == schemas_.end() || schema->second != event.type) {
        return absl::DataLossError(Concat("the bundle has no schema ",
                                          event.schema.ToString(), " of ",
                                          Quoted(event.type)));
      }
      used_schemas_.insert(event.schema);
    }
    const audit::Hash leaf = audit::LeafHash(line.leaf().bytes);
    DAYBOOK_RETURN_IF_ERROR(CheckProof(event.position, line.leaf(), leaf));
    DAYBOOK_ASSIGN_OR_RETURN(const audit::Leaf parsed,
                             audit::ParseLeaf(line.leaf().bytes));
    DAYBOOK_RETURN_IF_ERROR(producers_.Check(parsed));
    DAYBOOK_RETURN_IF_ERROR(Follow(event, line.previous_in_stream()));
    if (!last_leaf_.has_value()) checked_.first = event.position;
    checked_.last = event.position;
    last_leaf_ = leaf;
    events_.Append(leaf);
    last_revision_ = event.revision;
    return absl::OkStatus();
  }

  absl::Status CheckNote() {
    if (!has_note_) return absl::OkStatus();
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::string note,
        zip_.ReadAll(next_file_++, kEvidenceNote, audit::kNoteBytesMax));
    absl::StatusOr<std::vector<std::string>> signers = CheckEvidenceNote(
        note,
        EvidenceNoteText(checked_.manifest.log, manifest_text_, events_.Root()),
        trusted_);
    if (!signers.ok()) return At(kEvidenceNote, signers.status());
    checked_.complete_by = *std::move(signers);
    return absl::OkStatus();
  }

  absl::Status CheckProof(Position position, const WitnessedLeaf& made,
                          const audit::Hash& leaf) {
    const std::string name = EvidenceProofName(position);
    DAYBOOK_ASSIGN_OR_RETURN(const std::string bytes,
                             zip_.ReadAll(next_file_++, name, kProofBytesMax));
    const absl::StatusOr<audit::TlogProof> proof = audit::ParseTlogProof(bytes);
    if (!proof.ok()) return At(name, proof.status());
    if (proof->index != position.value() || proof->extra != made.bytes) {
      return Damaged(name,
                     "it is of another leaf than the one that the event has");
    }
    if (proof->signed_head != head_text_) {
      return Damaged(name, "it is under another head");
    }
    const absl::Status verified =
        audit::VerifyTlogProof(*proof, leaf, origin_, trusted_).status();
    return verified.ok() ? verified : At(name, verified);
  }

  // Within one stream: whether `event` comes right after the last one.
  absl::Status Follow(const EventView& event, const audit::Hash& previous) {
    if (checked_.manifest.stream.empty()) return absl::OkStatus();
    if (!last_leaf_.has_value()) {
      checked_.begins_stream = event.revision == Revision(0);
      return absl::OkStatus();
    }
    if (event.revision != last_revision_.Next()) {
      checked_.is_gapless = false;
    } else if (previous != *last_leaf_) {
      return absl::DataLossError(
          "it names another event as the one before in its stream");
    }
    return absl::OkStatus();
  }

  ZipReader& zip_;
  const std::string& origin_;
  const std::span<const audit::VerifierKey> trusted_;
  ProducerProof& producers_;
  size_t next_file_ = 0;
  std::string manifest_text_;
  std::string head_text_;
  bool has_note_ = false;
  // Over the leaves of the events so far.
  audit::MerkleFrontier events_;
  absl::flat_hash_map<SchemaHash, std::string> schemas_;
  absl::flat_hash_set<SchemaHash> used_schemas_;
  std::optional<audit::Hash> last_leaf_;
  Revision last_revision_;
  CheckedEvidence checked_;
};

}  // namespace

bool IsZipFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::array<char, 2> begin{};
  return in.read(begin.data(), begin.size()) &&
         std::string_view(begin.data(), begin.size()) == "PK";
}

absl::StatusOr<std::string> EvidenceLog(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<ZipReader> zip,
                           ZipReader::Open(path));
  DAYBOOK_RETURN_IF_ERROR(
      zip->ReadAll(0, kEvidenceReadme, kEvidenceReadmeBytesMax).status());
  DAYBOOK_ASSIGN_OR_RETURN(
      const std::string text,
      zip->ReadAll(1, kEvidenceManifest, kEvidenceManifestBytesMax));
  DAYBOOK_ASSIGN_OR_RETURN(const EvidenceManifest manifest,
                           ParseEvidenceManifest(text));
  return manifest.log;
}

absl::StatusOr<CheckedEvidence> CheckEvidence(
    const std::string& path, const std::string& origin,
    std::span<const audit::VerifierKey> trusted, ProducerProof& producers) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<ZipReader> zip,
                           ZipReader::Open(path));
  return Checker(*zip, origin, trusted, producers).Check();
}

}  // namespace daybook::tools
