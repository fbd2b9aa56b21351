// XES attributes as JSON; that nothing of them is lost is shown by making them
// again from it. Random choices: tests/tools/seeded_random.h.

#include "tools/xes_attribute.h"

#include <map>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"
#include "tools/json_text.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::SeededRandom;
using nlohmann::json;
using ::testing::HasSubstr;

using Attributes = std::vector<XesAttribute>;

XesAttribute Make(XesType type, std::optional<std::string> key,
                  std::optional<std::string> value, Attributes children = {}) {
  XesAttribute made;
  made.type = type;
  made.key = std::move(key);
  made.value = std::move(value);
  made.children = std::move(children);
  return made;
}

XesJson JsonOf(const Attributes& attributes) {
  XesJson made;
  EXPECT_OK(MakeXesJson(attributes, &made));
  return made;
}

TEST(XesAttributeTest, MembersAreSortedAndTypedAsJsonIs) {
  const XesJson made = JsonOf({Make(XesType::kString, "s", "a\"b"),
                               Make(XesType::kBoolean, "b", "true"),
                               Make(XesType::kInt, "i", "-12"),
                               Make(XesType::kFloat, "f", "1.50")});
  EXPECT_EQ(made.object, R"({"b":true,"f":1.50,"i":-12,"s":"a\"b"})");
  EXPECT_EQ(made.types, "");
}

TEST(XesAttributeTest, TypesThatJsonDoesNotTellAreKept) {
  const XesJson made =
      JsonOf({Make(XesType::kDate, "time:timestamp", "2026-03-02T07:06:40Z"),
              Make(XesType::kDate, "a/b~c", "2026-03-02T07:06:40Z"),
              Make(XesType::kId, "id", "x"), Make(XesType::kFloat, "f", "3")});
  EXPECT_EQ(made.types, R"({"/a~1b~0c":"date","/f":"float","/id":"id"})");
}

TEST(XesAttributeTest, NumbersThatAreNoneOfJsonAreKeptAsText) {
  for (const char* number :
       {"007", "+5", " 5", "", "x", "1.0", "0x1F", "99999999999999999999999"}) {
    const XesJson made = JsonOf({Make(XesType::kInt, "n", number)});
    EXPECT_EQ(made.object, absl::StrCat("{\"n\":\"", number, "\"}"));
    EXPECT_EQ(made.types, R"({"/n":"int"})");
  }
  for (const char* number : {"NaN", "INF", "1e999", ".5", "1.", "--1"}) {
    const XesJson made = JsonOf({Make(XesType::kFloat, "n", number)});
    EXPECT_EQ(made.object, absl::StrCat("{\"n\":\"", number, "\"}"));
    EXPECT_EQ(made.types, R"({"/n":"float"})");
  }
  EXPECT_EQ(JsonOf({Make(XesType::kBoolean, "b", "1")}).object, R"({"b":"1"})");
}

TEST(XesAttributeTest, ListsContainersAndAttributesOfAttributes) {
  const Attributes items = {Make(XesType::kString, "a", "1"),
                            Make(XesType::kString, "a", "2")};
  const XesJson made = JsonOf(
      {Make(XesType::kList, "l", std::nullopt,
            {Make(XesType::kValues, std::nullopt, std::nullopt, items)}),
       Make(XesType::kList, "m", std::nullopt, items),
       Make(XesType::kContainer, "c", std::nullopt,
            {Make(XesType::kInt, "x", "1")}),
       Make(XesType::kString, "n", "v", {Make(XesType::kDate, "d", "never")})});
  EXPECT_EQ(made.object, R"({"c":{"x":1},"l":[{"a":"1"},{"a":"2"}],)"
                         R"("m":[{"a":"1"},{"a":"2"}],)"
                         R"("n":{"children":{"d":"never"},"value":"v"}})");
  EXPECT_EQ(made.types, R"({"/n":"string","/n/children/d":"date"})");
}

TEST(XesAttributeTest, AKeyThatIsMissingOrTwiceIsAProblemThatShowsAll) {
  XesJson made;
  EXPECT_THAT(
      MakeXesJson(
          {Make(XesType::kInt, "a", "1"), Make(XesType::kInt, "a", "2")}, &made)
          .message(),
      HasSubstr("two attributes \"a\""));
  EXPECT_EQ(made.object, R"({"a":1,"a":2})");
  EXPECT_THAT(
      MakeXesJson({Make(XesType::kInt, std::nullopt, "1")}, &made).message(),
      HasSubstr("a <int> without a key"));
}

// --- nothing is lost --------------------------------------------------------

