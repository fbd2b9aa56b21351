#include "tools/sha256.h"

#include <openssl/evp.h>

#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"

namespace daybook::tools {
namespace {

EVP_MD_CTX* ContextOf(void* context) {
  return static_cast<EVP_MD_CTX*>(context);
}

// Only a lack of memory, or an OpenSSL without SHA-256, makes one fail.
void Require(bool done) {
  if (!done) std::abort();
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  Require(context_ != nullptr);
  Require(EVP_DigestInit_ex(ContextOf(context_), EVP_sha256(), nullptr) == 1);
}

Sha256::~Sha256() { EVP_MD_CTX_free(ContextOf(context_)); }

void Sha256::Add(std::string_view bytes) {
  Require(EVP_DigestUpdate(ContextOf(context_), bytes.data(), bytes.size()) ==
          1);
}

Sha256Digest Sha256::Finish() {
  Sha256Digest digest;
  Require(EVP_DigestFinal_ex(ContextOf(context_), digest.data(), nullptr) == 1);
  // The same algorithm again, without looking it up.
  Require(EVP_DigestInit_ex(ContextOf(context_), nullptr, nullptr) == 1);
  return digest;
}

Sha256Digest Sha256Of(std::string_view bytes) {
  Sha256 hash;
  hash.Add(bytes);
  return hash.Finish();
}

std::string Hex(const Sha256Digest& digest) {
  return absl::BytesToHexString(absl::string_view(
      reinterpret_cast<const char*>(digest.data()), digest.size()));
}

}  // namespace daybook::tools
