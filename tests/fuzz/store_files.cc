// The files of a store's folder and of backups.

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "daybook/audit/hash.h"
#include "store/anchor.h"
#include "store/backup_manifest.h"
#include "store/checksum.h"
#include "store/coding.h"
#include "store/head_file.h"
#include "store/store_folder.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/fuzz/memory_file.h"

namespace daybook {
namespace {

const fuzz::ScratchFolder& Folder() {
  static const fuzz::ScratchFolder folder;
  return folder;
}

// With a right checksum in each slot that is there.
std::string WithChecksums(std::string_view input) {
  std::string bytes(input);
  for (const size_t slot : {0, 4096}) {
    if (bytes.size() < slot + 32) break;
    StoreFixed<uint64_t>(bytes.data() + slot + 24,
                         Checksum(std::string_view(bytes).substr(slot, 24)));
  }
  return bytes;
}

}  // namespace

FUZZ_TARGET(store_identity) {
  Folder().Write("STORE", input);
  const absl::StatusOr<StoreIdentity> identity = ReadIdentity(Folder().path());
  if (!identity.ok()) return;
  FUZZ_REQUIRE(identity->format == kStoreFormat);
  // It is shown to people.
  FUZZ_REQUIRE(identity->store_id.size() <= 64);
  for (const char c : identity->store_id) FUZZ_REQUIRE(c > 0x20 && c < 0x7F);
  FUZZ_REQUIRE(WriteIdentity(Folder().path(), *identity).ok());
  const StoreIdentity again = ReadIdentity(Folder().path()).value();
  FUZZ_REQUIRE(again.store_id == identity->store_id);
}

FUZZ_TARGET(store_anchor) {
  Folder().Write("ANCHOR", WithChecksums(input));
  const absl::StatusOr<Position> head = Anchor::Read(Folder().path());
  absl::StatusOr<std::unique_ptr<Anchor>> anchor =
      Anchor::Open(Folder().path());
  FUZZ_REQUIRE(head.ok() == anchor.ok());
  if (!anchor.ok()) return;
  FUZZ_REQUIRE((*anchor)->head() == *head);
  FUZZ_REQUIRE((*anchor)->Write(Position(12345)).ok());
  FUZZ_REQUIRE(Anchor::Read(Folder().path()).value() == Position(12345));
}

FUZZ_TARGET(store_kept_head) {
  const absl::StatusOr<KeptTreeHead> kept = ParseKeptHead(input);
  if (!kept.ok()) return;
  FUZZ_REQUIRE(kept->text == input);
  FUZZ_REQUIRE(!kept->head.origin.empty());
}

FUZZ_TARGET(store_backup_manifest) {
  std::string text(input);
  const size_t end = text.rfind("sha256 ");
  if (end != std::string::npos) {
    text.resize(end);
    absl::StrAppend(&text, "sha256 ", audit::Sha256({text}).ToHex(), "\n");
  }
  const absl::StatusOr<BackupManifest> manifest = ParseBackupManifest(text);
  if (!manifest.ok()) return;
  FUZZ_REQUIRE(FormatBackupManifest(*manifest) == text);
  FUZZ_REQUIRE(InfoOf(*manifest).number == manifest->number);
  for (const BackupFile& file : manifest->files) {
    FUZZ_REQUIRE(manifest->Find(file.name) == &file);
    FUZZ_REQUIRE(file.name.find("..") != 0 && file.name.front() != '/');
    FUZZ_REQUIRE(file.name.find("/.") == std::string::npos);
  }
}

}  // namespace daybook