// One text for a tree of attributes, whatever their order.
std::string TextOf(const XesAttribute& attribute);
std::string TextOf(const Attributes& attributes, bool sorted) {
  std::multimap<std::string, std::string> texts;
  std::string text;
  for (const XesAttribute& attribute : attributes) {
    const std::string one = TextOf(attribute);
    if (!sorted) absl::StrAppend(&text, one, ",");
    if (sorted) texts.emplace(attribute.key.value_or(""), one);
  }
  for (const auto& [key, one] : texts) absl::StrAppend(&text, one, ",");
  return text;
}
std::string TextOf(const XesAttribute& attribute) {
  return absl::StrCat(
      static_cast<int>(attribute.type), " ",
      JsonString(attribute.key.value_or("")), "=",
      attribute.value ? JsonString(*attribute.value) : "-", "[",
      TextOf(attribute.children, attribute.type != XesType::kValues), "]");
}

// Reads attributes back from their JSON and types, as the header says.
class Decoder {
 public:
  explicit Decoder(const std::string& types) {
    if (!types.empty()) types_ = json::parse(types);
  }
  Attributes Object(std::string_view object, const std::string& path) {
    Attributes attributes;
    ForEachMember(object, [&](std::string_view name, std::string_view value) {
      attributes.push_back(Member(UnquotedJson(name), value, path));
    });
    return attributes;
  }

 private:
  XesAttribute Member(const std::string& key, std::string_view value,
                      const std::string& above) {
    const std::string path = absl::StrCat(
        above, "/", absl::StrReplaceAll(key, {{"~", "~0"}, {"/", "~1"}}));
    XesAttribute made;
    made.key = key;
    const bool is_object = value.starts_with('{');
    const bool typed = types_.contains(path);
    if (typed) {
      made.type = *XesTypeOf(types_[path].get<std::string>());
    } else if (is_object) {
      made.type = XesType::kContainer;
    } else if (value.starts_with('[')) {
      made.type = XesType::kList;
    } else if (value == "true" || value == "false") {
      made.type = XesType::kBoolean;
    } else if (!value.starts_with('"')) {
      made.type = value.find_first_of(".eE") == std::string_view::npos
                      ? XesType::kInt
                      : XesType::kFloat;
    }
    std::string_view said = value;
    if (typed && is_object) {
      made.children = Object(*RawMember(value, "children"), path + "/children");
      said = *RawMember(value, "value");
    } else if (is_object) {
      made.children = Object(value, path);
      return made;
    }
    if (said.starts_with('[')) {
      AddItems(said, said == value ? path : path + "/value", &made);
    } else if (said.starts_with('"')) {
      made.value = UnquotedJson(said);
    } else if (said != "null") {
      made.value = std::string(said);
    }
    return made;
  }

  void AddItems(std::string_view list, const std::string& path,
                XesAttribute* made) {
    XesAttribute values;
    values.type = XesType::kValues;
    size_t i = 0;
    ForEachElement(list, [&](std::string_view item) {
      for (XesAttribute& one : Object(item, absl::StrCat(path, "/", i))) {
        values.children.push_back(std::move(one));
      }
      ++i;
    });
    made->children.push_back(std::move(values));
  }

  json types_ = json::object();
};

Attributes SomeAttributes(SeededRandom& random, int depth, bool keys_repeat) {
  constexpr std::string_view kLetters = "ab/~\"\\:. \n";
  constexpr std::string_view kDigits = "0123456789-+.eE";
  std::map<std::string, XesAttribute> made;
  Attributes all;
  for (uint64_t left = random.Below(5); left > 0; --left) {
    XesAttribute one;
    one.type = static_cast<XesType>(random.Below(8));
    one.key = random.Text(kLetters, 4);
    const bool simple =
        one.type != XesType::kList && one.type != XesType::kContainer;
    if (simple && !random.OneIn(10)) {
      one.value = random.OneIn(2)   ? random.Text(kDigits, 4)
                  : random.OneIn(3) ? "true"
                                    : random.Text(kLetters, 6);
    }
    if (depth > 0 && (!simple || random.OneIn(4))) {
      one.children = SomeAttributes(random, depth - 1, false);
    }
    if (one.type == XesType::kList) {
      one.children.push_back(
          Make(XesType::kValues, std::nullopt, std::nullopt,
               SomeAttributes(random, depth > 0 ? depth - 1 : 0, true)));
    }
    if (keys_repeat) all.push_back(one);
    made[*one.key] = one;
  }
  if (!keys_repeat) {
    for (auto& [key, one] : made) all.push_back(std::move(one));
  }
  return all;
}

TEST(XesAttributeTest, AnyAttributesCanBeMadeAgainFromTheirJson) {
  SeededRandom random;
  for (int round = 0; round < 2000; ++round) {
    const Attributes attributes = SomeAttributes(random, 3, false);
    const XesJson made = JsonOf(attributes);
    ASSERT_TRUE(IsJson(made.object)) << made.object;
    ASSERT_EQ(TextOf(Decoder(made.types).Object(made.object, ""), true),
              TextOf(attributes, true))
        << made.object << "\n"
        << made.types;
  }
}

}  // namespace
}  // namespace daybook::tools
