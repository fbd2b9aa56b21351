#include "daybook/audit/commitment.h"

#include <openssl/crypto.h>
#include <openssl/rand.h>
#include <pthread.h>

#include <atomic>
#include <cassert>
#include <cstdlib>
#include <cstring>

#include "audit/coding.h"

namespace daybook::audit {
namespace {

// Hashed before anything else, so that a hash is of one thing only. Stored, in
// effect: never change.
constexpr std::string_view kPayloadDomain = "daybook payload v1\n";
constexpr std::string_view kMetadataDomain = "daybook metadata v1\n";

// Raised in each child of a fork, whose salts must not be its parent's.
std::atomic<uint64_t> fork_count = 0;

// A thread's salts to come. Without a destructor, as thread_context in hash.cc.
struct SaltPool {
  std::array<Salt, 64> salts;
  size_t left;
  uint64_t fork_count;
};
thread_local SaltPool salt_pool = {};

void Refill(SaltPool* pool) {
  static const bool kWatchesForks =
      pthread_atfork(nullptr, nullptr, [] { ++fork_count; }) == 0;
  if (!kWatchesForks ||
      RAND_priv_bytes(pool->salts.front().data(), sizeof(pool->salts)) != 1) {
    std::abort();
  }
  pool->left = pool->salts.size();
  pool->fork_count = fork_count;
}

std::string_view ViewOf(const Salt& salt) {
  return {reinterpret_cast<const char*>(salt.data()), salt.size()};
}

// Numbers of the fields of metadata. Stored, in effect; never renumber.
enum class Field : uint8_t {
  kSource = 1,
  kActor = 2,
  kCorrelationId = 3,
  kCausationId = 4,
  kTraceparent = 5,
  kTracestate = 6,
  kTags = 7,
  kOccurredAt = 8,
  kAppendKey = 9,
  kAppendFingerprint = 10,
  kAppendResult = 11,
  kFields = 12,
  kPayloadEncoding = 13,
};

void PutHead(Field field, size_t size, std::string* out) {
  out->push_back(static_cast<char>(field));
  PutSize(out, size);
}

void PutField(Field field, std::string_view value, std::string* out) {
  if (value.empty()) return;
  PutHead(field, value.size(), out);
  out->append(value);
}

void PutField(Field field, uint64_t value, std::string* out) {
  PutHead(field, sizeof(value), out);
  PutNumber(out, value);
}

}  // namespace

Salt RandomSalt() {
  SaltPool& pool = salt_pool;
  if (pool.left == 0 || pool.fork_count != fork_count) Refill(&pool);
  Salt& next = pool.salts[--pool.left];
  const Salt salt = next;
  // The pool must not know what may be erased elsewhere.
  OPENSSL_cleanse(next.data(), next.size());
  return salt;
}

Hash CommitPayload(const Salt& salt, std::string_view payload) {
  return Sha256({kPayloadDomain, ViewOf(salt), payload});
}

void EncodeLeafMetadata(const LeafMetadata& metadata, std::string* out) {
  PutField(Field::kSource, metadata.source, out);
  PutField(Field::kActor, metadata.actor, out);
  PutField(Field::kCorrelationId, metadata.correlation_id, out);
  PutField(Field::kCausationId, metadata.causation_id, out);
  PutField(Field::kTraceparent, metadata.traceparent, out);
  PutField(Field::kTracestate, metadata.tracestate, out);
  if (!metadata.tags.empty()) {
    size_t size = 0;
    for (const std::string_view tag : metadata.tags) {
      size += StringSize(tag);
    }
    PutHead(Field::kTags, size, out);
    for (const std::string_view tag : metadata.tags) PutString(out, tag);
  }
  if (metadata.occurred_at_micros.has_value()) {
    PutField(Field::kOccurredAt,
             static_cast<uint64_t>(*metadata.occurred_at_micros), out);
  }
  PutField(Field::kAppendKey, metadata.append_key, out);
  PutField(Field::kAppendFingerprint, metadata.append_fingerprint, out);
  PutField(Field::kAppendResult, metadata.append_result, out);
  if (!metadata.fields.empty()) {
    size_t size = 0;
    for (const auto& [key, value] : metadata.fields) {
      size += StringSize(key) + StringSize(value);
    }
    PutHead(Field::kFields, size, out);
    const std::string_view* before = nullptr;
    for (const auto& [key, value] : metadata.fields) {
      assert(before == nullptr || *before < key);
      before = &key;
      PutString(out, key);
      PutString(out, value);
    }
    static_cast<void>(before);
  }
  if (metadata.payload_encoding != 0) {
    PutField(Field::kPayloadEncoding, metadata.payload_encoding, out);
  }
}

Hash CommitMetadata(const Salt& salt, std::string_view encoded) {
  return Sha256({kMetadataDomain, ViewOf(salt), encoded});
}

}  // namespace daybook::audit
