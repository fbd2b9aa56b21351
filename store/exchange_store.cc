#include "store/exchange_store.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/store_folder.h"
#include "store/strings.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kReady = "recovered-";
constexpr std::string_view kDamaged = "damaged-";

bool Exists(const std::string& path) {
  std::error_code error;
  return fs::exists(fs::symlink_status(path, error));
}

// The numbers N of folders PREFIX-N in `path`.
absl::StatusOr<std::vector<uint64_t>> Numbers(const std::string& path,
                                              std::string_view prefix) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<std::string> names,
                           ListFolder(path));
  std::vector<uint64_t> numbers;
  for (const std::string& name : names) {
    uint64_t number;
    if (name.starts_with(prefix) &&
        absl::SimpleAtoi(name.substr(prefix.size()), &number)) {
      numbers.push_back(number);
    }
  }
  return numbers;
}

absl::Status Move(const std::string& from, const std::string& to) {
  if (std::rename(from.c_str(), to.c_str()) == 0) return absl::OkStatus();
  return ErrnoStatus(errno, absl::StrCat("rename ", from, " to ", to));
}

absl::Status Remove(const std::string& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) return ErrnoStatus(error.value(), "remove " + path);
  return absl::OkStatus();
}

bool SameStore(const std::string& a, const std::string& b) {
  const auto identity_a = ReadIdentity(a);
  const auto identity_b = ReadIdentity(b);
  return identity_a.ok() && identity_b.ok() &&
         identity_a->store_id == identity_b->store_id;
}

}  // namespace

StoreExchange::StoreExchange(std::string path, uint64_t number)
    : path_(std::move(path)), number_(number) {}

std::string StoreExchange::making_folder() const {
  return path_ + "/recover-making";
}

std::string StoreExchange::ready_folder() const {
  return absl::StrCat(path_, "/", ToAbsl(kReady), number_);
}

std::string StoreExchange::damaged_folder() const {
  return absl::StrCat(path_, "/", ToAbsl(kDamaged), number_);
}

absl::StatusOr<std::optional<StoreExchange>> StoreExchange::FindBegun(
    const std::string& path) {
  std::optional<StoreExchange> begun;
  if (Exists(path + "/log")) return begun;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> numbers,
                           Numbers(path, kReady));
  for (const uint64_t number : numbers) {
    const StoreExchange exchange(path, number);
    if (Exists(exchange.ready_folder() + "/log/CURRENT") &&
        Exists(exchange.damaged_folder())) {
      begun = exchange;
    }
  }
  return begun;
}

absl::StatusOr<StoreExchange> StoreExchange::Prepare(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> ready,
                           Numbers(path, kReady));
  for (const uint64_t number : ready) {
    DAYBOOK_RETURN_IF_ERROR(
        Remove(absl::StrCat(path, "/", ToAbsl(kReady), number)));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<uint64_t> damaged,
                           Numbers(path, kDamaged));
  uint64_t last = 0;
  for (const uint64_t number : damaged) last = std::max(last, number);
  StoreExchange exchange(path, last + 1);
  DAYBOOK_RETURN_IF_ERROR(Remove(exchange.making_folder()));
  return exchange;
}

absl::Status StoreExchange::PutIdentity() const {
  const std::string used = path_ + "/STORE";
  const std::string ready = ready_folder() + "/STORE";
  if (!Exists(ready) || SameStore(path_, ready_folder())) {
    return absl::OkStatus();
  }
  const std::string kept = damaged_folder() + "/STORE";
  if (Exists(used) && !Exists(kept)) {
    // Without a moment in which there is none: a folder with neither STORE nor
    // log is no store to anybody.
    std::error_code error;
    fs::create_hard_link(used, kept, error);
    if (error) DAYBOOK_RETURN_IF_ERROR(Move(used, kept));
  }
  return Move(ready, used);
}

absl::Status StoreExchange::Begin() const {
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(making_folder()));
  DAYBOOK_RETURN_IF_ERROR(Move(making_folder(), ready_folder()));
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(damaged_folder()));
  // Before the log goes, so that a log always has an identity beside it.
  DAYBOOK_RETURN_IF_ERROR(PutIdentity());
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(path_));
  if (Exists(path_ + "/log")) {
    DAYBOOK_RETURN_IF_ERROR(Move(path_ + "/log", damaged_folder() + "/log"));
    // Its new name first: without it a power cut could take both.
    DAYBOOK_RETURN_IF_ERROR(SyncFolder(damaged_folder()));
  }
  return SyncFolder(path_);
}

absl::Status StoreExchange::Finish() const {
  // Where there was no log, the exchange counts as begun before this is done.
  DAYBOOK_RETURN_IF_ERROR(PutIdentity());
  // A HEAD of what the log was goes, also where no new one takes its place; a
  // new one is there only where there was an old one.
  for (const char* name : {"HEAD", "ANCHOR", "index"}) {
    const std::string used = absl::StrCat(path_, "/", name);
    const std::string ready = absl::StrCat(ready_folder(), "/", name);
    const std::string kept = absl::StrCat(damaged_folder(), "/", name);
    // What is not among the new files any more is in use already.
    const bool is_old = Exists(ready) || name == std::string_view("HEAD");
    if (is_old && Exists(used) && !Exists(kept)) {
      DAYBOOK_RETURN_IF_ERROR(Move(used, kept));
    }
    if (Exists(ready)) DAYBOOK_RETURN_IF_ERROR(Move(ready, used));
  }
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(damaged_folder()));
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(path_));
  DAYBOOK_RETURN_IF_ERROR(Move(ready_folder() + "/log", path_ + "/log"));
  DAYBOOK_RETURN_IF_ERROR(SyncFolder(path_));
  return Remove(ready_folder());
}

}  // namespace daybook
