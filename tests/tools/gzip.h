// gzip for tests.

#ifndef DAYBOOK_TESTS_TOOLS_GZIP_H_
#define DAYBOOK_TESTS_TOOLS_GZIP_H_

#include <zlib.h>

#include <string>
#include <string_view>

namespace daybook::testing {

// `bytes` as one gzip member.
inline std::string Gzip(std::string_view bytes) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, Z_FINISH);
  packed.resize(stream.total_out);
  deflateEnd(&stream);
  return packed;
}

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TOOLS_GZIP_H_
