// SHA-256, by OpenSSL.

#ifndef DAYBOOK_TOOLS_SHA256_H_
#define DAYBOOK_TOOLS_SHA256_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook::tools {

using Sha256Digest = std::array<uint8_t, 32>;

// Hashes one text after the other. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Add(std::string_view bytes);
  // The digest of everything added since the last Finish().
  Sha256Digest Finish();

 private:
  void* context_;
};

Sha256Digest Sha256Of(std::string_view bytes);

// Lower-case hexadecimal digits.
std::string Hex(const Sha256Digest& digest);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_SHA256_H_
