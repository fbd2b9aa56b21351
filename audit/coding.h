// Numbers and strings as bytes, in the form in which they are hashed and signed
// (FORMAT.md): numbers with the most significant byte first, strings after
// their size as a u32.
//
// The Take functions cut what they read off the front of `*in`; they return
// false, with `*in` unspecified, when the bytes run out.

#ifndef DAYBOOK_AUDIT_CODING_H_
#define DAYBOOK_AUDIT_CODING_H_

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace daybook::audit {

template <std::unsigned_integral Number>
void PutNumber(std::string* out, Number value) {
  char bytes[sizeof(Number)];
  for (size_t i = 0; i < sizeof(Number); ++i) {
    bytes[i] = static_cast<char>(value >> (8 * (sizeof(Number) - 1 - i)));
  }
  out->append(bytes, sizeof(bytes));
}

using SizePrefix = uint32_t;

// REQUIRES: it fits.
inline void PutSize(std::string* out, size_t size) {
  assert(size <= std::numeric_limits<SizePrefix>::max());
  PutNumber(out, static_cast<SizePrefix>(size));
}

// How many bytes PutString() makes.
inline size_t StringSize(std::string_view value) {
  return sizeof(SizePrefix) + value.size();
}
inline void PutString(std::string* out, std::string_view value) {
  PutSize(out, value.size());
  out->append(value);
}

inline bool TakeBytes(std::string_view* in, size_t size,
                      std::string_view* value) {
  if (in->size() < size) return false;
  *value = in->substr(0, size);
  in->remove_prefix(size);
  return true;
}

template <std::unsigned_integral Number>
bool TakeNumber(std::string_view* in, Number* value) {
  std::string_view bytes;
  if (!TakeBytes(in, sizeof(Number), &bytes)) return false;
  uint64_t result = 0;
  for (const char byte : bytes) {
    result = result << 8 | static_cast<uint8_t>(byte);
  }
  *value = static_cast<Number>(result);
  return true;
}

inline bool TakeString(std::string_view* in, std::string_view* value) {
  SizePrefix size = 0;
  return TakeNumber(in, &size) && TakeBytes(in, size, value);
}

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_CODING_H_
