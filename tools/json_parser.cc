#include "tools/json_parser.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "store/strings.h"

namespace daybook::tools {
namespace {

using Json = nlohmann::json;

// A number beyond a double's range.
struct Giant {
  size_t begin;
  size_t size;
  // How many strings stand before it, names of members included.
  size_t strings_before;
};

size_t EndOfString(std::string_view json, size_t at) {
  for (++at; at < json.size() && json[at] != '"'; ++at) {
    if (json[at] == '\\') ++at;
  }
  return std::min(at + 1, json.size());
}

bool TakeDigits(std::string_view* text) {
  const size_t end =
      std::min(text->find_first_not_of("0123456789"), text->size());
  text->remove_prefix(end);
  return end > 0;
}

// As JSON's grammar has it.
bool IsNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.starts_with('0')) {
    text.remove_prefix(1);
  } else if (!TakeDigits(&text)) {
    return false;
  }
  if (text.starts_with('.')) {
    text.remove_prefix(1);
    if (!TakeDigits(&text)) return false;
  }
  if (text.starts_with('e') || text.starts_with('E')) {
    text.remove_prefix(1);
    if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
    if (!TakeDigits(&text)) return false;
  }
  return text.empty();
}

bool IsGiant(std::string_view text) {
  // 9e308 is not one yet, nor is what has 308 digits.
  constexpr size_t kShortest = 5;
  double value = 0;
  return text.size() >= kShortest && IsNumber(text) &&
         absl::SimpleAtod(ToAbsl(text), &value) && std::isinf(value);
}

std::vector<Giant> FindGiants(std::string_view json) {
  std::vector<Giant> giants;
  size_t strings = 0;
  for (size_t at = 0; at < json.size();) {
    if (json[at] == '"') {
      at = EndOfString(json, at);
      ++strings;
    } else if (json[at] == '-' || absl::ascii_isdigit(json[at])) {
      const size_t end =
          std::min(json.find_first_not_of("0123456789+-.eE", at), json.size());
      const size_t next = json.find_first_not_of(" \t\r\n", end);
      const bool is_name = next != std::string_view::npos && json[next] == ':';
      if (!is_name && IsGiant(json.substr(at, end - at))) {
        giants.push_back({at, end - at, strings + giants.size()});
      }
      at = end;
    } else {
      ++at;
    }
  }
  return giants;
}

// Passes on what it hears, but for the first parts, which were passed on
// before. Hears of giants as strings, and passes them on as numbers; ends at
// one that it hears of as a number.
class GiantNumbers final : public nlohmann::json_sax<Json> {
 public:
  GiantNumbers(const std::vector<Giant>& giants, uint64_t passed_on_before,
               nlohmann::json_sax<Json>& handler)
      : giants_(giants),
        passed_on_before_(passed_on_before),
        handler_(handler) {}

  bool met_giant() const { return met_giant_; }
  uint64_t heard_count() const { return heard_count_; }

  bool null() override { return WasPassedOn() || handler_.null(); }
  bool boolean(bool value) override {
    return WasPassedOn() || handler_.boolean(value);
  }
  bool number_integer(int64_t value) override {
    return WasPassedOn() || handler_.number_integer(value);
  }
  bool number_unsigned(uint64_t value) override {
    return WasPassedOn() || handler_.number_unsigned(value);
  }
  bool number_float(double value, const std::string& text) override {
    return WasPassedOn() || handler_.number_float(value, text);
  }
  bool string(std::string& value) override {
    const bool is_giant =
        next_ < giants_.size() && giants_[next_].strings_before == strings_;
    ++strings_;
    if (is_giant) ++next_;
    if (WasPassedOn()) return true;
    if (!is_giant) return handler_.string(value);
    constexpr double kInfinity = std::numeric_limits<double>::infinity();
    return handler_.number_float(
        value.starts_with('-') ? -kInfinity : kInfinity, value);
  }
  bool binary(Json::binary_t& value) override {
    return WasPassedOn() || handler_.binary(value);
  }
  bool start_object(size_t count) override {
    return WasPassedOn() || handler_.start_object(count);
  }
  bool key(std::string& name) override {
    ++strings_;
    return WasPassedOn() || handler_.key(name);
  }
  bool end_object() override { return WasPassedOn() || handler_.end_object(); }
  bool start_array(size_t count) override {
    return WasPassedOn() || handler_.start_array(count);
  }
  bool end_array() override { return WasPassedOn() || handler_.end_array(); }
  bool parse_error(size_t at, const std::string& token,
                   const nlohmann::detail::exception& error) override {
    constexpr int kNumberOutOfRange = 406;
    met_giant_ = error.id == kNumberOutOfRange;
    return !met_giant_ && handler_.parse_error(at, token, error);
  }

 private:
  bool WasPassedOn() { return heard_count_++ < passed_on_before_; }

  const std::vector<Giant>& giants_;
  const uint64_t passed_on_before_;
  nlohmann::json_sax<Json>& handler_;
  uint64_t heard_count_ = 0;
  size_t strings_ = 0;
  size_t next_ = 0;
  bool met_giant_ = false;
};

}  // namespace

bool ParseJson(std::string_view json, nlohmann::json_sax<Json>& handler) {
  const std::vector<Giant> none;
  GiantNumbers first(none, 0, handler);
  if (Json::sax_parse(json.begin(), json.end(), &first)) return true;
  if (!first.met_giant()) return false;
  // From the begin once more, with giants in quotes; what was heard before the
  // first of them is not passed on again.
  const std::vector<Giant> giants = FindGiants(json);
  std::string quoted;
  size_t done = 0;
  for (const Giant& giant : giants) {
    quoted += json.substr(done, giant.begin - done);
    done = giant.begin + giant.size;
    quoted += '"';
    quoted += json.substr(giant.begin, giant.size);
    quoted += '"';
  }
  quoted += json.substr(done);
  GiantNumbers numbers(giants, first.heard_count(), handler);
  return Json::sax_parse(quoted.begin(), quoted.end(), &numbers);
}

}  // namespace daybook::tools
