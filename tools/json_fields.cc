#include "tools/json_fields.h"

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>

#include "tools/bounded_json.h"
#include "tools/json_parser.h"
#include "tools/text.h"

namespace daybook::tools {

// Follows the parser through the text, with the name of where it is.
class JsonFields::Reader : public nlohmann::json_sax<nlohmann::json> {
 public:
  explicit Reader(JsonFields& fields) : fields_(fields.fields_) {}

  const std::string& error() const { return error_; }

  bool null() override { return Step(Kind::kMissing, ""); }
  bool boolean(bool value) override {
    return Step(Kind::kScalar, value ? "true" : "false");
  }
  bool number_integer(int64_t value) override {
    // Only what begins with a minus comes here.
    return Step(Kind::kScalar, value == 0 ? "-0" : Concat(value));
  }
  bool number_unsigned(uint64_t value) override {
    return Step(Kind::kScalar, Concat(value));
  }
  bool number_float(double /*value*/, const std::string& text) override {
    return Step(Kind::kScalar, text);
  }
  bool string(std::string& value) override {
    return Step(Kind::kScalar, value);
  }
  bool binary(nlohmann::json::binary_t& /*value*/) override { return false; }
  bool start_object(size_t /*count*/) override { return Enter(std::nullopt); }
  bool start_array(size_t /*count*/) override { return Enter(0); }
  bool end_object() override { return Leave(); }
  bool end_array() override { return Leave(); }
  bool key(std::string& name) override {
    name_.resize(levels_.back().name_bytes);
    AppendToName(name);
    return true;
  }
  bool parse_error(size_t /*at*/, const std::string& /*token*/,
                   const nlohmann::detail::exception& error) override {
    error_ = JsonProblem(error.what());
    return false;
  }

 private:
  // An object or list that is being read.
  struct Level {
    // How much of name_ is its own name.
    size_t name_bytes = 0;
    // The next place of a list; absent in an object.
    std::optional<size_t> next_place;
  };

  void AppendToName(std::string_view part) {
    if (levels_.size() > 1) name_ += '.';
    name_ += part;
  }

  // Names the value that comes next, if it is in a list.
  void NameValue() {
    if (levels_.empty() || !levels_.back().next_place.has_value()) return;
    name_.resize(levels_.back().name_bytes);
    AppendToName(Concat((*levels_.back().next_place)++));
  }

  void Keep(Kind kind, std::string_view text) {
    const auto wanted = fields_.find(name_);
    if (wanted == fields_.end()) return;
    if (wanted->second.leads_on && wanted->second.seen) Forget(name_ + ".");
    wanted->second.seen = true;
    wanted->second.kind = kind;
    wanted->second.text = std::string(text);
  }

  void Forget(std::string_view start) {
    for (auto& [name, field] : fields_) {
      if (name.starts_with(start)) field.kind = Kind::kMissing;
    }
  }

  bool Step(Kind kind, std::string_view text) {
    NameValue();
    if (levels_.empty()) {
      error_ = "it is a single value, no object";
      return false;
    }
    Keep(kind, text);
    return true;
  }

  bool Enter(std::optional<size_t> next_place) {
    NameValue();
    if (levels_.empty() && next_place.has_value()) {
      error_ = "it is a list, no object";
      return false;
    }
    if (levels_.size() == kJsonDepthMax) {
      error_ = Concat("it is more than ", kJsonDepthMax, " levels deep");
      return false;
    }
    if (!levels_.empty()) Keep(Kind::kNested, "");
    levels_.push_back({name_.size(), next_place});
    return true;
  }

  bool Leave() {
    name_.resize(levels_.back().name_bytes);
    levels_.pop_back();
    return true;
  }

  absl::flat_hash_map<std::string, Field>& fields_;
  std::string name_;
  std::vector<Level> levels_;
  std::string error_;
};

JsonFields::JsonFields(const std::vector<std::string>& wanted) {
  for (const std::string& name : wanted) {
    fields_[name];
    for (size_t dot = name.find('.'); dot != name.npos;
         dot = name.find('.', dot + 1)) {
      fields_[name.substr(0, dot)].leads_on = true;
    }
  }
}

absl::Status JsonFields::Read(std::string_view json) {
  for (auto& [name, field] : fields_) {
    field.kind = Kind::kMissing;
    field.seen = false;
  }
  Reader reader(*this);
  // The parser would let a byte order mark pass, which is none of JSON's.
  if (json.starts_with("\xEF\xBB\xBF")) {
    return absl::InvalidArgumentError("it begins with a byte order mark");
  }
  // Which it takes for the end, whatever follows.
  if (json.find('\0') != std::string_view::npos) {
    return absl::InvalidArgumentError("not a JSON object: it holds a NUL");
  }
  if (ParseJson(json, reader)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      Concat("not a JSON object: ", reader.error()));
}

absl::StatusOr<std::string_view> JsonFields::Find(std::string_view name) const {
  const auto found = fields_.find(ToAbsl(name));
  if (found == fields_.end() || found->second.kind == Kind::kMissing) {
    return absl::NotFoundError(Concat("no field ", Quoted(name)));
  }
  if (found->second.kind == Kind::kNested) {
    return absl::InvalidArgumentError(
        Concat("field ", Quoted(name), " is an object or a list"));
  }
  return found->second.text;
}

}  // namespace daybook::tools
