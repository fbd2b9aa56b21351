#include "tools/number_option.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <string_view>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();

// Each 1024 of the one before.
constexpr std::array<std::string_view, 5> kUnits = {"b", "kb", "mb", "gb",
                                                    "tb"};

// "512MB"; false if it is no size.
bool ParseSize(const std::string& text, uint64_t* size) {
  const size_t end =
      std::min(text.find_first_not_of("0123456789"), text.size());
  if (!absl::SimpleAtoi(text.substr(0, end), size)) return false;
  // "kib", "kb" and "k" are one.
  std::string unit = absl::AsciiStrToLower(text.substr(end));
  if (absl::EndsWith(unit, "ib")) unit.erase(unit.size() - 2, 1);
  if (!absl::EndsWith(unit, "b")) unit += 'b';
  for (const std::string_view known : kUnits) {
    if (unit == known) return true;
    if (*size > kMax >> 10) return false;
    *size <<= 10;
  }
  return false;
}

}  // namespace

CLI::Validator WholeNumber(uint64_t min, uint64_t max) {
  return {
      [min, max](std::string& text) -> std::string {
        uint64_t number = 0;
        if (absl::SimpleAtoi(text, &number) && number >= min && number <= max) {
          return "";
        }
        return Concat(Quoted(text), " is no whole number from ", min,
                      max == kMax ? std::string(" on") : Concat(" to ", max));
      },
      ""};
}

CLI::Validator Seconds() {
  return {[](std::string& text) -> std::string {
            double seconds = 0;
            if (absl::SimpleAtod(text, &seconds) && std::isfinite(seconds) &&
                seconds >= 0.001) {
              return "";
            }
            return Concat(Quoted(text), " is no time of 0.001 seconds or more");
          },
          ""};
}

CLI::Validator SizeInBytes() {
  return {[](std::string& text) -> std::string {
            uint64_t size = 0;
            if (!ParseSize(text, &size)) {
              return Concat(Quoted(text),
                            " is no size such as 512MB, of B, KB, MB, GB or "
                            "TB");
            }
            text = absl::StrCat(size);
            return "";
          },
          ""};
}

}  // namespace daybook::tools
