// Writes the golden store: tests/store/golden_store.h.

#include <cstdio>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "tests/store/golden_store.h"

namespace daybook {
namespace {

absl::Status Write(const std::string& folder) {
  GoldenOptions options;
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<EventStore> store,
                           EventStore::Open(folder, options.get()));
  DAYBOOK_RETURN_IF_ERROR(FillGoldenStore(*store, options.clock()));
  DAYBOOK_RETURN_IF_ERROR(store->Close(absl::Minutes(1)));
  // RocksDB leaves them behind and needs none of them.
  for (const char* part : {"log", "index"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(folder + "/" + part)) {
      const std::string name = entry.path().filename();
      if (name.starts_with("OPTIONS") || name == "LOCK") {
        std::filesystem::remove(entry.path());
      }
    }
  }
  std::filesystem::remove(folder + "/LOCK");
  return absl::OkStatus();
}

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: write_golden_store FOLDER\n");
    return 2;
  }
  const absl::Status status = daybook::Write(argv[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
