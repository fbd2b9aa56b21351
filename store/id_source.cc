#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <random>

#include "absl/base/thread_annotations.h"
#include "absl/random/random.h"
#include "daybook/store/runtime.h"
#include "store/mutex.h"

namespace daybook {
namespace {

// RFC 9562, section 5.7: 48 bits of milliseconds, the version, 12 random bits,
// the variant, 62 random bits.
EventId MakeVersion7(absl::Time now, uint64_t high, uint64_t low) {
  constexpr int64_t kMillisecondsMax = (int64_t{1} << 48) - 1;
  const auto milliseconds = static_cast<uint64_t>(
      std::clamp<int64_t>(absl::ToUnixMillis(now), 0, kMillisecondsMax));
  high = milliseconds << 16 | 0x7000 | (high & 0x0FFF);
  low = uint64_t{0b10} << 62 | low >> 2;

  std::array<uint8_t, EventId::kSize> bytes;
  for (int i = 0; i < 8; ++i) {
    bytes[i] = static_cast<uint8_t>(high >> (56 - 8 * i));
    bytes[8 + i] = static_cast<uint8_t>(low >> (56 - 8 * i));
  }
  return EventId(bytes);
}

class RandomIdSource final : public IdSource {
 public:
  EventId NewId(absl::Time now) override {
    // One generator a thread, seeded once from the machine's random source: no
    // lock and no system call for an id.
    thread_local absl::BitGen random;
    const auto high = absl::Uniform<uint64_t>(random);
    const auto low = absl::Uniform<uint64_t>(random);
    return MakeVersion7(now, high, low);
  }
};

class SeededIdSource final : public IdSource {
 public:
  explicit SeededIdSource(uint64_t seed) : random_(seed) {}

  EventId NewId(absl::Time now) override {
    MutexLock lock(&mutex_);
    const uint64_t high = random_();
    const uint64_t low = random_();
    return MakeVersion7(now, high, low);
  }

 private:
  Mutex mutex_;
  // The standard fixes what it yields, on every machine.
  std::mt19937_64 random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

IdSource* IdSource::Random() {
  static RandomIdSource* const kSource = new RandomIdSource;
  return kSource;
}

std::unique_ptr<IdSource> IdSource::Seeded(uint64_t seed) {
  return std::make_unique<SeededIdSource>(seed);
}

}  // namespace daybook
