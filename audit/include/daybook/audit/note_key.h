// Ed25519 keys by the name of who signs (https://c2sp.org/signed-note): a key
// to verify with, which is given to everybody, and one to sign with, which is
// not.
//
//   auto signer = NoteSigner::Generate("shop.example/log");
//   if (!signer.ok()) return signer.status();
//   std::cout << signer->verifier_key().ToString();
//   // shop.example/log+3c4fe1f5+AZ1s...   (name, key id, key)
//
// Aborts the process when there is no memory left, or OpenSSL has no Ed25519.

#ifndef DAYBOOK_AUDIT_NOTE_KEY_H_
#define DAYBOOK_AUDIT_NOTE_KEY_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook::audit {

// Names of keys are UTF-8, at least one byte, without white space, control
// characters and '+'. A URL without its scheme is best: "shop.example/log".
// Errors: kInvalidArgument for any other.
absl::Status CheckKeyName(std::string_view name);

// A line of signature, as a note has it.
struct NoteSignature {
  std::string key_name;
  uint32_t key_id = 0;
  // Without the key id.
  std::string signature;

  friend bool operator==(const NoteSignature&, const NoteSignature&) = default;
};

// What a signature is verified with. Thread-safe.
class VerifierKey {
 public:
  static constexpr size_t kSize = 32;
  using Bytes = std::array<uint8_t, kSize>;

  // Errors: kInvalidArgument for a bad name.
  static absl::StatusOr<VerifierKey> Make(std::string_view name,
                                          const Bytes& public_key);

  // Reads what ToString() wrote. Errors: kInvalidArgument for anything else,
  // for a key id that is not the key's, and for keys other than Ed25519.
  static absl::StatusOr<VerifierKey> Parse(std::string_view text);

  const std::string& name() const { return name_; }
  // Four bytes of a hash of name and key. Tells the keys of one name apart, and
  // nothing more: other keys with the same id are easily made.
  uint32_t id() const { return id_; }
  const Bytes& public_key() const { return public_key_; }
  // "name+1234abcd+base64", the usual form of a "vkey".
  std::string ToString() const;

  // Whether `signature` is this key's of `text`. Name and key id of it are not
  // looked at. Cost: under 100 µs.
  bool Verify(std::string_view text, std::string_view signature) const;

  friend bool operator==(const VerifierKey&, const VerifierKey&) = default;

 private:
  VerifierKey(std::string_view name, const Bytes& public_key);

  std::string name_;
  uint32_t id_;
  Bytes public_key_;
};

// What signs. Its memory is wiped when it goes. Thread-safe but for moving from
// it, after which only assigning to it or destroying it makes sense.
class NoteSigner {
 public:
  // A new key, by OpenSSL's random source. Errors: kInvalidArgument for a bad
  // name, kInternal where OpenSSL has no randomness.
  static absl::StatusOr<NoteSigner> Generate(std::string_view name);

  // Reads what ToSecretText() wrote. Errors: kInvalidArgument for anything
  // else. No message repeats any of the text.
  static absl::StatusOr<NoteSigner> Parse(std::string_view secret_text);

  ~NoteSigner();
  NoteSigner(NoteSigner&& other) noexcept;
  NoteSigner& operator=(NoteSigner&& other) noexcept;

  const VerifierKey& verifier_key() const { return verifier_key_; }

  // "PRIVATE+KEY+name+1234abcd+base64", as Go's golang.org/x/mod/sumdb/note has
  // it. Whoever has this can sign; key_file.h keeps it.
  std::string ToSecretText() const;

  // Signs `text`, which should end in a newline as notes do. One text has one
  // signature. Cost: under 100 µs.
  NoteSignature Sign(std::string_view text) const;

 private:
  using Seed = std::array<uint8_t, 32>;
  NoteSigner(const Seed& seed, VerifierKey verifier_key);
  static absl::StatusOr<NoteSigner> FromSeed(std::string_view name,
                                             const Seed& seed);

  Seed seed_;
  VerifierKey verifier_key_;
};

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_NOTE_KEY_H_
