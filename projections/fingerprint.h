// Fingerprints: what states and rows were made by, so that those of another
// shape or logic are not taken for ones of today.

#ifndef DAYBOOK_PROJECTIONS_FINGERPRINT_H_
#define DAYBOOK_PROJECTIONS_FINGERPRINT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "google/protobuf/descriptor.h"

namespace daybook {

// Adds up what a fingerprint is made of. Stored: the same parts give the same
// value in any process.
class FingerprintBuilder {
 public:
  void Add(std::string_view text);
  void Add(uint64_t number);
  // The message and all it refers to.
  void Add(const google::protobuf::Descriptor& type);

  // Never 0.
  uint64_t Finish() const;

 private:
  std::string parts_;
};

}  // namespace daybook

#endif  // DAYBOOK_PROJECTIONS_FINGERPRINT_H_
