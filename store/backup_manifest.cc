#include "store/backup_manifest.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "store/names.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// Stored; never change.
constexpr std::string_view kTitle = "daybook backup\n";
constexpr std::string_view kNoTableId = "-";

absl::Status Damaged(std::string_view what) {
  return absl::DataLossError(
      absl::StrCat("the manifest is damaged: ", ToAbsl(what)));
}

// What a backup may put into a store's folder: files of its log, and its head.
bool MayBePut(std::string_view name) {
  constexpr std::string_view kLog = "log/";
  if (name == kHeadName) return true;
  return name.starts_with(kLog) && IsFileName(name.substr(kLog.size()));
}

// Only digits as we write them, so that one manifest has one text.
bool ParseNumber(std::string_view text, uint64_t* number) {
  return absl::SimpleAtoi(ToAbsl(text), number) &&
         absl::StrCat(*number) == ToAbsl(text);
}

bool ParseHash(std::string_view text, audit::Hash* hash) {
  if (text.size() != 2 * audit::Hash::kSize ||
      !std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
      })) {
    return false;
  }
  const std::string bytes = absl::HexStringToBytes(ToAbsl(text));
  const std::optional<audit::Hash> parsed = audit::Hash::FromBytes(bytes);
  if (!parsed.has_value()) return false;
  *hash = *parsed;
  return true;
}

// Takes the lines of a manifest one by one, in their order.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {}

  bool empty() const { return text_.empty(); }

  // The rest of the next line if it begins with the word `name`.
  bool Take(std::string_view name, std::string_view* value) {
    const size_t end = text_.find('\n');
    if (end == std::string_view::npos) return false;
    const std::string_view line = text_.substr(0, end);
    if (line.size() <= name.size() || !line.starts_with(name) ||
        line[name.size()] != ' ') {
      return false;
    }
    *value = line.substr(name.size() + 1);
    text_.remove_prefix(end + 1);
    return true;
  }

  absl::Status TakeText(std::string_view name, std::string* text) {
    std::string_view value;
    if (!Take(name, &value)) return Missing(name);
    *text = value;
    return absl::OkStatus();
  }
  absl::Status TakeNumber(std::string_view name, uint64_t max,
                          uint64_t* number) {
    std::string_view value;
    if (!Take(name, &value) || !ParseNumber(value, number) || *number > max) {
      return Missing(name);
    }
    return absl::OkStatus();
  }
  absl::Status TakeHash(std::string_view name, audit::Hash* hash) {
    std::string_view value;
    if (!Take(name, &value) || !ParseHash(value, hash)) return Missing(name);
    return absl::OkStatus();
  }

 private:
  static absl::Status Missing(std::string_view name) {
    return Damaged(absl::StrCat("no line \"", ToAbsl(name), "\" in its place"));
  }

  std::string_view text_;
};

absl::Status ParseFile(std::string_view line, BackupFile* file) {
  const std::vector<std::string> words = absl::StrSplit(ToAbsl(line), ' ');
  if (words.size() != 4 || !ParseHash(words[0], &file->sha256) ||
      !ParseNumber(words[1], &file->size) || words[2].empty()) {
    return Damaged("a file's line is none");
  }
  if (words[2] != kNoTableId) file->table_id = words[2];
  file->name = words[3];
  if (!MayBePut(file->name)) {
    return Damaged(
        absl::StrCat(Quoted(file->name), " is no file of a store's"));
  }
  return absl::OkStatus();
}

}  // namespace

const BackupFile* BackupManifest::Find(std::string_view name) const {
  const auto found = std::ranges::find(files, name, &BackupFile::name);
  return found == files.end() ? nullptr : &*found;
}

BackupInfo InfoOf(const BackupManifest& manifest) {
  BackupInfo info = {.number = manifest.number,
                     .store_id = manifest.store_id,
                     .created_at = manifest.created_at,
                     .tree = manifest.tree,
                     .has_head = manifest.Find(kHeadName) != nullptr};
  for (const BackupFile& file : manifest.files) info.bytes += file.size;
  return info;
}

