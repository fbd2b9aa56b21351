// `daybook producer`, and what else the command line does with signatures of
// producers: from the key to a proof that needs no store.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/temporary_folder.h"
#include "tests/tools/command_runner.h"
#include "tests/tools/git_repository.h"
#include "tools/store_access.h"

namespace daybook::tools {
namespace {

using ::daybook::testing::CommandResult;
using ::daybook::testing::CommandRunner;
using ::daybook::testing::GitRepository;
using ::daybook::testing::TemporaryFolder;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ProducerCommandsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Run({"init"});
    log_key_ = Generate("shop.example/log", "log.key");
    till_key_ = Generate("till-3.shop.example", "till.key");
  }

  std::string Generate(const std::string& name, const std::string& file) {
    std::string key =
        Run({"key", "generate", "--name", name, "-o", File(file)});
    key.pop_back();
    return key;
  }
  CommandResult Try(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"--store", folder_.File(store_)});
    if (log_signs_) {
      arguments.insert(arguments.end(), {"--audit-key", File("log.key")});
    }
    return daybook_(arguments);
  }
  std::string Run(std::vector<std::string> arguments) {
    const CommandResult result = Try(std::move(arguments));
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return result.out;
  }
  void Fails(std::vector<std::string> arguments, int exit_code,
             const std::string& why) {
    const CommandResult result = Try(std::move(arguments));
    EXPECT_EQ(result.exit_code, exit_code) << result.out;
    EXPECT_THAT(result.err, HasSubstr(why));
  }
  void AddTill() {
    log_signs_ = true;
    Run({"producer", "add", till_key_});
  }
  std::vector<std::string> Sale(bool is_signed = true) {
    std::vector<std::string> words = {"append", "till-3", "--type",
                                      "sold",   "--data", "{}"};
    if (is_signed)
      words.insert(words.end(), {"--producer-key", File("till.key")});
    return words;
  }
  std::string File(const std::string& name) { return folder_.File(name); }

  TemporaryFolder folder_;
  std::string store_ = "store";
  bool log_signs_ = false;
  CommandRunner daybook_{StoreAccess::Disk()};
  std::string log_key_;
  std::string till_key_;
};

TEST_F(ProducerCommandsTest, AKeyIsAddedForTheLogOfTheStore) {
  log_signs_ = true;
  EXPECT_THAT(Run({"producer", "add", till_key_, "--reason", "new till"}),
              HasSubstr(" signs for shop.example/log from position 1 on"));

  EXPECT_THAT(
      Run({"producer", "list"}),
      AllOf(HasSubstr("till-3.shop.example+"), HasSubstr("shop.example/log")));
  EXPECT_THAT(Run({"read", "$operations", "--format", "raw"}),
              HasSubstr("new till"));
  Fails({"producer", "add", till_key_}, 1, "was added at position 0");
}

// The store was named for want of a key, which tells nobody what it is.
TEST_F(ProducerCommandsTest, TheKeyNamesTheLogWhereEarlierHeadsAreNotSigned) {
  Run({"append", "till-3", "--type", "sold"});
  log_signs_ = true;

  EXPECT_THAT(Run({"producer", "add", till_key_}),
              HasSubstr(" signs for shop.example/log from position "));
}

TEST_F(ProducerCommandsTest, AnEventShowsWhoSignedIt) {
  AddTill();
  Run(Sale());
  Run(Sale(/*is_signed=*/false));

  EXPECT_THAT(Run({"read", "till-3", "--format", "json"}),
              HasSubstr("\"signed_by\":\"till-3.shop.example+"));
  EXPECT_THAT(Run({"event", "@2"}),
              AllOf(HasSubstr("signed by       till-3.shop.example+"),
                    HasSubstr("for shop.example/log: right, by a key that was "
                              "valid then")));
  EXPECT_THAT(Run({"event", "@3"}), Not(HasSubstr("signed by")));
}

TEST_F(ProducerCommandsTest, AKeyThatTheStoreDoesNotKnowSignsNothing) {
  Fails(Sale(), 1, "is no producer's: make it known with `producer add`");
}

TEST_F(ProducerCommandsTest, ARevokedKeySignsNothingMore) {
  AddTill();
  Run(Sale());
  EXPECT_THAT(
      Run({"producer", "revoke", "till-3.shop.example", "--reason", "stolen"}),
      HasSubstr("signs nothing from position 3 on"));

  Fails(Sale(), 1, "was revoked at position 3");
  EXPECT_THAT(Run({"producer", "list"}), HasSubstr("stolen"));
  EXPECT_THAT(Run({"producer", "list", "--as-of", "@2"}),
              AllOf(HasSubstr("till-3"), Not(HasSubstr("stolen"))));
  EXPECT_THAT(Run({"event", "@2"}), HasSubstr("right, by a key"));
  Fails({"producer", "revoke", "nobody", "--reason", "x"}, 4,
        "knows no key \"nobody\"");
}

