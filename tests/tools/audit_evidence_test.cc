// `daybook audit bundle`, and `audit check` of what it wrote: who has nothing
// but the file and the public key finds whatever was changed in it.

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_replace.h"
#include "daybook/audit/note_key.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"
#include "tools/evidence_check.h"
#include "tools/producer_proof.h"
#include "tools/store_access.h"
#include "tools/zip_reader.h"
#include "tools/zip_writer.h"

namespace daybook::tools {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

using Files = std::vector<std::pair<std::string, std::string>>;

class AuditEvidenceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Run({"init"});
    for (int i = 0; i < 3; ++i) Append("order-1");
    Append("order-2");
    Append("order-1");
    public_key_ = Run({"key", "generate", "--name", "shop.example/log", "-o",
                       folder_.File("key")});
    public_key_.pop_back();
  }

  CommandResult Try(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", File("store")});
    return daybook_(arguments);
  }
  std::string Run(std::vector<std::string> arguments) {
    const CommandResult result = Try(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  void Append(const std::string& stream) {
    Run({"append", stream, "--type", "placed", "--data", "{\"total\":7}",
         "--actor", "anna", "--tag", "of:" + stream, "--meta", "ip=10.0.0.7",
         "--time", "2026-03-01T08:00:00.25Z", "--key",
         "key-" + std::to_string(appended_++)});
  }
  void Bundle(std::vector<std::string> what) {
    what.insert(what.begin(), {"audit", "bundle"});
    what.insert(what.end(),
                {"--audit-key", File("key"), "-o", File("evidence.zip")});
    Run(std::move(what));
  }
  CommandResult Check() {
    return Try(
        {"audit", "check", File("evidence.zip"), "--trust", public_key_});
  }
  void ExpectTampered(std::string_view why) {
    const CommandResult result = Check();
    EXPECT_EQ(result.exit_code, 20) << result.out << result.err;
    EXPECT_THAT(result.err, HasSubstr(std::string(why)));
  }

  // The files of a bundle of events at these positions, without schemas.
  Files Unpack(const std::vector<int>& positions) {
    std::vector<std::string> names = {"README.txt", "manifest.json", "head.txt",
                                      "events.ndjson"};
    for (const int position : positions) {
      names.push_back("proofs/" + std::to_string(position) + ".tlog-proof");
    }
    auto zip = ZipReader::Open(File("evidence.zip"));
    EXPECT_OK(zip.status());
    Files files;
    for (size_t i = 0; i < names.size(); ++i) {
      files.emplace_back(names[i], *(*zip)->ReadAll(i, names[i], 1 << 20));
    }
    return files;
  }
  // The note, which is the last of `index` + 1 files.
  std::string ReadNote(size_t index) {
    auto zip = ZipReader::Open(File("evidence.zip"));
    EXPECT_OK(zip.status());
    return *(*zip)->ReadAll(index, "bundle.note", 1 << 20);
  }
  void Pack(const Files& files) {
    auto zip = ZipWriter::Create(File("evidence.zip"));
    ASSERT_OK(zip.status());
    for (const auto& [name, text] : files) {
      ASSERT_OK((*zip)->Add(name, ZipWriter::Whole(text)));
    }
    ASSERT_OK((*zip)->Commit());
  }
  // Packs the bundle of order-2 again with a text in one of its files changed.
  void Change(size_t file, std::string_view from, std::string_view to) {
    Files files = Unpack({3});
    const std::string before = files[file].second;
    files[file].second =
        absl::StrReplaceAll(before, {{std::string(from), std::string(to)}});
    ASSERT_NE(files[file].second, before);
    Pack(files);
  }
  std::string File(const std::string& name) { return folder_.File(name); }

  const std::string kOrigin = "shop.example/log";
  static constexpr size_t kReadme = 0;
  static constexpr size_t kManifest = 1;
  static constexpr size_t kHead = 2;
  static constexpr size_t kEvents = 3;

  TemporaryFolder folder_;
  CommandRunner daybook_{StoreAccess::Disk()};
  std::string public_key_;
  int appended_ = 0;
};

// --- What is in it -----------------------------------------------------------

TEST_F(AuditEvidenceTest, ABundleHoldsWithoutTheStore) {
  Bundle({"order-1"});
  fs::remove_all(File("store"));

  EXPECT_THAT(Check().out,
              AllOf(HasSubstr("proven: 4 events of stream \"order-1\""),
                    HasSubstr("none is missing between"),
                    HasSubstr("the stream's first"), HasSubstr("not proven")));
}

TEST_F(AuditEvidenceTest, ABundleOfAQueryDoesNotClaimToBeWhole) {
  Bundle({"--query", R"({"items":[{"tags":["of:order-2"]}]})"});

  EXPECT_THAT(Check().out,
              AllOf(HasSubstr("proven: 1 event"), Not(HasSubstr("missing"))));
}

TEST_F(AuditEvidenceTest, ABundleFromTheMiddleOfAStreamSaysSo) {
  Bundle({"order-1", "--from", "#1", "--to", "#2"});

  EXPECT_THAT(Check().out, AllOf(HasSubstr("proven: 2 events"),
                                 HasSubstr("positions 1 to 2"),
                                 Not(HasSubstr("the stream's first"))));
}

TEST_F(AuditEvidenceTest, WhatWasAskedForMeansTheSameOnAnyDay) {
  Bundle({"--all", "--from", "-2h", "--to", "now"});

  EXPECT_THAT(Unpack({0, 1, 2, 3, 4})[kManifest].second,
              AllOf(ContainsRegex("\"from\": \"[0-9]{4}-[^\"]*Z\""),
                    ContainsRegex("\"to\": \"[0-9]{4}-[^\"]*Z\"")));
}

TEST_F(AuditEvidenceTest, SystemEventsAreInItWhereTheyAreNamed) {
  Run({"metadata", "order-1", "--max-count", "5", "--reason", "r"});
  Bundle({"$operations"});

  EXPECT_EQ(Check().exit_code, 0) << Check().err;
}

TEST_F(AuditEvidenceTest, SameEventsUnderTheSameHeadAreTheSameBytes) {
  Bundle({"order-1"});
  const std::string before = folder_.Read("evidence.zip");
  Bundle({"order-1"});

  EXPECT_EQ(folder_.Read("evidence.zip"), before);
}

TEST_F(AuditEvidenceTest, TheReadmeSaysHowToCheckWithoutDaybook) {
  Bundle({"order-2"});

  EXPECT_THAT(Unpack({3})[kReadme].second,
              AllOf(HasSubstr("without daybook"), HasSubstr("SHA256"),
                    HasSubstr("What that does not show")));
}

// As audit/FORMAT.md has it, and as whoever follows the steps needs it.
TEST_F(AuditEvidenceTest, TheReadmeKnowsTheLeafOfASignedEvent) {
  Bundle({"order-2"});

  EXPECT_THAT(Unpack({3})[kReadme].second,
              AllOf(HasSubstr("\"daybook leaf v2\" LF"),
                    HasSubstr("event.signature.bytes_base64"),
                    HasSubstr("\"daybook producer statement v1\" LF"),
                    HasSubstr("\"daybook producer batch v1\" LF")));
}

TEST_F(AuditEvidenceTest, NothingIsNoEvidence) {
  EXPECT_EQ(Try({"audit", "bundle", "none", "--audit-key", File("key"), "-o",
                 File("evidence.zip")})
                .exit_code,
            4);
  EXPECT_FALSE(fs::exists(File("evidence.zip")));
}

TEST_F(AuditEvidenceTest, WhatNoSignedHeadCoversIsNotBundled) {
  Run({"audit", "head", "--audit-key", File("key")});
  Append("order-2");

  EXPECT_EQ(Try({"audit", "bundle", "order-2", "-o", File("z")}).exit_code, 30);
  EXPECT_FALSE(fs::exists(File("z")));
  EXPECT_EQ(Try({"audit", "bundle", "order-2", "--to", "@3", "-o", File("z")})
                .exit_code,
            0);
}

// --- Whose word it is --------------------------------------------------------

TEST_F(AuditEvidenceTest, WithoutATrustedKeyNothingIsVerifiable) {
  Bundle({"order-1"});
  const std::string other = Run(
      {"key", "generate", "--name", "shop.example/log", "-o", File("other")});

  const std::string file = File("evidence.zip");
  EXPECT_EQ(Try({"audit", "check", file}).exit_code, 30);
  EXPECT_EQ(Try({"audit", "check", file, "--trust", other}).exit_code, 30);
}

// --- What was changed --------------------------------------------------------

TEST_F(AuditEvidenceTest, AnyFieldOfAnEventThatWasChangedIsFound) {
  const std::vector<std::pair<std::string, std::string>> changes = {
      {"\"position\":3", "\"position\":2"},
      {"\"revision\":0", "\"revision\":1"},
      {"\"actor\":\"anna\"", "\"actor\":\"bert\""},
      {"\"of:order-2\"", "\"of:order-3\""},
      {"10.0.0.7", "10.0.0.8"},
      {"\"type\":\"placed\"", "\"type\":\"payed\""},
      {"08:00:00.25Z", "08:00:00.26Z"},
      {"application/json", "text/plain"},
      {"eyJ0b3RhbCI6N30=", "eyJ0b3RhbCI6OH0="},
      {"\"key\":\"key-3\"", "\"key\":\"key-4\""},
      {"\"append_count\":1", "\"append_count\":2"}};
  for (const auto& [from, to] : changes) {
    SCOPED_TRACE(from);
    Bundle({"order-2"});
    Change(kEvents, from, to);
    ExpectTampered("line 1");
  }
}

TEST_F(AuditEvidenceTest, AnEventThatSaysTwoThingsIsRefused) {
  Bundle({"order-2"});
  Change(kEvents, "\"actor\":\"anna\"",
         "\"actor\":\"bert\",\"actor\":\"anna\"");

  ExpectTampered("line 1");
}

TEST_F(AuditEvidenceTest, TheFirstEventThatFailsIsNamed) {
  Bundle({"order-1"});
  Files files = Unpack({0, 1, 2, 4});
  std::swap(files[5].second, files[6].second);
  Pack(files);

  ExpectTampered("position 1");
}

TEST_F(AuditEvidenceTest, AnEventThatWasTakenOutIsMissed) {
  Bundle({"order-1"});
  Files files = Unpack({0, 1, 2, 4});
  files.erase(files.begin() + 5);
  std::string& lines = files[kEvents].second;
  const size_t second = lines.find('\n') + 1;
  lines.erase(second, lines.find('\n', second) + 1 - second);
  Pack(files);

  ExpectTampered("by its manifest it has 4 events");
}

TEST_F(AuditEvidenceTest, AGapIsNotPassedOffAsWhole) {
  Bundle({"order-1"});
  Files files = Unpack({0, 1, 2, 4});
  files.erase(files.begin() + 5);
  std::string& lines = files[kEvents].second;
  const size_t second = lines.find('\n') + 1;
  lines.erase(second, lines.find('\n', second) + 1 - second);
  for (const size_t file : {kReadme, kManifest}) {
    files[file].second = absl::StrReplaceAll(
        files[file].second, {{"\"events\": 4", "\"events\": 3"},
                             {"4 events of stream", "3 events of stream"}});
  }
  Pack(files);

  const CommandResult result = Check();

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, Not(HasSubstr("none is missing")));
}

