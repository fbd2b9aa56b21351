// Which daybook this is.

#ifndef DAYBOOK_STORE_VERSION_H_
#define DAYBOOK_STORE_VERSION_H_

#include <string>
#include <string_view>

namespace daybook {

// Returns daybook's version, "major.minor.patch".
std::string_view Version();

// Returns the versions of daybook and of the libraries it runs on, for people
// and for bug reports: "daybook 0.1.0 (rocksdb 7.8.3, protobuf 3.21.12)".
std::string VersionDetails();

}  // namespace daybook

#endif  // DAYBOOK_STORE_VERSION_H_
