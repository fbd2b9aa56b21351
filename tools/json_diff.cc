#include "tools/json_diff.h"

#include <map>
#include <nlohmann/json.hpp>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "tools/json_parser.h"
#include "tools/json_text.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// What of a value a line for people shows.
constexpr size_t kColumnsMax = 60;

struct Leaf {
  std::string path;
  std::string value;
};

bool IsPlainName(std::string_view name) {
  if (name.empty() || absl::ascii_isdigit(name[0])) return false;
  for (const char c : name) {
    if (!absl::ascii_isalnum(c) && c != '_') return false;
  }
  return true;
}

// Takes a value apart into its leaves.
class Leaves final : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::vector<Leaf> Take() { return std::move(leaves_); }

  bool null() override { return Add("null"); }
  bool boolean(bool value) override { return Add(value ? "true" : "false"); }
  bool number_integer(number_integer_t value) override {
    return Add(absl::StrCat(value));
  }
  bool number_unsigned(number_unsigned_t value) override {
    return Add(absl::StrCat(value));
  }
  bool number_float(number_float_t /*value*/, const string_t& text) override {
    return Add(text);
  }
  bool string(string_t& value) override { return Add(JsonString(value)); }
  bool binary(binary_t& /*value*/) override { return true; }

  bool start_object(size_t /*size*/) override { return Open(false); }
  bool start_array(size_t /*size*/) override { return Open(true); }
  bool key(string_t& name) override {
    Level& level = levels_.back();
    path_.resize(level.path_bytes);
    path_ += '.';
    path_ += IsPlainName(name) ? name : JsonString(name);
    ++level.count;
    return true;
  }
  bool end_object() override { return Close("{}"); }
  bool end_array() override { return Close("[]"); }
  bool parse_error(size_t /*position*/, const std::string& /*token*/,
                   const nlohmann::json::exception& /*error*/) override {
    return false;
  }

 private:
  // An object or list that is open.
  struct Level {
    bool is_list = false;
    size_t path_bytes = 0;
    size_t count = 0;
  };

  // Before each value: where it stands.
  void Enter() {
    if (levels_.empty() || !levels_.back().is_list) return;
    Level& level = levels_.back();
    path_.resize(level.path_bytes);
    absl::StrAppend(&path_, "[", level.count++, "]");
  }
  bool Add(std::string value) {
    Enter();
    leaves_.push_back({path_, std::move(value)});
    return true;
  }
  bool Open(bool is_list) {
    Enter();
    levels_.push_back({is_list, path_.size()});
    return true;
  }
  bool Close(std::string_view empty) {
    path_.resize(levels_.back().path_bytes);
    if (levels_.back().count == 0) {
      leaves_.push_back({path_, std::string(empty)});
    }
    levels_.pop_back();
    return true;
  }

  std::string path_ = "$";
  std::vector<Level> levels_;
  std::vector<Leaf> leaves_;
};

std::vector<Leaf> LeavesOf(std::string_view json) {
  Leaves leaves;
  ParseJson(json, leaves);
  return leaves.Take();
}

}  // namespace

std::vector<JsonChange> DiffJson(std::string_view from, std::string_view to) {
  const std::vector<Leaf> before = LeavesOf(from);
  std::vector<Leaf> after = LeavesOf(to);
  std::map<std::string_view, const std::string*> now;
  for (const Leaf& leaf : after) now[leaf.path] = &leaf.value;

  std::vector<JsonChange> changes;
  for (const Leaf& leaf : before) {
    const auto found = now.find(leaf.path);
    if (found == now.end()) {
      changes.push_back({leaf.path, leaf.value, std::nullopt});
      continue;
    }
    if (*found->second != leaf.value) {
      changes.push_back({leaf.path, leaf.value, *found->second});
    }
    now.erase(found);
  }
  // What is left is new. A name that comes twice is shown once, as it counts.
  for (const Leaf& leaf : after) {
    const auto found = now.find(leaf.path);
    if (found == now.end() || found->second != &leaf.value) continue;
    changes.push_back({leaf.path, std::nullopt, leaf.value});
  }
  return changes;
}

std::string ChangesText(const std::vector<JsonChange>& changes) {
  const auto shown = [](const std::string& value) {
    return Fitted(Escaped(value), kColumnsMax);
  };
  std::string text;
  for (const JsonChange& change : changes) {
    const std::string path = Escaped(change.path);
    if (!change.from.has_value()) {
      text += Concat("+ ", path, "  ", shown(*change.to), "\n");
    } else if (!change.to.has_value()) {
      text += Concat("- ", path, "  ", shown(*change.from), "\n");
    } else {
      text += Concat("~ ", path, "  ", shown(*change.from), " -> ",
                     shown(*change.to), "\n");
    }
  }
  return text;
}

void AppendChangesJson(const std::vector<JsonChange>& changes,
                       std::string* out) {
  *out += '[';
  for (size_t i = 0; i < changes.size(); ++i) {
    const JsonChange& change = changes[i];
    const char* const kind = !change.from.has_value() ? "added"
                             : !change.to.has_value() ? "removed"
                                                      : "changed";
    absl::StrAppend(out, i > 0 ? "," : "",
                    "{\"path\":", JsonString(change.path), ",\"change\":\"",
                    kind, "\"");
    if (change.from.has_value())
      absl::StrAppend(out, ",\"from\":", *change.from);
    if (change.to.has_value()) absl::StrAppend(out, ",\"to\":", *change.to);
    *out += '}';
  }
  *out += ']';
}

}  // namespace daybook::tools