std::string FormatBackupManifest(const BackupManifest& manifest) {
  std::string text =
      absl::StrCat(ToAbsl(kTitle), "format ", kBackupFormat, "\nnumber ",
                   manifest.number, "\nstore ", manifest.store_id,
                   "\nstore-format ", manifest.store_format, "\n");
  for (const std::string& name : manifest.branched_from) {
    absl::StrAppend(&text, "branched-from ", name, "\n");
  }
  absl::StrAppend(&text, "created ", absl::ToUnixMicros(manifest.created_at),
                  "\nhead ", manifest.tree.size, "\nroot ",
                  manifest.tree.root.ToHex(), "\n");
  for (const BackupFile& file : manifest.files) {
    absl::StrAppend(
        &text, "file ", file.sha256.ToHex(), " ", file.size, " ",
        file.table_id.empty() ? ToAbsl(kNoTableId) : ToAbsl(file.table_id), " ",
        file.name, "\n");
  }
  absl::StrAppend(&text, "sha256 ", audit::Sha256({text}).ToHex(), "\n");
  return text;
}

absl::StatusOr<BackupManifest> ParseBackupManifest(std::string_view text) {
  if (!text.starts_with(kTitle)) return Damaged("it is none");
  // The format first: of a newer one nothing else is known.
  Lines lines(text.substr(kTitle.size()));
  uint64_t format = 0;
  DAYBOOK_RETURN_IF_ERROR(lines.TakeNumber(
      "format", std::numeric_limits<uint32_t>::max(), &format));
  if (format > kBackupFormat) {
    return absl::FailedPreconditionError(
        absl::StrCat("the backup is of format ", format,
                     ", this program reads formats up "
                     "to ",
                     kBackupFormat, ": use a newer daybook"));
  }
  if (format != kBackupFormat) return Damaged("there is no such format");
  const size_t last = text.rfind("sha256 ");
  audit::Hash hash;
  Lines end(last == std::string_view::npos ? "" : text.substr(last));
  DAYBOOK_RETURN_IF_ERROR(end.TakeHash("sha256", &hash));
  if (!end.empty() || audit::Sha256({text.substr(0, last)}) != hash) {
    return Damaged("its hash is not the one that it ends in");
  }
  BackupManifest manifest;
  uint64_t store_format = 0;
  uint64_t micros = 0;
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  DAYBOOK_RETURN_IF_ERROR(lines.TakeNumber("number", kMax, &manifest.number));
  DAYBOOK_RETURN_IF_ERROR(lines.TakeText("store", &manifest.store_id));
  if (!IsFileName(manifest.store_id)) return Damaged("the store has no id");
  DAYBOOK_RETURN_IF_ERROR(lines.TakeNumber(
      "store-format", std::numeric_limits<uint32_t>::max(), &store_format));
  for (std::string_view name; lines.Take("branched-from", &name);) {
    manifest.branched_from.emplace_back(name);
  }
  DAYBOOK_RETURN_IF_ERROR(lines.TakeNumber(
      "created", std::numeric_limits<int64_t>::max(), &micros));
  DAYBOOK_RETURN_IF_ERROR(lines.TakeNumber("head", kMax, &manifest.tree.size));
  DAYBOOK_RETURN_IF_ERROR(lines.TakeHash("root", &manifest.tree.root));
  manifest.store_format = static_cast<uint32_t>(store_format);
  manifest.created_at = absl::FromUnixMicros(static_cast<int64_t>(micros));
  absl::flat_hash_set<std::string> names;
  for (std::string_view line; lines.Take("file", &line);) {
    BackupFile file;
    DAYBOOK_RETURN_IF_ERROR(ParseFile(line, &file));
    if (!names.insert(file.name).second) {
      return Damaged(absl::StrCat("two files are called ", Quoted(file.name)));
    }
    manifest.files.push_back(std::move(file));
  }
  // Nothing but the hash may be left.
  DAYBOOK_RETURN_IF_ERROR(lines.TakeHash("sha256", &hash));
  if (!lines.empty()) return Damaged("something follows its end");
  return manifest;
}

}  // namespace daybook
