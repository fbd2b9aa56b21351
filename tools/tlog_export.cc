#include "tools/tlog_export.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <span>
#include <system_error>
#include <vector>

#include "daybook/audit/hash.h"
#include "daybook/audit/merkle_proof.h"
#include "daybook/audit/merkle_prover.h"
#include "daybook/audit/tile.h"
#include "store/status_macros.h"
#include "tools/audit_arguments.h"
#include "tools/file_argument.h"
#include "tools/head_signers.h"
#include "tools/interrupt.h"
#include "tools/output_file.h"
#include "tools/progress.h"
#include "tools/signed_tree.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using audit::Hash;
using audit::kTileWidth;
using audit::TileId;

class Exporter {
 public:
  Exporter(const KeptTreeHead& head, TreeReader& tree,
           const std::string& folder, CommandContext& context)
      : head_(head), tree_(tree), folder_(folder), context_(context) {}

  absl::StatusOr<TlogExport> Run() {
    DAYBOOK_RETURN_IF_ERROR(ReadWhatIsThere());
    DAYBOOK_RETURN_IF_ERROR(WriteEntries());
    for (uint32_t level = 0; level < audit::kTileLevelCount; ++level) {
      DAYBOOK_RETURN_IF_ERROR(WriteTiles(level));
    }
    DAYBOOK_RETURN_IF_ERROR(Write("checkpoint", head_.text));
    return done_;
  }

 private:
  // Sets the size of the export that is there, which this one must continue.
  absl::Status ReadWhatIsThere() {
    std::error_code error;
    const fs::path checkpoint = fs::path(folder_) / "checkpoint";
    if (!fs::exists(checkpoint, error)) {
      if (!fs::exists(folder_, error) || IsBegunExport()) {
        return absl::OkStatus();
      }
      return absl::FailedPreconditionError(
          Concat(folder_,
                 " has something else in it, and no checkpoint: name another "
                 "folder, or empty it"));
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        const KeptTreeHead old,
        ReadHeadArgument(checkpoint.string(), {}, context_));
    DAYBOOK_RETURN_IF_ERROR(CheckReplaces(old, checkpoint.string()));
    done_.old_size = old.head.size;
    if (old.head.size == 0) return absl::OkStatus();
    if (old.head.size > head_.head.size) {
      return absl::DataLossError(
          Concat("the log in ", folder_, " has ", old.head.size,
                 " events, the head ", head_.head.size,
                 ": the store was rolled back, or it is another one's; ",
                 WhatTells(checkpoint.string())));
    }
    const audit::MerkleProver prover(tree_.state().size, tree_.tiles());
    DAYBOOK_ASSIGN_OR_RETURN(
        const std::vector<Hash> proof,
        prover.ProveConsistency(old.head.size, head_.head.size));
    const absl::Status continues = audit::VerifyConsistency(
        old.head.size, old.head.root, head_.head.size, head_.head.root, proof);
    if (continues.ok()) return continues;
    return absl::DataLossError(
        Concat("the store does not go on from the log in ", folder_, ", of ",
               old.head.size,
               " events: it is of another log, such as a branch "
               "of that one, or one of them was changed; ",
               WhatTells(checkpoint.string()), " (",
               std::string(continues.message()), ")"));
  }

  // What to do about an export that this one does not continue.
  static std::string WhatTells(const std::string& checkpoint) {
    return Concat("`audit verify --against ", ShellQuoted(checkpoint),
                  "` says whether the log itself declares that, and another "
                  "folder takes the export");
  }

  // Whether the folder has nothing, or only what an export leaves that was
  // interrupted before it wrote its checkpoint, which it does last.
  bool IsBegunExport() const {
    const auto has_only = [](const fs::path& folder, auto allowed) {
      std::error_code error;
      for (fs::directory_iterator entry(folder, error), end;
           !error && entry != end; entry.increment(error)) {
        if (!allowed(entry->path().filename().string())) return false;
      }
      return !error;
    };
    const fs::path tiles = fs::path(folder_) / "tile";
    std::error_code error;
    return has_only(folder_,
                    [](const std::string& name) {
                      return name == "tile" || name == "checkpoint.part";
                    }) &&
           (!fs::exists(tiles, error) ||
            has_only(tiles, [](const std::string& name) {
              return name == "entries" ||
                     name.find_first_not_of("0123456789") == std::string::npos;
            }));
  }

  // Who follows the log believes checkpoints of its name with its signature:
  // one that is published is not replaced by one that they refuse.
  absl::Status CheckReplaces(const KeptTreeHead& old,
                             const std::string& checkpoint) const {
    if (!old.is_signed) return absl::OkStatus();
    if (!head_.is_signed) {
      return absl::FailedPreconditionError(Concat(
          Quoted(checkpoint), " is ", SignedByText(old),
          ", and nobody would sign the one in its place: ", HowToSign(context_),
          "; or export to another folder"));
    }
    if (old.head.origin != head_.head.origin) {
      return absl::FailedPreconditionError(
          Concat(Quoted(checkpoint), " is of the log ", Quoted(old.head.origin),
                 ", and the one in its place would be "
                 "of ",
                 Quoted(head_.head.origin),
                 ": name the key of that log with --audit-key, or export to "
                 "another folder"));
    }
    return absl::OkStatus();
  }

