// Zip files of one form: what ZipWriter writes, ZipReader takes, and nothing
// else.

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tools/zip_reader.h"
#include "tools/zip_record.h"
#include "tools/zip_writer.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::TemporaryFolder;
using ::testing::HasSubstr;
using ::testing::Not;

using Files = std::vector<std::pair<std::string, std::string>>;

class ZipFileTest : public ::testing::Test {
 protected:
  // What a zip file of these has.
  std::string Pack(const Files& files) {
    auto zip = ZipWriter::Create(path());
    EXPECT_OK(zip.status());
    for (const auto& [name, text] : files) {
      EXPECT_OK((*zip)->Add(name, ZipWriter::Whole(text)));
    }
    EXPECT_OK((*zip)->Commit());
    return folder_.Read("file.zip");
  }
  // Reads all that should be in it.
  absl::Status Read(const std::string& bytes) {
    folder_.Write("file.zip", bytes);
    const auto zip = ZipReader::Open(path());
    if (!zip.ok()) return zip.status();
    for (size_t i = 0; i < kFiles.size(); ++i) {
      const auto text = (*zip)->ReadAll(i, kFiles[i].first, 1000);
      if (!text.ok()) return text.status();
      EXPECT_EQ(*text, kFiles[i].second);
    }
    EXPECT_EQ((*zip)->size(), kFiles.size());
    return absl::OkStatus();
  }
  // What is said of a zip file with this text put in at an offset of the list's
  // first record.
  std::string ErrorWithListed(size_t offset, const std::string& text) {
    std::string bytes = Pack(kFiles);
    bytes.replace(bytes.find("PK\x01\x02") + offset, text.size(), text);
    return std::string(Read(bytes).message());
  }
  std::string path() const { return folder_.File("file.zip"); }

  const Files kFiles = {{"README.txt", "read me\n"}, {"empty", ""}};
  TemporaryFolder folder_;
};

TEST_F(ZipFileTest, WhatWasWrittenIsRead) { EXPECT_OK(Read(Pack(kFiles))); }

TEST_F(ZipFileTest, AFileInPiecesIsTheSameBytes) {
  const std::string whole = Pack({{"a", "onetwothree"}});
  auto zip = ZipWriter::Create(path());
  EXPECT_OK((*zip)->Add("a", [i = 0](std::string* piece) mutable {
    const std::vector<std::string> pieces = {"one", "", "two", "three"};
    if (i < 4) *piece = pieces[i];
    return absl::StatusOr<bool>(i++ < 4);
  }));
  EXPECT_OK((*zip)->Commit());

  EXPECT_EQ(folder_.Read("file.zip"), whole);
}

TEST_F(ZipFileTest, EveryBitOfItCounts) {
  const std::string whole = Pack(kFiles);
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    std::string flipped = whole;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ 1 << bit % 8);

    EXPECT_FALSE(Read(flipped).ok()) << "bit " << bit % 8 << " of " << bit / 8;
  }
}

TEST_F(ZipFileTest, WhereverItIsCutItIsRefused) {
  const std::string whole = Pack(kFiles);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(Read(whole.substr(0, size)).ok()) << size;
    EXPECT_FALSE(Read(whole.substr(size)).ok() && size > 0) << size;
  }
}

TEST_F(ZipFileTest, ALinkIsRefused) {
  constexpr uint32_t kLink = 0120777;
  EXPECT_THAT(ErrorWithListed(40, {static_cast<char>(kLink & 0xFF),
                                   static_cast<char>(kLink >> 8)}),
              HasSubstr("\"README.txt\": not with the external attributes"));
}

TEST_F(ZipFileTest, AFieldThatIsNotAsItIsWrittenIsNamed) {
  EXPECT_THAT(ErrorWithListed(10, "\x08"), HasSubstr("method of packing"));
  EXPECT_THAT(ErrorWithListed(12, "\x08"), HasSubstr("the time"));
  EXPECT_THAT(ErrorWithListed(20, "\xFF\xFF\xFF\xFF"),
              HasSubstr("packed size"));
  EXPECT_THAT(ErrorWithListed(32, "\x01"), HasSubstr("size of the comment"));
  EXPECT_THAT(ErrorWithListed(42, "\x01"), HasSubstr("the place"));
  EXPECT_THAT(ErrorWithListed(46, "../ME"), HasSubstr("the name"));
}

// As other programs write them.
TEST_F(ZipFileTest, AnExtraFieldAndACommentAreRefused) {
  std::string extra = Pack(kFiles);
  const size_t name = extra.find("README.txt");
  extra[name - 2] = 4;
  extra.insert(name + 10, std::string("\x01\0\0\0", 4));
  EXPECT_FALSE(Read(extra).ok());

  std::string comment = Pack(kFiles);
  comment[comment.size() - 2] = 2;
  EXPECT_THAT(std::string(Read(comment + "hi").message()),
              HasSubstr("more follows its end"));
}

TEST_F(ZipFileTest, BytesBetweenFilesAreRefused) {
  std::string bytes = Pack(kFiles);
  const size_t list = bytes.find("PK\x01\x02");
  bytes.insert(list, "x");
  bytes[bytes.size() - 6] = static_cast<char>(list + 1);

  EXPECT_THAT(std::string(Read(bytes).message()),
              HasSubstr("belong to none of its files"));
}

TEST_F(ZipFileTest, AFileUnderAnotherNameIsNotRead) {
  for (const std::string name : {"../README.txt", "/README.txt", "empty"}) {
    EXPECT_THAT(std::string(Read(Pack({{name, "x"}, {"empty", ""}})).message()),
                HasSubstr("where README.txt should be, it has \"" + name));
  }
}

TEST_F(ZipFileTest, ANameWithAnEscapeIsShownAsOne) {
  EXPECT_THAT(std::string(Read(Pack({{"\x1b[2J", "x"}})).message()),
              Not(HasSubstr("\x1b")));
}

TEST_F(ZipFileTest, WhatIsNotCommittedIsNotThere) {
  {
    auto zip = ZipWriter::Create(path());
    EXPECT_OK((*zip)->Add("a", ZipWriter::Whole("b")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path()));
}

TEST_F(ZipFileTest, AContentThatFailsIsAnError) {
  auto zip = ZipWriter::Create(path());

  EXPECT_EQ((*zip)
                ->Add("a",
                      [](std::string*) -> absl::StatusOr<bool> {
                        return absl::DataLossError("gone");
                      })
                .code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace daybook::tools
