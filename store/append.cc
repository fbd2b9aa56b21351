#include "daybook/store/append.h"

#include "absl/strings/str_cat.h"

namespace daybook {

std::string ExpectedRevision::ToString() const {
  switch (kind_) {
    case Kind::kAny:
      return "any";
    case Kind::kNoStream:
      return "no stream";
    case Kind::kExists:
      return "exists";
    case Kind::kExactly:
      break;
  }
  return absl::StrCat(revision_.value());
}

}  // namespace daybook