TEST_F(ProducerCommandsTest, WhereItIsRequiredNothingElseIsAppended) {
  AddTill();
  Run({"producer", "policy", "till-", "require"});

  Fails(Sale(/*is_signed=*/false), 1, "events of stream \"till-3\" must be");
  Run(Sale());
  EXPECT_THAT(Run({"producer", "list"}), HasSubstr("till-..."));
  EXPECT_THAT(Run({"producer", "list", "--format", "json"}),
              HasSubstr(R"({"prefix":"till-","policy":"require","set_at":2})"));
}

TEST_F(ProducerCommandsTest, AnImportIsSignedInBatchesAndDoneOnce) {
  AddTill();
  Run({"producer", "policy", "", "require"});
  std::string lines;
  for (int i = 0; i < 300; ++i) {
    lines += R"({"stream":"till-3","type":"sold","data":{"n":)" +
             std::to_string(i) + "}}\n";
  }
  folder_.Write("sales.ndjson", lines);
  const std::vector<std::string> import = {"import", "events",
                                           File("sales.ndjson"),
                                           "--producer-key", File("till.key")};

  EXPECT_THAT(Run(import), HasSubstr("300"));
  EXPECT_THAT(Run(import), HasSubstr("300"));

  EXPECT_THAT(Run({"audit", "verify"}),
              HasSubstr("300 events signed, by keys that were valid"));
  EXPECT_THAT(Run({"event", "@303"}), HasSubstr("right, by a key"));
}

// Of each importer: where signatures are required, nothing is imported without
// a key, everything with one, and nothing twice.
TEST_F(ProducerCommandsTest, EveryImportSigns) {
  AddTill();
  Run({"producer", "policy", "", "require"});
  GitRepository repository;
  repository.Write("README", "read me\n");
  repository.Commit();
  const std::vector<std::vector<std::string>> imports = {
      {"events",
       folder_.Write("a.ndjson", R"({"stream":"a","type":"t","data":1})")},
      {"json", folder_.Write("b.ndjson", R"({"id":"b"})"), "--stream", "{id}",
       "--type", "t"},
      {"cloudevents",
       folder_.Write("c.json", R"({"specversion":"1.0","id":"1","source":"/c",)"
                               R"("type":"t"})")},
      {"xes", folder_.Write(
                  "d.xes",
                  R"(<log><trace><string key="concept:name" value="d"/><event>)"
                  R"(<string key="concept:name" value="t"/></event></trace>)"
                  R"(</log>)")},
      {"ocel",
       folder_.Write("e.json",
                     R"({"ocel:global-log":{"ocel:version":"1.0"},)"
                     R"("ocel:events":{"e":{"ocel:activity":"t",)"
                     R"("ocel:timestamp":"2020-01-01T00:00:00Z",)"
                     R"("ocel:omap":["o"],"ocel:vmap":{}}},"ocel:objects":)"
                     R"({"o":{"ocel:type":"order","ocel:ovmap":{}}}})"),
       "--stream-object", "order"},
      {"git", repository.path()}};
  for (std::vector<std::string> import : imports) {
    SCOPED_TRACE(import.front());
    import.insert(import.begin(), "import");
    EXPECT_NE(Try(import).exit_code, 0);
    import.insert(import.end(), {"--producer-key", File("till.key")});

    EXPECT_THAT(Run(import), HasSubstr("appended"));
    Run(import);
  }

  EXPECT_THAT(Run({"audit", "verify"}),
              HasSubstr("6 events signed, by keys that were valid"));
}

TEST_F(ProducerCommandsTest, ARestoredStoreHasTheSameSignatures) {
  AddTill();
  Run(Sale());
  std::vector<std::string> keyed = Sale();
  keyed.insert(keyed.end(), {"--key", "sale-7", "--source", "/till"});
  Run(keyed);
  Run({"export", "--full", "-o", File("all.ndjson")});

  store_ = "copy";
  Run({"init"});
  Run({"import", "events", File("all.ndjson"), "--restore"});

  EXPECT_THAT(Run({"audit", "verify"}), HasSubstr("2 events signed"));
  // And the same as ever to who tries again.
  EXPECT_THAT(Run(keyed), HasSubstr("appended before with this key"));
}

