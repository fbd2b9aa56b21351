#include "store/branch.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/store/branched_from.h"
#include "daybook/store/event_store.h"
#include "rocksdb/utilities/checkpoint.h"
#include "store/anchor.h"
#include "store/head_table.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

constexpr absl::Duration kGrace = absl::Seconds(10);

absl::Status Exists(const std::string& folder) {
  return absl::AlreadyExistsError(absl::StrCat(folder, " exists already"));
}

absl::Status CopyDatabase(const RocksDb& db, const std::string& to) {
  rocksdb::Checkpoint* made = nullptr;
  rocksdb::Status status = rocksdb::Checkpoint::Create(db.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(to);
  return FromRocks(status, "copy to " + to);
}

absl::Status Fill(const StoreCore& core, const std::string& folder,
                  const StoreIdentity& identity) {
  const Position head = core.tail->head();
  // The index first, so that the log is not behind it.
  DAYBOOK_RETURN_IF_ERROR(CopyDatabase(*core.index, folder + "/index"));
  DAYBOOK_RETURN_IF_ERROR(CopyDatabase(*core.log, folder + "/log"));
  {
    DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<Anchor> anchor,
                             Anchor::Create(folder));
    DAYBOOK_RETURN_IF_ERROR(anchor->Write(head));
    DAYBOOK_RETURN_IF_ERROR(anchor->Sync());
  }
  DAYBOOK_RETURN_IF_ERROR(WriteIdentity(folder, identity));
  // Whether it is whole shows now, not when it is needed.
  StoreOptions options = core.options;
  options.create_if_missing = false;
  options.error_if_exists = false;
  // Copies of heads are the parent's.
  options.tree_heads = TreeHeadOptions::OnDemand();
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EventStore> branch,
                           EventStore::Open(folder, options));
  return branch->Close(kGrace);
}

}  // namespace

absl::StatusOr<std::vector<std::string>> BranchedFrom(const std::string& path) {
  DAYBOOK_ASSIGN_OR_RETURN(const StoreIdentity identity, ReadIdentity(path));
  return identity.branched_from;
}

absl::Status BranchStore(const StoreCore& core, const std::string& folder,
                         const std::string& origin) {
  const std::string path = WholePath(folder);
  DAYBOOK_ASSIGN_OR_RETURN(const bool is_there, IsThere(path));
  if (is_there) return Exists(folder);
  DAYBOOK_RETURN_IF_ERROR(CheckApart(core.path, path));
  StoreIdentity identity = core.identity;
  DAYBOOK_ASSIGN_OR_RETURN(const std::vector<KeptTreeHead> heads,
                           ReadHeadTable(*core.log));
  std::vector<std::string>& parents = identity.branched_from;
  const auto add_name = [&parents](const std::string& name) {
    if (std::ranges::find(parents, name) == parents.end()) {
      parents.push_back(name);
    }
  };
  add_name(absl::StrCat("daybook/", identity.store_id));
  // Each name that the log ever had: its heads go on from one to the next.
  for (const KeptTreeHead& kept : heads) add_name(kept.head.origin);
  if (!origin.empty()) add_name(origin);
  identity.store_id = IdSource::Random()->NewId(absl::Now()).ToString();
  const std::string making = absl::StrCat(path, ".", identity.store_id);
  DAYBOOK_RETURN_IF_ERROR(MakeFolder(making));
  auto remove = absl::MakeCleanup([&making] {
    std::error_code ignored;
    fs::remove_all(making, ignored);
  });
  DAYBOOK_RETURN_IF_ERROR(Fill(core, making, identity));
  if (std::rename(making.c_str(), path.c_str()) != 0) {
    const int problem = errno;
    if (problem == ENOTEMPTY || problem == EEXIST || problem == ENOTDIR) {
      return Exists(folder);
    }
    return ErrnoStatus(problem, absl::StrCat("rename ", making));
  }
  std::move(remove).Cancel();
  return SyncFolder(fs::path(path).parent_path().string());
}

}  // namespace daybook
