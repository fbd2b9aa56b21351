#include "daybook/audit/note_key.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "audit/base64.h"
#include "audit/coding.h"
#include "audit/text.h"
#include "daybook/audit/hash.h"

namespace daybook::audit {
namespace {

// The signature type that c2sp.org/signed-note assigned.
constexpr char kEd25519 = 1;
constexpr size_t kSignatureSize = 64;
constexpr std::string_view kSecretPrefix = "PRIVATE+KEY+";

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

// OpenSSL fails here only when the process has no memory left.
void Require(bool succeeded) {
  if (!succeeded) std::abort();
}

// Leaves the thread's queue of OpenSSL errors as it was: a program may have
// errors of its own there.
class ErrorScope {
 public:
  ErrorScope() { ERR_set_mark(); }
  ~ErrorScope() { ERR_pop_to_mark(); }
  ErrorScope(const ErrorScope&) = delete;
  ErrorScope& operator=(const ErrorScope&) = delete;
};

const unsigned char* BytesOf(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

template <size_t size>
std::string_view ViewOf(const std::array<uint8_t, size>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), size};
}

void Wipe(std::string* text) { OPENSSL_cleanse(text->data(), text->size()); }

// A text that is wiped when it goes.
struct Secret {
  ~Secret() { Wipe(&text); }
  std::string text;
};

Key PrivateKey(const std::array<uint8_t, 32>& seed) {
  Key key(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(),
                                       seed.size()),
          EVP_PKEY_free);
  Require(key != nullptr);
  return key;
}

uint32_t KeyId(std::string_view name, std::string_view typed_key) {
  const Hash hash = Sha256({name, "\n", typed_key});
  std::string_view bytes = hash.view();
  uint32_t id = 0;
  TakeNumber(&bytes, &id);
  return id;
}

std::string TypedKey(std::string_view key) {
  std::string typed(1, kEd25519);
  typed.append(key);
  return typed;
}

// What both forms of keys are after their prefix: name, id, type and key.
struct KeyParts {
  std::string_view name;
  std::string_view id;
  Secret typed_key;
};

absl::Status SplitKey(std::string_view text, KeyParts* parts) {
  const size_t name_end = text.find('+');
  const size_t id_end = name_end == std::string_view::npos
                            ? std::string_view::npos
                            : text.find('+', name_end + 1);
  if (id_end == std::string_view::npos) {
    return absl::InvalidArgumentError("a key has the form name+id+base64");
  }
  parts->name = text.substr(0, name_end);
  parts->id = text.substr(name_end + 1, id_end - name_end - 1);
  if (absl::Status checked = CheckKeyName(parts->name); !checked.ok()) {
    return checked;
  }
  std::optional<std::string> typed_key = DecodeBase64(text.substr(id_end + 1));
  if (!typed_key.has_value() || typed_key->empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "what follows the id of key ", Quoted(parts->name), " is no base64"));
  }
  parts->typed_key.text = *typed_key;
  Wipe(&*typed_key);
  const std::string& key = parts->typed_key.text;
  if (key.front() != kEd25519) {
    return absl::InvalidArgumentError(absl::StrCat(
        "key ", Quoted(parts->name), " is of type ",
        static_cast<uint8_t>(key.front()), "; only Ed25519, 1, is known"));
  }
  if (key.size() != 1 + VerifierKey::kSize) {
    return absl::InvalidArgumentError(
        absl::StrCat("key ", Quoted(parts->name), " has ", key.size() - 1,
                     " bytes, not ", VerifierKey::kSize));
  }
  return absl::OkStatus();
}

absl::Status CheckId(const KeyParts& parts, uint32_t id) {
  if (parts.id == absl::StrFormat("%08x", id)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrFormat("the id of key %s is %08x; it can't be what is said",
                      Quoted(parts.name), id));
}

}  // namespace

absl::Status CheckKeyName(std::string_view name) {
  bool is_name = !name.empty() && IsNoteLine(name);
  for (std::string_view rest = name; is_name && !rest.empty();) {
    const char32_t point = *TakeCodePoint(&rest);
    is_name = !IsSpace(point) && point != '+';
  }
  if (is_name) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(Quoted(name),
                   " is no name of a key: it must be UTF-8 without white "
                   "space, control characters and '+', and not empty"));
}

VerifierKey::VerifierKey(std::string_view name, const Bytes& public_key)
    : name_(name),
      id_(KeyId(name, TypedKey(ViewOf(public_key)))),
      public_key_(public_key) {}

absl::StatusOr<VerifierKey> VerifierKey::Make(std::string_view name,
                                              const Bytes& public_key) {
  const absl::Status checked = CheckKeyName(name);
  if (!checked.ok()) return checked;
  return VerifierKey(name, public_key);
}

absl::StatusOr<VerifierKey> VerifierKey::Parse(std::string_view text) {
  if (text.starts_with(kSecretPrefix)) {
    return absl::InvalidArgumentError(
        "this is a private key; give the public one instead");
  }
  KeyParts parts;
  if (const absl::Status split = SplitKey(text, &parts); !split.ok()) {
    return split;
  }
  Bytes public_key;
  std::copy_n(parts.typed_key.text.begin() + 1, kSize, public_key.begin());
  VerifierKey key(parts.name, public_key);
  if (const absl::Status checked = CheckId(parts, key.id_); !checked.ok()) {
    return checked;
  }
  return key;
}