  // Nothing is written outside of the folder, whatever is in it.
  absl::Status CheckLinks(const fs::path& name) const {
    fs::path at = folder_;
    for (const fs::path& part : name.parent_path()) {
      at /= part;
      std::error_code error;
      if (!fs::is_symlink(fs::symlink_status(at, error))) continue;
      return absl::FailedPreconditionError(
          Concat(Quoted(at.string()),
                 " is a symbolic link, which an export does not follow: remove "
                 "it"));
    }
    return absl::OkStatus();
  }

  absl::Status Write(const std::string& name, std::string_view bytes) {
    DAYBOOK_RETURN_IF_ERROR(CheckLinks(name));
    const fs::path path = fs::path(folder_) / name;
    std::error_code error;
    fs::create_directories(path.parent_path(), error);
    if (error) {
      return CantWrite(path.parent_path().string(), error.value());
    }
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> file,
                             OutputFile::Create(path.string()));
    file->Write(bytes);
    ++done_.files_written;
    return file->Commit();
  }

  // What the level has of tiles, complete ones and one of the size, that are to
  // be written to files as PathOf() names them: those that are new, and those
  // of an earlier export that are not there any more.
  template <typename PathOf>
  std::vector<TileId> TilesToWrite(uint32_t level, PathOf path_of) const {
    const uint64_t count = audit::TileHashCount(head_.head.size, level);
    const uint64_t old = audit::TileHashCount(done_.old_size, level);
    std::vector<TileId> tiles;
    for (uint64_t at = 0; at < count; at += kTileWidth) {
      const auto width =
          static_cast<uint32_t>(std::min<uint64_t>(kTileWidth, count - at));
      const TileId tile = {level, at / kTileWidth, width};
      std::error_code error;
      if (at + width > old ||
          !fs::exists(fs::path(folder_) / path_of(tile), error)) {
        tiles.push_back(tile);
      }
    }
    return tiles;
  }

  absl::Status WriteTiles(uint32_t level) {
    for (const TileId& tile : TilesToWrite(level, audit::TilePath)) {
      if (Interrupted()) return InterruptedError();
      std::vector<Hash> hashes(tile.width);
      DAYBOOK_RETURN_IF_ERROR(tree_.tiles().ReadTile(tile, hashes));
      std::string bytes;
      for (const Hash& hash : hashes) bytes += hash.view();
      DAYBOOK_RETURN_IF_ERROR(Write(audit::TilePath(tile), bytes));
    }
    return absl::OkStatus();
  }

  absl::Status WriteEntries() {
    const std::vector<TileId> tiles = TilesToWrite(0, audit::EntriesPath);
    if (tiles.empty()) return absl::OkStatus();
    Progress progress(context_, "export", head_.head.size);
    // Leaves of tiles in a row are visited at once: it has to find those before
    // the first.
    for (auto begin = tiles.begin(); begin != tiles.end();) {
      auto end = begin + 1;
      while (end != tiles.end() && end->index == (end - 1)->index + 1) ++end;
      DAYBOOK_RETURN_IF_ERROR(WriteEntries({begin, end}, &progress));
      begin = end;
    }
    return absl::OkStatus();
  }

  // REQUIRES: `tiles` are in a row, and not none.
  absl::Status WriteEntries(std::span<const TileId> tiles, Progress* progress) {
    auto tile = tiles.begin();
    std::string bytes;
    uint32_t count = 0;
    absl::Status written;
    const TileId& last = tiles.back();
    DAYBOOK_RETURN_IF_ERROR(tree_.VisitLeaves(
        Position(tile->index * kTileWidth),
        Position(last.index * kTileWidth + last.width),
        [&](const StoredLeaf& leaf) {
          audit::AppendEntry(leaf.bytes, &bytes);
          if (++count < tile->width) return true;
          written = Interrupted() ? InterruptedError()
                                  : Write(audit::EntriesPath(*tile), bytes);
          progress->Update(leaf.position.value());
          bytes.clear();
          count = 0;
          ++tile;
          return written.ok() && tile != tiles.end();
        }));
    return written;
  }

  const KeptTreeHead& head_;
  TreeReader& tree_;
  const std::string folder_;
  CommandContext& context_;
  TlogExport done_;
};

}  // namespace

absl::StatusOr<TlogExport> ExportTlog(const KeptTreeHead& head,
                                      TreeReader& tree,
                                      const std::string& folder,
                                      CommandContext& context) {
  return Exporter(head, tree, folder, context).Run();
}

}  // namespace daybook::tools
