#include "daybook/audit/hash.h"

// Of OpenSSL's two ways to hash this is the one marked as deprecated: no fetch,
// no context on the heap, no dispatch, which for the short texts of a tree are
// a fifth to two fifths of the time (audit/README.md, "Decisions"). The code
// that hashes is the same.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "audit/base64.h"

namespace daybook::audit {
namespace {

static_assert(Hash::kSize == SHA256_DIGEST_LENGTH);

// Fails only for a reason that SHA-256 has not got.
void Require(bool succeeded) {
  if (!succeeded) std::abort();
}

}  // namespace

std::optional<Hash> Hash::FromBytes(std::string_view bytes) {
  if (bytes.size() != kSize) return std::nullopt;
  Hash hash;
  std::memcpy(hash.bytes_.data(), bytes.data(), kSize);
  return hash;
}

std::optional<Hash> Hash::FromBase64(std::string_view text) {
  const std::optional<std::string> bytes = DecodeBase64(text);
  return bytes.has_value() ? FromBytes(*bytes) : std::nullopt;
}

std::string Hash::ToHex() const {
  const std::string_view bytes = view();
  return absl::BytesToHexString(absl::string_view(bytes.data(), bytes.size()));
}

std::string Hash::ToBase64() const { return EncodeBase64(view()); }

Hash Sha256(std::initializer_list<std::string_view> parts) {
  SHA256_CTX state;
  Require(SHA256_Init(&state) == 1);
  for (const std::string_view part : parts) {
    Require(SHA256_Update(&state, part.data(), part.size()) == 1);
  }
  std::array<uint8_t, Hash::kSize> digest;
  Require(SHA256_Final(digest.data(), &state) == 1);
  return Hash(digest);
}

Hash LeafHash(std::string_view leaf) {
  return Sha256({std::string_view("\x00", 1), leaf});
}

Hash NodeHash(const Hash& left, const Hash& right) {
  // In one piece, as each piece costs a call.
  std::array<char, 1 + 2 * Hash::kSize> bytes;
  bytes[0] = '\x01';
  std::copy_n(left.bytes().data(), Hash::kSize, bytes.data() + 1);
  std::copy_n(right.bytes().data(), Hash::kSize,
              bytes.data() + 1 + Hash::kSize);
  return Sha256({std::string_view(bytes.data(), bytes.size())});
}

Hash EmptyRoot() { return Sha256({}); }

}  // namespace daybook::audit
