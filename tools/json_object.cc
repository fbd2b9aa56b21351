#include "tools/json_object.h"

#include <cmath>
#include <utility>

#include "tools/base64.h"
#include "tools/bounded_json.h"
#include "tools/json_parser.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

using nlohmann::json;

absl::Status Wrong(std::string_view what) {
  return absl::InvalidArgumentError(ToAbsl(what));
}

// How much of a name goes into an error.
constexpr size_t kShownBytes = 80;

std::string Shown(std::string_view name) {
  return Concat(Escaped(Quoted(name.substr(0, kShownBytes))),
                name.size() <= kShownBytes ? "" : "...");
}

// Builds a value as nlohmann does, within bounds.
class Builder final : public nlohmann::json_sax<json> {
 public:
  explicit Builder(std::string_view passed_on) : passed_on_(passed_on) {}

  json Take() { return std::move(root_); }
  const std::string& error() const { return error_; }

  bool null() override { return Add(json()); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(int64_t value) override { return Add(value); }
  bool number_unsigned(uint64_t value) override { return Add(value); }
  bool number_float(double value, const std::string& text) override {
    if (!passes_on_ && std::isinf(value)) {
      return Fail(Concat("the number ", Shown(text), " is too large"));
    }
    return Add(value);
  }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(json::binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*count*/) override { return Open(json::object()); }
  bool start_array(size_t /*count*/) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(std::string& name) override {
    if (passes_on_) return true;
    auto& object = open_.back()->get_ref<json::object_t&>();
    const auto [place, is_new] = object.emplace(name, nullptr);
    if (!is_new) return Fail(Concat("the member ", Shown(name), " twice"));
    member_ = &place->second;
    passes_on_ = open_.size() == 1 && !passed_on_.empty() && name == passed_on_;
    return true;
  }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    return Fail(Concat("no JSON: ", JsonProblem(error.what())));
  }

 private:
  bool Fail(std::string_view why) {
    error_ = std::string(why);
    return false;
  }
  size_t depth() const { return open_.size() + levels_passed_on_; }

  // Where the value that comes next goes.
  json* Place() {
    if (open_.empty()) return &root_;
    if (open_.back()->is_object()) return member_;
    return &open_.back()->emplace_back();
  }
  bool Add(json&& value) {
    if (passes_on_) {
      passes_on_ = levels_passed_on_ > 0;
      return true;
    }
    if (++values_ > kJsonValuesMax) {
      return Fail(Concat("more than ", kJsonValuesMax, " values"));
    }
    *Place() = std::move(value);
    return true;
  }
  bool Open(json&& value) {
    if (depth() == kJsonDepthMax) {
      return Fail(Concat("nested deeper than ", kJsonDepthMax, " levels"));
    }
    if (passes_on_) {
      ++levels_passed_on_;
      return true;
    }
    json* const place = Place();
    *place = std::move(value);
    open_.push_back(place);
    return ++values_ <= kJsonValuesMax ||
           Fail(Concat("more than ", kJsonValuesMax, " values"));
  }
  bool Close() {
    if (passes_on_) {
      passes_on_ = --levels_passed_on_ > 0;
    } else {
      open_.pop_back();
    }
    return true;
  }

  const std::string_view passed_on_;
  json root_;
  // Objects and lists that are open, each in the one before.
  std::vector<json*> open_;
  json* member_ = nullptr;
  // Within `passed_on_`, and how many levels are open there.
  bool passes_on_ = false;
  size_t levels_passed_on_ = 0;
  size_t values_ = 0;
  std::string error_;
};

}  // namespace

absl::StatusOr<json> ParseJsonObject(std::string_view text,
                                     std::string_view passed_on) {
  if (!IsUtf8(text)) return Wrong("not UTF-8");
  // The parser takes one for the end, whatever follows.
  if (text.find('\0') != std::string_view::npos) {
    return Wrong("no JSON: it holds a NUL");
  }
  Builder builder(passed_on);
  if (!ParseJson(text, builder)) {
    return Wrong(builder.error());
  }
  json value = builder.Take();
  if (!value.is_object()) return Wrong("no JSON object");
  return value;
}

json JsonObject::Take(const std::string& name) {
  const auto found = object_.find(name);
  if (found == object_.end()) return json();
  json value = std::move(*found);
  object_.erase(found);
  return value;
}

bool JsonObject::Has(const std::string& name) const {
  const auto found = object_.find(name);
  return found != object_.end() && !found->is_null();
}

absl::StatusOr<std::string> JsonObject::TakeString(const std::string& name) {
  absl::StatusOr<std::optional<std::string>> text = TakeOptionalString(name);
  if (!text.ok()) return text.status();
  if (!text->has_value()) return Wrong(Concat("no field ", Quoted(name)));
  return **std::move(text);
}

absl::StatusOr<std::optional<std::string>> JsonObject::TakeOptionalString(
    const std::string& name) {
  json value = Take(name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_string()) return Wrong(Concat(Quoted(name), " is no string"));
  return std::move(value.get_ref<std::string&>());
}

absl::StatusOr<std::vector<std::string>> JsonObject::TakeStrings(
    const std::string& name) {
  json value = Take(name);
  std::vector<std::string> strings;
  if (value.is_null()) return strings;
  const std::string reason = Concat(Quoted(name), " is no list of strings");
  if (!value.is_array()) return Wrong(reason);
  for (json& element : value) {
    if (!element.is_string()) return Wrong(reason);
    strings.push_back(std::move(element.get_ref<std::string&>()));
  }
  return strings;
}

absl::StatusOr<std::optional<absl::Time>> JsonObject::TakeTime(
    const std::string& name) {
  absl::StatusOr<std::optional<std::string>> text = TakeOptionalString(name);
  if (!text.ok()) return text.status();
  if (!text->has_value()) return std::nullopt;
  absl::StatusOr<absl::Time> time = ParseTimeText(**text);
  if (!time.ok()) {
    return Wrong(
        Concat(Quoted(name), ": ", std::string(time.status().message())));
  }
  return *time;
}

absl::StatusOr<std::optional<uint64_t>> JsonObject::TakeNumber(
    const std::string& name) {
  const json value = Take(name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_number_unsigned()) {
    return Wrong(Concat(Quoted(name), " is no number from 0 on"));
  }
  return value.get<uint64_t>();
}

absl::StatusOr<std::optional<std::string>> JsonObject::TakeBase64(
    const std::string& name) {
  absl::StatusOr<std::optional<std::string>> text = TakeOptionalString(name);
  if (!text.ok()) return text.status();
  if (!text->has_value()) return std::nullopt;
  std::string bytes;
  if (!DecodeBase64(**text, &bytes)) {
    return Wrong(Concat(Quoted(name), " is no base64 (RFC 4648, padded)"));
  }
  return bytes;
}

absl::StatusOr<std::optional<json>> JsonObject::TakeObject(
    const std::string& name) {
  json value = Take(name);
  if (value.is_null()) return std::nullopt;
  if (!value.is_object()) return Wrong(Concat(Quoted(name), " is no object"));
  return value;
}

absl::Status JsonObject::Finish() const {
  if (object_.empty()) return absl::OkStatus();
  return Wrong(Concat("unknown field ", Shown(object_.begin().key())));
}

}  // namespace daybook::tools
