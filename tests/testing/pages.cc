#include "tests/testing/pages.h"

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>

#include "tests/testing/test_data.h"

namespace daybook::testing {

std::string SourceText(std::string_view path) {
  std::ifstream in(SourceFolder() / path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string ReadmePart(std::string_view source) {
  std::istringstream lines{std::string(source)};
  std::string part;
  bool inside = false;
  for (std::string line; std::getline(lines, line);) {
    if (line == "  // [/README]") break;
    if (inside) part += line.substr(std::min<size_t>(2, line.size())) + "\n";
    if (line == "  // [README]") inside = true;
  }
  return part;
}

std::string HexDump(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string dump;
  for (size_t i = 0; i < bytes.size(); ++i) {
    if (i % 16 == 0) {
      if (i > 0) dump += '\n';
      for (int shift = 12; shift >= 0; shift -= 4) {
        dump += kDigits[(i >> shift) & 15];
      }
      dump += ' ';
    }
    const auto byte = static_cast<uint8_t>(bytes[i]);
    dump += ' ';
    dump += kDigits[byte >> 4];
    dump += kDigits[byte & 15];
  }
  return dump;
}

}  // namespace daybook::testing
