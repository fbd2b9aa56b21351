#include "daybook/store/version.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "google/protobuf/stubs/common.h"
#include "rocksdb/version.h"

namespace daybook {

std::string_view Version() { return DAYBOOK_VERSION; }

std::string VersionDetails() {
  return absl::StrCat(
      "daybook ", DAYBOOK_VERSION, " (rocksdb ",
      rocksdb::GetRocksVersionAsString(), ", protobuf ",
      google::protobuf::internal::VersionString(GOOGLE_PROTOBUF_VERSION), ")");
}

}  // namespace daybook