TEST_F(AuditEvidenceTest, WhoHasTheKeySignsThatItIsComplete) {
  Bundle({"--all"});

  EXPECT_THAT(Check().out,
              HasSubstr("complete as signed by shop.example/log: these are"));
}

TEST_F(AuditEvidenceTest, WithoutTheNoteItIsOnlyCompleteAsTheManifestSays) {
  Bundle({"order-2"});
  Pack(Unpack({3}));

  const CommandResult result = Check();

  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_THAT(result.out, HasSubstr("complete only as the manifest says"));
}

// With everything in the file made to agree, but for the note.
TEST_F(AuditEvidenceTest, AnEventThatWasTakenOutOfASignedBundleIsMissed) {
  Bundle({"order-1"});
  const std::string note = ReadNote(4 + 4);
  Files files = Unpack({0, 1, 2, 4});
  files.erase(files.begin() + 5);
  std::string& lines = files[kEvents].second;
  const size_t second = lines.find('\n') + 1;
  lines.erase(second, lines.find('\n', second) + 1 - second);
  for (const size_t file : {kReadme, kManifest}) {
    files[file].second = absl::StrReplaceAll(
        files[file].second, {{"\"events\": 4", "\"events\": 3"},
                             {"4 events of stream", "3 events of stream"}});
  }
  files.emplace_back("bundle.note", note);
  Pack(files);

  ExpectTampered("bundle.note: it is of another manifest");
}

