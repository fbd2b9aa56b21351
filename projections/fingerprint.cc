#include "projections/fingerprint.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "daybook/store/schema.h"
#include "store/checksum.h"
#include "store/strings.h"

namespace daybook {

// Keeps these hashes apart from others; stored.
constexpr uint64_t kSeed = 51500;

void FingerprintBuilder::Add(std::string_view text) {
  absl::StrAppend(&parts_, text.size(), ":", ToAbsl(text));
}

void FingerprintBuilder::Add(uint64_t number) {
  absl::StrAppend(&parts_, number, ";");
}

void FingerprintBuilder::Add(const google::protobuf::Descriptor& type) {
  const absl::StatusOr<Schema> schema = MakeSchema("state", type);
  // "state" is an event type, so there is one.
  if (schema.ok()) Add(schema->hash.value());
}

uint64_t FingerprintBuilder::Finish() const {
  return std::max<uint64_t>(StableHash(parts_, kSeed), 1);
}

}  // namespace daybook