TEST_F(ProducerCommandsTest, WhatIsSalvagedHasTheSameSignatures) {
  AddTill();
  Run(Sale());
  daybook_({"salvage", File("store"), "-o", File("all.ndjson")});

  store_ = "copy";
  Run({"init"});
  Run({"import", "events", File("all.ndjson"), "--restore"});

  EXPECT_THAT(Run({"audit", "verify"}), HasSubstr("1 event signed"));
}

TEST_F(ProducerCommandsTest, AProofShowsWhoMadeTheEvent) {
  AddTill();
  Run(Sale());
  Run(Sale(/*is_signed=*/false));
  Run({"audit", "prove", "2", "-o", File("2.tlog-proof")});
  Run({"audit", "prove", "3", "-o", File("3.tlog-proof")});
  const std::string other = Generate("till-4.shop.example", "other.key");
  const auto check = [&](const std::string& file, const std::string& producer) {
    return std::vector<std::string>{"audit",   "check",  File(file),
                                    "--trust", log_key_, "--producer",
                                    producer};
  };

  EXPECT_THAT(Run(check("2.tlog-proof", till_key_)),
              AllOf(HasSubstr("signed by"),
                    HasSubstr("signed by one of the producers")));
  Fails(check("2.tlog-proof", other), 30, "whose key was not given");
  Fails(check("3.tlog-proof", till_key_), 30, "no producer signed it");
  std::vector<std::string> elsewhere = check("2.tlog-proof", till_key_);
  elsewhere.insert(elsewhere.end(), {"--producer-origin", "bank.example/log"});
  Fails(elsewhere, 20, "say so with --producer-origin");
}

TEST_F(ProducerCommandsTest, ABundleShowsWhoMadeItsEvents) {
  AddTill();
  Run(Sale());
  Run(Sale());
  Run({"audit", "bundle", "till-3", "-o", File("evidence.zip")});

  EXPECT_THAT(Run({"audit", "check", File("evidence.zip"), "--trust", log_key_,
                   "--producer", till_key_}),
              AllOf(HasSubstr("proven: 2 events"),
                    HasSubstr("signed by one of the producers")));
}

TEST_F(ProducerCommandsTest, AReportSaysWhoSignedARow) {
  AddTill();
  Run(Sale());
  Run({"producer", "revoke", "till-3.shop.example", "--reason", "stolen"});
  Run(Sale(/*is_signed=*/false));

  EXPECT_THAT(Run({"audit", "report", "till-3", "--format", "csv", "--trust",
                   log_key_}),
              AllOf(HasSubstr(",proven; signed by till-3.shop.example+"),
                    HasSubstr(",proven,")));
}

TEST_F(ProducerCommandsTest, WhatGoesWithOtherThingsIsRefused) {
  Fails({"import", "events", "-", "--restore", "--producer-key", "x"}, 2,
        "leave --producer-key out");
  Fails({"producer", "policy", "a", "forbid"}, 2, "policy");
  Fails({"producer", "add", "rubbish"}, 2, "VKEY: ");
}

TEST_F(ProducerCommandsTest, AnImportKeepsSignaturesOfAppendsThatHadAKey) {
  AddTill();
  std::vector<std::string> keyed = Sale();
  keyed.insert(keyed.end(), {"--key", "sale-1"});
  Run(keyed);
  Run(Sale());
  std::string lines;
  for (const absl::string_view line :
       absl::StrSplit(Run({"export", "--full"}), '\n')) {
    if (absl::StrContains(line, "till-3\",\"type")) {
      absl::StrAppend(&lines, line, "\n");
    }
  }
  const std::string file = folder_.Write("sales.ndjson", lines);
  store_ = "other";
  Run({"init"});
  AddTill();

  const CommandResult imported = Try({"import", "events", file});

  EXPECT_EQ(imported.exit_code, 0) << imported.err;
  EXPECT_THAT(imported.err, HasSubstr("signatures of 1 event were left out"));
  EXPECT_THAT(Run({"event", "@2"}), HasSubstr("right, by a key"));
  EXPECT_THAT(Run({"event", "@3"}), Not(HasSubstr("signed by")));
  EXPECT_THAT(Run({"audit", "verify", "--trust", log_key_}),
              HasSubstr("verified"));
}

TEST_F(ProducerCommandsTest, OnABranchItIsSaidForWhichLogAKeySigns) {
  log_signs_ = true;
  Run(Sale(/*is_signed=*/false));
  Run({"branch", File("branch")});
  store_ = "branch";
  log_signs_ = false;

  Fails({"producer", "add", till_key_}, 2,
        "is a branch of the log \"shop.example/log\": say with --origin");

  Run({"producer", "add", till_key_, "--origin", "what-if.example"});
}

}  // namespace
}  // namespace daybook::tools
