#include "tools/bounded_json.h"

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "tools/json_parser.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// The parser quotes the token it stopped in, which may be as long as the text.
constexpr size_t kReasonBytesMax = 240;

// Follows the parser, keeping nothing but how deep it is.
class Checker : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Checker(size_t depth_max) : depth_max_(depth_max) {}

  const std::string& error() const { return error_; }

  bool null() override { return true; }
  bool boolean(bool /*value*/) override { return true; }
  bool number_integer(int64_t /*value*/) override { return true; }
  bool number_unsigned(uint64_t /*value*/) override { return true; }
  bool number_float(double /*value*/, const std::string& /*text*/) override {
    return true;
  }
  bool string(std::string& /*value*/) override { return true; }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool key(std::string& /*name*/) override { return true; }
  bool start_object(size_t /*count*/) override { return Enter(); }
  bool start_array(size_t /*count*/) override { return Enter(); }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    error_ = JsonProblem(error.what());
    return false;
  }

 private:
  bool Enter() {
    if (++depth_ <= depth_max_) return true;
    error_ = Concat("nested deeper than ", depth_max_, " levels");
    return false;
  }
  bool Leave() {
    --depth_;
    return true;
  }

  const size_t depth_max_;
  size_t depth_ = 0;
  std::string error_;
};

}  // namespace

std::string JsonProblem(std::string_view what) {
  // "[json.exception.parse_error.101] parse error at ...": the rest.
  const size_t end = what.find("] ");
  if (end != std::string_view::npos) what.remove_prefix(end + 2);
  std::string problem = Escaped(what.substr(0, kReasonBytesMax));
  if (what.size() > kReasonBytesMax) problem += "...";
  return problem;
}

absl::Status CheckBoundedJson(std::string_view text, size_t depth_max) {
  // The parser would let a byte order mark pass, which is none of JSON's.
  if (text.starts_with("\xEF\xBB\xBF")) {
    return absl::InvalidArgumentError(
        "no JSON: it begins with a byte order mark");
  }
  // Which it takes for the end, whatever follows.
  if (text.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError("no JSON: it holds a NUL");
  }
  Checker checker(depth_max);
  if (ParseJson(text, checker)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(Concat("no JSON: ", checker.error()));
}

}  // namespace daybook::tools