std::string VerifierKey::ToString() const {
  return absl::StrFormat("%s+%08x+%s", name_, id_,
                         EncodeBase64(TypedKey(ViewOf(public_key_))));
}

bool VerifierKey::Verify(std::string_view text,
                         std::string_view signature) const {
  if (signature.size() != kSignatureSize) return false;
  const ErrorScope errors;
  const Key key(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, public_key_.data(),
                                  public_key_.size()),
      EVP_PKEY_free);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Require(key != nullptr && context != nullptr);
  Require(EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr,
                               key.get()) == 1);
  return EVP_DigestVerify(context.get(), BytesOf(signature), signature.size(),
                          BytesOf(text), text.size()) == 1;
}

NoteSigner::NoteSigner(const Seed& seed, VerifierKey verifier_key)
    : seed_(seed), verifier_key_(std::move(verifier_key)) {}

NoteSigner::~NoteSigner() { OPENSSL_cleanse(seed_.data(), seed_.size()); }

NoteSigner::NoteSigner(NoteSigner&& other) noexcept
    : seed_(other.seed_), verifier_key_(std::move(other.verifier_key_)) {
  OPENSSL_cleanse(other.seed_.data(), other.seed_.size());
}

NoteSigner& NoteSigner::operator=(NoteSigner&& other) noexcept {
  if (this == &other) return *this;
  seed_ = other.seed_;
  verifier_key_ = std::move(other.verifier_key_);
  OPENSSL_cleanse(other.seed_.data(), other.seed_.size());
  return *this;
}

absl::StatusOr<NoteSigner> NoteSigner::FromSeed(std::string_view name,
                                                const Seed& seed) {
  const Key key = PrivateKey(seed);
  VerifierKey::Bytes public_key;
  size_t size = public_key.size();
  Require(EVP_PKEY_get_raw_public_key(key.get(), public_key.data(), &size) ==
              1 &&
          size == public_key.size());
  absl::StatusOr<VerifierKey> verifier_key =
      VerifierKey::Make(name, public_key);
  if (!verifier_key.ok()) return verifier_key.status();
  return NoteSigner(seed, *std::move(verifier_key));
}

absl::StatusOr<NoteSigner> NoteSigner::Generate(std::string_view name) {
  // Any 32 bytes are a private key (RFC 8032, section 5.1.5).
  Seed seed;
  const ErrorScope errors;
  if (RAND_priv_bytes(seed.data(), seed.size()) != 1) {
    return absl::InternalError("OpenSSL has no randomness to make a key of");
  }
  absl::StatusOr<NoteSigner> signer = FromSeed(name, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  return signer;
}

absl::StatusOr<NoteSigner> NoteSigner::Parse(std::string_view secret_text) {
  if (!secret_text.starts_with(kSecretPrefix)) {
    return absl::InvalidArgumentError(
        "a private key begins with \"PRIVATE+KEY+\"");
  }
  KeyParts parts;
  if (!SplitKey(secret_text.substr(kSecretPrefix.size()), &parts).ok()) {
    // Its message may repeat what it took for a name.
    return absl::InvalidArgumentError(
        "a private key has the form PRIVATE+KEY+name+id+base64, of an Ed25519 "
        "key");
  }
  Seed seed;
  std::copy_n(parts.typed_key.text.begin() + 1, seed.size(), seed.begin());
  absl::StatusOr<NoteSigner> signer = FromSeed(parts.name, seed);
  OPENSSL_cleanse(seed.data(), seed.size());
  if (!signer.ok()) return signer;
  const absl::Status checked = CheckId(parts, signer->verifier_key().id());
  if (!checked.ok()) return checked;
  return signer;
}

std::string NoteSigner::ToSecretText() const {
  const Secret typed_key = {TypedKey(ViewOf(seed_))};
  const Secret encoded = {EncodeBase64(typed_key.text)};
  const std::string name = absl::StrFormat(
      "%s%s+%08x+", kSecretPrefix, verifier_key_.name(), verifier_key_.id());
  std::string text;
  // With room for the end of a line: moving the secret would leave a copy.
  text.reserve(name.size() + encoded.text.size() + 1);
  text += name;
  text += encoded.text;
  return text;
}

NoteSignature NoteSigner::Sign(std::string_view text) const {
  const Key key = PrivateKey(seed_);
  const Context context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  Require(context != nullptr);
  Require(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr,
                             key.get()) == 1);
  std::string signature(kSignatureSize, '\0');
  size_t size = signature.size();
  Require(EVP_DigestSign(context.get(),
                         reinterpret_cast<unsigned char*>(signature.data()),
                         &size, BytesOf(text), text.size()) == 1 &&
          size == kSignatureSize);
  return {verifier_key_.name(), verifier_key_.id(), std::move(signature)};
}

}  // namespace daybook::audit