TEST_F(AuditEvidenceTest, AnEventOfSomethingElseIsNotAmongThem) {
  Bundle({"--all"});
  Files all = Unpack({0, 1, 2, 3, 4});
  Bundle({"order-2"});
  Files files = Unpack({3});
  files[kEvents].second =
      all[kEvents].second.substr(0, all[kEvents].second.find('\n') + 1);
  files[4] = all[4];
  Pack(files);

  ExpectTampered("it is not of stream \"order-2\"");
}

TEST_F(AuditEvidenceTest, AManifestOrReadmeThatWasChangedIsRefused) {
  Bundle({"order-2"});
  Change(kManifest, "no event was left out", "every event is in here");
  ExpectTampered("manifest.json");

  Bundle({"order-2"});
  Change(kReadme, "does not show", "does also show");
  ExpectTampered("README.txt");
}

TEST_F(AuditEvidenceTest, AHeadThatWasChangedIsTampered) {
  Bundle({"order-2"});
  Change(kHead, "\n5\n", "\n6\n");

  ExpectTampered("head.txt");
}

// --- Zip files that are none of ours -----------------------------------------

TEST_F(AuditEvidenceTest, AFileUnderAnotherNameIsRefused) {
  for (const std::string name :
       {"../events.ndjson", "/etc/passwd", "proofs/3.tlog-proof", "x"}) {
    SCOPED_TRACE(name);
    Bundle({"order-2"});
    Files files = Unpack({3});
    files[kEvents].first = name;
    Pack(files);

    ExpectTampered("where events.ndjson should be");
  }
  EXPECT_FALSE(fs::exists(File("events.ndjson")));
}

