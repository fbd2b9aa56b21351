#include "daybook/replay/views.h"

#include <map>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "daybook/replay/stored_views.h"
#include "daybook/replay/view_fold.h"
#include "replay/async_stored_view.h"
#include "replay/inline_stored_view.h"
#include "replay/memory_rows.h"
#include "replay/stored_view.h"
#include "replay/view_catalog.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// A view that was added.
struct Entry {
  std::shared_ptr<const AnyProjection> projection;
  // Null for a live one.
  std::shared_ptr<StoredView> stored;
};

absl::Status NoSuchView(std::string_view name) {
  return absl::NotFoundError(absl::StrCat("there is no view ", Quoted(name)));
}

absl::StatusOr<AnyView> FoldAsOf(
    EventStore& store, const std::shared_ptr<const AnyProjection>& projection,
    const AsOf& as_of) {
  DAYBOOK_ASSIGN_OR_RETURN(const FoldedRows folded,
                           FoldView(store, *projection, {.as_of = as_of}));
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<const RowReader> rows,
                           MakeMemoryRows(*projection, folded));
  return AnyView(projection, std::move(rows), kMemoryTable,
                 folded.next_position());
}

}  // namespace

std::string_view ToString(ViewState state) {
  switch (state) {
    case ViewState::kLive:
      return "live";
    case ViewState::kBuilding:
      return "building";
    case ViewState::kRunning:
      return "running";
    case ViewState::kLagging:
      return "lagging";
    case ViewState::kFailed:
      return "failed";
  }
  return "unknown";
}

std::string_view ToString(ViewMode mode) {
  switch (mode) {
    case ViewMode::kLive:
      return "live";
    case ViewMode::kInline:
      return "inline";
    case ViewMode::kAsync:
      return "async";
  }
  return "unknown";
}

class Views::Impl {
 public:
  Impl(EventStore& store, const ViewsOptions& options)
      : shared{store, options,
               options.clock != nullptr ? options.clock : Clock::System()} {}

  absl::StatusOr<Entry> Find(std::string_view name) {
    MutexLock lock(&mutex);
    const auto found = entries.find(name);
    if (found == entries.end()) return NoSuchView(name);
    return found->second;
  }
  // Likewise, but for a live view, which has no rows to do anything with.
  absl::StatusOr<std::shared_ptr<StoredView>> FindStored(
      std::string_view name) {
    DAYBOOK_ASSIGN_OR_RETURN(Entry entry, Find(name));
    if (entry.stored != nullptr) return entry.stored;
    return absl::FailedPreconditionError(
        absl::StrCat("view ", Quoted(name), " is live: it has no rows"));
  }

  ViewsShared shared;
  Mutex mutex;
  std::map<std::string, Entry, std::less<>> entries ABSL_GUARDED_BY(mutex);
};

Views::Views(EventStore& store, const ViewsOptions& options)
    : impl_(std::make_unique<Impl>(store, options)) {}

Views::~Views() {
  std::map<std::string, Entry, std::less<>> entries;
  {
    MutexLock lock(&impl_->mutex);
    entries.swap(impl_->entries);
  }
  for (auto& [name, entry] : entries) {
    if (entry.stored != nullptr) entry.stored->Stop();
  }
}

absl::Status Views::Add(const std::shared_ptr<const AnyProjection>& projection,
                        ViewMode mode) {
  Entry entry{.projection = projection};
  if (mode == ViewMode::kInline) {
    entry.stored =
        std::make_shared<InlineStoredView>(&impl_->shared, projection);
  } else if (mode == ViewMode::kAsync) {
    entry.stored =
        std::make_shared<AsyncStoredView>(&impl_->shared, projection);
  }
  const std::string& name = projection->name();
  {
    MutexLock lock(&impl_->mutex);
    if (!impl_->entries.emplace(name, entry).second) {
      return absl::AlreadyExistsError(
          absl::StrCat("view ", Quoted(name), " was added before"));
    }
  }
  if (entry.stored == nullptr) return absl::OkStatus();
  absl::Status started = entry.stored->Start();
  if (!started.ok()) {
    MutexLock lock(&impl_->mutex);
    impl_->entries.erase(name);
  }
  return started;
}

absl::StatusOr<AnyView> Views::Read(std::string_view name, const AsOf& as_of) {
  DAYBOOK_ASSIGN_OR_RETURN(const Entry entry, impl_->Find(name));
  if (entry.stored != nullptr && as_of.is_now()) return entry.stored->Read();
  return FoldAsOf(impl_->shared.store, entry.projection, as_of);
}

absl::Status Views::WaitFor(std::string_view name, Position position,
                            absl::Duration timeout) {
  DAYBOOK_ASSIGN_OR_RETURN(const Entry entry, impl_->Find(name));
  if (entry.stored != nullptr) return entry.stored->WaitFor(position, timeout);
  return impl_->shared.store.WaitForEvent(position, timeout);
}

absl::Status Views::Rebuild(std::string_view name,
                            const RebuildOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<StoredView> view,
                           impl_->FindStored(name));
  return view->Rebuild(options);
}

absl::StatusOr<std::vector<ViewStatus>> Views::Status() {
  std::map<std::string, Entry, std::less<>> entries;
  {
    MutexLock lock(&impl_->mutex);
    entries = impl_->entries;
  }
  std::vector<ViewStatus> all;
  for (const auto& [name, entry] : entries) {
    if (entry.stored == nullptr) {
      all.push_back({.name = name,
                     .version = entry.projection->version(),
                     .next_position = impl_->shared.store.Head()});
      continue;
    }
    DAYBOOK_ASSIGN_OR_RETURN(ViewStatus status, entry.stored->Status());
    all.push_back(std::move(status));
  }
  return all;
}

absl::StatusOr<std::vector<ParkedKey>> Views::Parked(std::string_view name) {
  DAYBOOK_RETURN_IF_ERROR(impl_->FindStored(name).status());
  absl::StatusOr<std::vector<ParkedKey>> parked =
      ListParked(impl_->shared.store, name);
  // No rows, so none that is parked.
  if (absl::IsNotFound(parked.status())) return std::vector<ParkedKey>();
  return parked;
}

absl::Status Views::Resume(std::string_view name, std::string_view key) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::shared_ptr<StoredView> view,
                           impl_->FindStored(name));
  return view->Resume(key);
}

absl::Status Views::Drop(std::string_view name, bool all) {
  if (all && impl_->Find(name).ok()) {
    return absl::FailedPreconditionError(
        absl::StrCat("view ", Quoted(name), " is in use"));
  }
  MutexLock lock(&impl_->shared.catalog_mutex);
  return DropTables(impl_->shared.store, name, all);
}

}  // namespace daybook
