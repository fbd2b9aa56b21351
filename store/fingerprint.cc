#include "store/fingerprint.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>
#include <string>

#include "store/metadata_codec.h"

namespace daybook {
namespace {

// OpenSSL fails here only when the process has no memory left.
void Require(bool succeeded) {
  if (!succeeded) std::abort();
}

class Sha256 {
 public:
  // `domain` keeps digests of different things apart.
  explicit Sha256(std::string_view domain) : context_(EVP_MD_CTX_new()) {
    // Looked up once: each EVP_sha256() would look it up anew.
    static EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
    Require(context_ != nullptr && kAlgorithm != nullptr);
    Require(EVP_DigestInit_ex2(context_, kAlgorithm, nullptr) == 1);
    Bytes(domain);
    Bytes(std::string_view("\0", 1));
  }
  ~Sha256() { EVP_MD_CTX_free(context_); }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Bytes(std::string_view bytes) {
    Require(EVP_DigestUpdate(context_, bytes.data(), bytes.size()) == 1);
  }

  void Number(uint64_t number) {
    char bytes[sizeof(number)];
    for (char& byte : bytes) {
      byte = static_cast<char>(number & 0xFF);
      number >>= 8;
    }
    Bytes(std::string_view(bytes, sizeof(bytes)));
  }

  void String(std::string_view text) {
    Number(text.size());
    Bytes(text);
  }

  Fingerprint Finish() {
    std::array<uint8_t, 32> digest;
    Require(EVP_DigestFinal_ex(context_, digest.data(), nullptr) == 1);
    Fingerprint fingerprint;
    std::copy_n(digest.begin(), fingerprint.size(), fingerprint.begin());
    return fingerprint;
  }

 private:
  EVP_MD_CTX* const context_;
};

}  // namespace

Fingerprint AppendFingerprint(const AppendRequest& request) {
  Sha256 sha("daybook append v1");
  sha.Number(request.events.size());
  for (const StreamEvent& stream_event : request.events) {
    const NewEvent& event = stream_event.event;
    sha.String(stream_event.stream);
    sha.String(event.type);
    sha.String(event.payload);
    sha.String(event.content_type);
    sha.Number(event.tags.size());
    for (const std::string& tag : event.tags) sha.String(tag);
    sha.String(EncodeMetadata(event.metadata));
    sha.String(event.source);
    std::string_view id;
    if (event.id.has_value() &&
        (!event.signature.has_value() || event.signature->bytes.empty())) {
      id = {reinterpret_cast<const char*>(event.id->bytes().data()),
            EventId::kSize};
    }
    sha.String(id);
  }
  return sha.Finish();
}

Fingerprint AppendKeyHash(std::string_view key) {
  Sha256 sha("daybook append key v1");
  sha.Bytes(key);
  return sha.Finish();
}

}  // namespace daybook
