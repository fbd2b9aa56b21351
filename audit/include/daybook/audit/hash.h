// SHA-256, and the three ways a Merkle log hashes (RFC 6962, section 2.1): a
// leaf, two halves of a tree, no leaves at all. By OpenSSL.
//
//   Hash leaf = LeafHash(EncodeLeaf(...));
//   Hash root = NodeHash(leaf, LeafHash("another"));
//   std::cout << root.ToHex();
//
// The byte that a leaf and a node begin with keeps them apart, so that nobody
// can show a node for a leaf.

#ifndef DAYBOOK_AUDIT_HASH_H_
#define DAYBOOK_AUDIT_HASH_H_

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

namespace daybook::audit {

// 32 bytes. Ordered and compared as bytes, not in constant time: hashes are no
// secrets.
class Hash {
 public:
  static constexpr size_t kSize = 32;

  // All bytes zero.
  constexpr Hash() : bytes_{} {}
  constexpr explicit Hash(const std::array<uint8_t, kSize>& bytes)
      : bytes_(bytes) {}

  // Nothing unless `bytes` are exactly kSize ones.
  static std::optional<Hash> FromBytes(std::string_view bytes);
  // Nothing unless `text` is the base64 of a hash as ToBase64() writes it.
  static std::optional<Hash> FromBase64(std::string_view text);

  const std::array<uint8_t, kSize>& bytes() const { return bytes_; }
  // Valid as long as this hash.
  std::string_view view() const {
    return {reinterpret_cast<const char*>(bytes_.data()), kSize};
  }
  // 64 lower-case digits.
  std::string ToHex() const;
  // 44 characters, with padding (RFC 4648, section 4).
  std::string ToBase64() const;

  friend auto operator<=>(const Hash&, const Hash&) = default;  // NOLINT
  template <typename H>
  friend H AbslHashValue(H state, const Hash& hash) {
    return H::combine(std::move(state), hash.bytes_);
  }
  friend std::ostream& operator<<(std::ostream& out, const Hash& hash) {
    return out << hash.ToHex();
  }

 private:
  std::array<uint8_t, kSize> bytes_;
};

// Hashes the parts one after the other, as if they were one text. Thread-safe,
// as everything here. Cost: 30 ns for each 64 bytes on a processor with SHA
// instructions, and 15 ns; no allocation.
Hash Sha256(std::initializer_list<std::string_view> parts);

// The hash of a leaf: of a zero byte and `leaf`.
Hash LeafHash(std::string_view leaf);

// The hash of a tree of the two trees with these roots: of a byte of one and
// both.
Hash NodeHash(const Hash& left, const Hash& right);

// The root of a tree without leaves: the hash of nothing.
Hash EmptyRoot();

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_HASH_H_
