// What is read of XML, and what is refused.

#include "tools/xml_reader.h"

#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "store/strings.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/gzip.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::Gzip;
using ::daybook::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// Writes down what it is told: "1:log( 2:a(x=1 ) )".
class Transcript : public XmlHandler {
 public:
  absl::Status Start(const XmlElement& element) override {
    if (element.name == "stop") return absl::AbortedError("stopped");
    absl::StrAppend(&text, element.line, ":", ToAbsl(element.name), "(");
    for (const auto& [name, value] : element.attributes) {
      absl::StrAppend(&text, ToAbsl(name), "=", ToAbsl(value), " ");
    }
    return absl::OkStatus();
  }
  absl::Status End() override {
    text += ")";
    return absl::OkStatus();
  }

  std::string text;
};

class XmlReaderTest : public ::testing::Test {
 protected:
  absl::Status Read(std::string_view document) {
    const auto lines = LineReader::Open(folder_.Write("in.xml", document), 0);
    EXPECT_OK(lines);
    return ReadXml(**lines, transcript_, [] {});
  }
  std::string ErrorOf(std::string_view document) {
    return std::string(Read(document).message());
  }

  TemporaryFolder folder_;
  Transcript transcript_;
};

TEST_F(XmlReaderTest, GivesElementsWithTheirLinesAndValues) {
  ASSERT_OK(
      Read("<?xml version='1.0'?>\n<!-- c --><log a='1'>\n<x:b y=\"&lt;"
           "&#233;&quot;\"/><![CDATA[ ]]>\n</log>\n"));
  EXPECT_EQ(transcript_.text, "2:log(a=1 3:b(y=<\u00e9\" ))");
}

TEST_F(XmlReaderTest, GzipAndOtherEncodingsAreRead) {
  ASSERT_OK(Read(Gzip("<a/>")));
  ASSERT_OK(Read("<?xml version='1.0' encoding='ISO-8859-1'?><b c='\xE9'/>"));
  ASSERT_OK(Read(std::string_view("\xFF\xFE<\0d\0/\0>\0", 10)));
  ASSERT_OK(Read("\xEF\xBB\xBF<e/>"));
  EXPECT_EQ(transcript_.text, "1:a()1:b(c=\u00e9 )1:d()1:e()");
}

TEST_F(XmlReaderTest, ADoctypeIsRefusedAndWithItAllEntities) {
  for (const char* document :
       {"<!DOCTYPE a [<!ENTITY x 'y'>]><a b='&x;'/>",
        "<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>",
        "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"}) {
    EXPECT_THAT(ErrorOf(document), StartsWith("line 1: a DOCTYPE")) << document;
  }
  EXPECT_THAT(ErrorOf("<a b='&x;'/>"), HasSubstr("undefined entity"));
  EXPECT_EQ(transcript_.text, "");
}

TEST_F(XmlReaderTest, WhatIsNotWellFormedIsRefusedWithItsLine) {
  EXPECT_THAT(ErrorOf("<a>\n<b c='\xFF'/></a>"), StartsWith("line 2, byte "));
  EXPECT_THAT(ErrorOf("<a>\n<b c='\x1B'/></a>"), StartsWith("line 2, byte "));
  EXPECT_THAT(ErrorOf("<a b='&#0;'/>"), HasSubstr("invalid character number"));
  EXPECT_THAT(ErrorOf("<a b='1' b='2'/>"), HasSubstr("duplicate attribute"));
  EXPECT_THAT(ErrorOf("<a/><a/>"), HasSubstr("junk after document element"));
  EXPECT_THAT(ErrorOf("<a>\n<b>"), HasSubstr("no element found"));
  EXPECT_THAT(ErrorOf("<?xml version='1.0' encoding='windows-1252'?><a/>"),
              HasSubstr("convert it to UTF-8"));
  EXPECT_EQ(ErrorOf(""), "the input is empty");
}

TEST_F(XmlReaderTest, TextBetweenElementsIsRefused) {
  EXPECT_EQ(ErrorOf("<a>\n hi <b/></a>"),
            "line 2: text between elements, where none has a meaning: "
            "\"hi \"");
}

TEST_F(XmlReaderTest, ElementsMayBeAHundredDeep) {
  const auto deep = [](size_t depth) {
    std::string document;
    for (size_t i = 0; i < depth; ++i) document += "<a>";
    for (size_t i = 0; i < depth; ++i) document += "</a>";
    return document;
  };
  EXPECT_OK(Read(deep(kXmlDepthMax)));
  EXPECT_EQ(ErrorOf(deep(kXmlDepthMax + 1)),
            "line 1: elements are more than 100 deep");
}

TEST_F(XmlReaderTest, ATagThatNeverEndsIsRefused) {
  const std::string endless(kXmlTokenBytesMax + (1 << 20), 'x');
  EXPECT_THAT(ErrorOf(absl::StrCat("<a>\n<b c='", endless)),
              AllOf(StartsWith("line 2: "), HasSubstr("longer than 32.0 MiB")));
}

TEST_F(XmlReaderTest, AGzipFileThatIsCutIsAnErrorNotAShortDocument) {
  std::string zipped = Gzip("<a>\n<b/></a>");
  zipped.resize(zipped.size() - 9);
  EXPECT_THAT(ErrorOf(zipped), HasSubstr("is cut off"));
}

TEST_F(XmlReaderTest, AnErrorOfTheHandlerEndsTheReading) {
  const absl::Status status = Read("<a>\n<stop/><b/></a>");
  EXPECT_EQ(status, absl::AbortedError("line 2: stopped"));
  EXPECT_EQ(transcript_.text, "1:a(");
}

}  // namespace
}  // namespace daybook::tools
