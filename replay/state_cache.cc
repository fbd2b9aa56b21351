#include "daybook/replay/state_cache.h"

#include <list>
#include <unordered_map>

#include "absl/strings/str_cat.h"
#include "store/mutex.h"
#include "store/strings.h"

namespace daybook::internal {

struct StateCacheMap::Impl {
  struct Entry {
    std::string name;
    CachedState cached;
  };

  explicit Impl(size_t count_max) : state_count_max(count_max) {}

  const size_t state_count_max;
  mutable Mutex mutex;
  // The one used last comes first.
  std::list<Entry> entries ABSL_GUARDED_BY(mutex);
  std::unordered_map<std::string, std::list<Entry>::iterator> by_name
      ABSL_GUARDED_BY(mutex);
};

StateCacheMap::StateCacheMap(size_t state_count_max)
    : impl_(std::make_unique<Impl>(state_count_max)) {}

StateCacheMap::~StateCacheMap() = default;

std::optional<CachedState> StateCacheMap::Find(const std::string& name) {
  MutexLock lock(&impl_->mutex);
  const auto found = impl_->by_name.find(name);
  if (found == impl_->by_name.end()) return std::nullopt;
  impl_->entries.splice(impl_->entries.begin(), impl_->entries, found->second);
  return found->second->cached;
}

void StateCacheMap::Put(const std::string& name, CachedState cached) {
  if (impl_->state_count_max == 0) return;
  // Outlives the lock, so that what is dropped is freed without it.
  std::list<Impl::Entry> dropped;
  MutexLock lock(&impl_->mutex);
  const auto found = impl_->by_name.find(name);
  if (found != impl_->by_name.end()) {
    Impl::Entry& entry = *found->second;
    if (entry.cached.place.head <= cached.place.head) {
      std::swap(entry.cached, cached);
    }
    return;
  }
  impl_->entries.push_front({name, std::move(cached)});
  impl_->by_name[name] = impl_->entries.begin();
  if (impl_->entries.size() > impl_->state_count_max) {
    impl_->by_name.erase(impl_->entries.back().name);
    dropped.splice(dropped.begin(), impl_->entries,
                   std::prev(impl_->entries.end()));
  }
}

void StateCacheMap::Erase(const std::string& name) {
  MutexLock lock(&impl_->mutex);
  const auto found = impl_->by_name.find(name);
  if (found == impl_->by_name.end()) return;
  impl_->entries.erase(found->second);
  impl_->by_name.erase(found);
}

size_t StateCacheMap::size() const {
  MutexLock lock(&impl_->mutex);
  return impl_->entries.size();
}

std::string CacheName(std::string_view stream) {
  return absl::StrCat("s", ToAbsl(stream));
}

// Every part after its length, so that no two queries have one name.
std::string CacheName(const Query& query) {
  std::string name = "q";
  const auto add = [&name](const std::string& part) {
    absl::StrAppend(&name, part.size(), ":", part);
  };
  const auto add_all = [&](const std::vector<std::string>& parts) {
    absl::StrAppend(&name, parts.size(), "/");
    for (const std::string& part : parts) add(part);
  };
  for (const QueryItem& item : query.items) {
    add_all(item.types);
    add_all(item.tags);
    add(item.category);
    add(item.correlation_id);
  }
  return name;
}

absl::StatusOr<bool> StillBeginsAt(EventStore& store, std::string_view stream,
                                   Revision first_revision) {
  const absl::StatusOr<StreamInfo> info = store.GetStream(stream);
  if (absl::IsNotFound(info.status())) return false;
  if (!info.ok()) return info.status();
  return info->first_revision == first_revision;
}

}  // namespace daybook::internal
