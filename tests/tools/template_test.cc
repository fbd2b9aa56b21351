// DAYBOOK_SEED: tests/tools/seeded_random.h.

#include "tools/template.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/tools/seeded_random.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::IsOkAndHolds;
using ::daybook::testing::SeededRandom;
using ::daybook::testing::StatusIs;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Template Parsed(std::string_view text) {
  absl::StatusOr<Template> parsed = Template::Parse(text);
  EXPECT_OK(parsed);
  return parsed.ok() ? *std::move(parsed) : Template();
}

// With each field's name, in angles, for its value.
absl::StatusOr<std::string> Render(std::string_view text) {
  std::string value;
  return Parsed(text).Render(
      [&](std::string_view field) -> absl::StatusOr<std::string_view> {
        value = "<" + std::string(field) + ">";
        return value;
      });
}

TEST(TemplateTest, FieldsAreReplacedAndTheRestStays) {
  EXPECT_THAT(Render("{channel}|{page.title}!"),
              IsOkAndHolds("<channel>|<page.title>!"));
  EXPECT_THAT(Render("{a}{b}"), IsOkAndHolds("<a><b>"));
  EXPECT_THAT(Render("no field"), IsOkAndHolds("no field"));
  EXPECT_THAT(Render(""), IsOkAndHolds(""));
}

TEST(TemplateTest, TwoBracesAreOne) {
  EXPECT_THAT(Render("{{{a}}}"), IsOkAndHolds("{<a>}"));
  EXPECT_THAT(Render("{{a}}"), IsOkAndHolds("{a}"));
  EXPECT_THAT(Render("{{}}{{"), IsOkAndHolds("{}{"));
}

TEST(TemplateTest, AFieldMayHaveAnyOtherCharactersInItsName) {
  EXPECT_THAT(Parsed("{ a }{é-1}{a.0.b}").fields(),
              ElementsAre(" a ", "é-1", "a.0.b"));
  EXPECT_THAT(Parsed("{{a}}").fields(), IsEmpty());
}

TEST(TemplateTest, TextIsAsItWasParsed) {
  EXPECT_EQ(Parsed("{{x}}-{a}").text(), "{{x}}-{a}");
}

TEST(TemplateTest, ABraceWithoutItsOtherHalfIsRefusedWithItsPlace) {
  const auto refuses = [](std::string_view text, std::string_view reason) {
    EXPECT_THAT(Template::Parse(text),
                StatusIs(absl::StatusCode::kInvalidArgument,
                         HasSubstr(std::string(reason))));
  };
  refuses("ab{c", "a { without its } (write {{ for a brace) at character 3");
  refuses("{a{b}", "a { without its }");
  refuses("a}b", "a } without its { (write }} for a brace) at character 2");
  refuses("{a}}", "a } without its {");
  refuses("x{}", "a field without a name at character 2");
  refuses("{", "at character 1");
}

TEST(TemplateTest, TheFirstFieldThatHasNoValueIsTheError) {
  const auto lookup =
      [](std::string_view field) -> absl::StatusOr<std::string_view> {
    if (field == "a") return "1";
    return absl::NotFoundError("no " + std::string(field));
  };
  EXPECT_THAT(Parsed("{a}{b}{c}").Render(lookup),
              StatusIs(absl::StatusCode::kNotFound, "no b"));
}

// Any text is a template once its braces are doubled.
TEST(TemplateTest, DoubledBracesGiveAnyText) {
  SeededRandom random;
  for (int round = 0; round < 2000; ++round) {
    const std::string text = random.Text("a{}.", 12);
    std::string doubled;
    for (const char c : text) doubled.append(c == 'a' || c == '.' ? 1 : 2, c);
    ASSERT_THAT(Render(doubled), IsOkAndHolds(text));
  }
}

// Whatever parses names the fields that it then asks for, in their order.
TEST(TemplateTest, ItAsksForTheFieldsItNames) {
  SeededRandom random;
  for (int round = 0; round < 5000; ++round) {
    const std::string text = random.Text("ab{}.", 12);
    const absl::StatusOr<Template> parsed = Template::Parse(text);
    if (!parsed.ok()) continue;
    std::vector<std::string> asked;
    ASSERT_OK(parsed->Render(
        [&](std::string_view field) -> absl::StatusOr<std::string_view> {
          asked.emplace_back(field);
          return "";
        }));
    ASSERT_EQ(asked, parsed->fields()) << text;
  }
}

}  // namespace
}  // namespace daybook::tools
