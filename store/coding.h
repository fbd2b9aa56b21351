// Numbers as bytes: little-endian fixed ones inside values, big-endian ones in
// keys (so that keys sort as numbers), and varints as Protobuf writes them.
//
// The Take functions cut what they read off the front of `*in`; they return
// false, with `*in` unspecified, when the bytes run out.

#ifndef DAYBOOK_STORE_CODING_H_
#define DAYBOOK_STORE_CODING_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace daybook {

static_assert(std::endian::native == std::endian::little,
              "stored numbers are read in place");

template <typename Number>
void PutFixed(std::string* out, Number value) {
  char bytes[sizeof(Number)];
  std::memcpy(bytes, &value, sizeof(bytes));
  out->append(bytes, sizeof(bytes));
}

template <typename Number>
void StoreFixed(char* out, Number value) {
  std::memcpy(out, &value, sizeof(value));
}

// REQUIRES: sizeof(Number) bytes at `in`.
template <typename Number>
Number LoadFixed(const char* in) {
  Number value;
  std::memcpy(&value, in, sizeof(value));
  return value;
}

inline void PutBigEndian64(std::string* out, uint64_t value) {
  PutFixed<uint64_t>(out, __builtin_bswap64(value));
}
// REQUIRES: 8 bytes at `in`.
inline uint64_t LoadBigEndian64(const char* in) {
  return __builtin_bswap64(LoadFixed<uint64_t>(in));
}

inline void PutVarint(std::string* out, uint64_t value) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

inline size_t VarintSize(uint64_t value) {
  return (static_cast<size_t>(std::bit_width(value | 1)) + 6) / 7;
}

inline bool TakeVarint(std::string_view* in, uint64_t* value) {
  uint64_t result = 0;
  for (size_t i = 0, shift = 0; i < in->size() && shift < 64; ++i, shift += 7) {
    const auto byte = static_cast<uint8_t>((*in)[i]);
    result |= static_cast<uint64_t>(byte & 0x7f) << shift;
    if (byte < 0x80) {
      *value = result;
      in->remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

// Signed numbers near zero as small unsigned ones.
inline uint64_t ZigZag(int64_t value) {
  return (static_cast<uint64_t>(value) << 1) ^
         static_cast<uint64_t>(value >> 63);
}
inline int64_t UnZigZag(uint64_t value) {
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

inline void PutString(std::string* out, std::string_view value) {
  PutVarint(out, value.size());
  out->append(value);
}

inline bool TakeBytes(std::string_view* in, size_t size,
                      std::string_view* value) {
  if (in->size() < size) return false;
  *value = in->substr(0, size);
  in->remove_prefix(size);
  return true;
}
inline bool TakeString(std::string_view* in, std::string_view* value) {
  uint64_t size;
  return TakeVarint(in, &size) && TakeBytes(in, size, value);
}
template <typename Number>
bool TakeFixed(std::string_view* in, Number* value) {
  std::string_view bytes;
  if (!TakeBytes(in, sizeof(Number), &bytes)) return false;
  *value = LoadFixed<Number>(bytes.data());
  return true;
}

}  // namespace daybook

#endif  // DAYBOOK_STORE_CODING_H_
