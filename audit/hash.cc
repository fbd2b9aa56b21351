#include "daybook/audit/hash.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "audit/base64.h"

namespace daybook::audit {
namespace {

// OpenSSL fails here only when the process has no memory left.
void Require(bool succeeded) {
  if (!succeeded) std::abort();
}

// One context a thread: making one takes two allocations, and a fifth of the
// time of a node's hash. The pointer has no destructor: whoever hashes after
// the thread's own objects are gone, such as a static object's destructor, gets
// a new context.
thread_local EVP_MD_CTX* thread_context = nullptr;

struct ContextOwner {
  ~ContextOwner() {
    EVP_MD_CTX_free(thread_context);
    thread_context = nullptr;
  }
};

EVP_MD_CTX* MakeContext() {
  // Looked up once: each EVP_sha256() would look it up anew.
  static EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  thread_context = EVP_MD_CTX_new();
  Require(kAlgorithm != nullptr && thread_context != nullptr);
  Require(EVP_DigestInit_ex2(thread_context, kAlgorithm, nullptr) == 1);
  thread_local ContextOwner owner;
  static_cast<void>(owner);
  return thread_context;
}

Hash Digest(const std::string_view* parts, size_t count) {
  EVP_MD_CTX* const context =
      thread_context != nullptr ? thread_context : MakeContext();
  // The same algorithm again.
  Require(EVP_DigestInit_ex2(context, nullptr, nullptr) == 1);
  for (size_t i = 0; i < count; ++i) {
    Require(EVP_DigestUpdate(context, parts[i].data(), parts[i].size()) == 1);
  }
  std::array<uint8_t, Hash::kSize> digest;
  Require(EVP_DigestFinal_ex(context, digest.data(), nullptr) == 1);
  return Hash(digest);
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
  return Digest(parts.begin(), parts.size());
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