// Taken apart by calls within calls it would end the process.
TEST_F(AuditEvidenceTest, AManifestOfAMillionLevelsIsRefused) {
  constexpr size_t kLevels = 1'000'000;
  Bundle({"order-2"});
  Change(kManifest, "\"schemas\": {",
         "\"schemas\": {\"9f86d081884c7d65\": {\"type\": " +
             std::string(kLevels, '[') + std::string(kLevels, ']') + "}");

  ExpectTampered("nested deeper than 1000 levels");
}

TEST_F(AuditEvidenceTest, AFileMoreIsRefused) {
  Bundle({"order-2"});
  Files files = Unpack({3});
  files.emplace_back("note.txt", "believe me\n");
  Pack(files);

  ExpectTampered("where bundle.note should be");
}

TEST_F(AuditEvidenceTest, MoreFilesThanThatAreRefused) {
  Bundle({"order-2"});
  Files files = Unpack({3});
  files.emplace_back("note.txt", "believe me\n");
  files.emplace_back("more.txt", "me, too\n");
  Pack(files);

  ExpectTampered("there are 7 files");
}

TEST_F(AuditEvidenceTest, AFileOfFarMoreBytesIsNotRead) {
  Bundle({"order-2"});
  Files files = Unpack({3});
  files[kReadme].second.assign(64 << 20, ' ');
  Pack(files);

  ExpectTampered("above");
}

TEST_F(AuditEvidenceTest, ALineWithoutEndIsNotReadToItsEnd) {
  Bundle({"order-2"});
  Files files = Unpack({3});
  files[kEvents].second.assign(40 << 20, ' ');
  Pack(files);

  ExpectTampered("longer than any event's");
}

TEST_F(AuditEvidenceTest, AFileThatWasCutOffIsRefused) {
  Bundle({"order-2"});
  const std::string whole = folder_.Read("evidence.zip");
  for (const size_t size : {size_t{2}, size_t{30}, whole.size() / 2,
                            whole.size() - 23, whole.size() - 1}) {
    folder_.Write("evidence.zip", whole.substr(0, size));
    ExpectTampered("cut off");
  }
  folder_.Write("evidence.zip", whole + "x");
  ExpectTampered("follows its end");
}

TEST_F(AuditEvidenceTest, AFileThatIsALinkIsRefused) {
  Bundle({"order-2"});
  std::string bytes = folder_.Read("evidence.zip");
  // Unpacked, it would be a symbolic link to what it says.
  bytes.replace(bytes.find("PK\x01\x02") + 40, 2, "\xFF\xA1");
  folder_.Write("evidence.zip", bytes);

  ExpectTampered("README.txt\": not with the external attributes");
}

TEST_F(AuditEvidenceTest, AFileThatIsThereTwiceIsRefused) {
  Bundle({"order-2"});
  Files files = Unpack({3});
  files.insert(files.begin(), files.front());
  Pack(files);

  ExpectTampered("where manifest.json should be, it has \"README.txt\"");
}

TEST_F(AuditEvidenceTest, NoBitCanBeFlipped) {
  Bundle({"order-2"});
  const std::vector<audit::VerifierKey> trusted = {
      *audit::VerifierKey::Parse(public_key_)};
  const std::string whole = folder_.Read("evidence.zip");
  std::fstream file(File("evidence.zip"),
                    std::ios::in | std::ios::out | std::ios::binary);
  const auto put = [&file](size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte).flush();
  };
  for (size_t bit = 0; bit < whole.size() * 8; ++bit) {
    const size_t at = bit / 8;
    put(at, static_cast<char>(whole[at] ^ 1 << bit % 8));
    ProducerProof producers({}, kOrigin);
    const absl::Status checked =
        CheckEvidence(File("evidence.zip"), kOrigin, trusted, producers)
            .status();
    ASSERT_FALSE(checked.ok()) << "bit " << bit % 8 << " of byte " << at;
    put(at, whole[at]);
  }
  EXPECT_EQ(Check().exit_code, 0);
}

}  // namespace
}  // namespace daybook::tools
