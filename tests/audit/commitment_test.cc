#include "daybook/audit/commitment.h"

#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace daybook::audit {
namespace {

std::string Encoded(const LeafMetadata& metadata) {
  std::string bytes;
  EncodeLeafMetadata(metadata, &bytes);
  return bytes;
}

Salt SaltOf(uint8_t byte) {
  Salt salt;
  salt.fill(byte);
  return salt;
}

TEST(CommitmentTest, IsAHashOfDomainSaltAndPayload) {
  EXPECT_EQ(CommitPayload(SaltOf('s'), "tea"),
            Sha256({"daybook payload v1\nsssssssssssssssstea"}));
  EXPECT_EQ(CommitMetadata(SaltOf('s'), "tea"),
            Sha256({"daybook metadata v1\nsssssssssssssssstea"}));
}

TEST(CommitmentTest, IsOfOneSaltAndOnePayload) {
  const Hash commitment = CommitPayload(SaltOf(1), "tea");
  EXPECT_NE(CommitPayload(SaltOf(2), "tea"), commitment);
  EXPECT_NE(CommitPayload(SaltOf(1), "tee"), commitment);
  EXPECT_NE(CommitPayload(SaltOf(1), ""), commitment);
  EXPECT_NE(CommitMetadata(SaltOf(1), "tea"), commitment);
}

TEST(LeafMetadataTest, WhatIsAbsentTakesNoBytes) {
  EXPECT_EQ(Encoded({}), "");
  EXPECT_EQ(Encoded({.source = "/shop"}), std::string("\x01\0\0\0\5/shop", 10));
}

TEST(LeafMetadataTest, EveryFieldCounts) {
  const std::vector<std::string_view> tags = {"x", "y"};
  const std::vector<std::string_view> other_order = {"y", "x"};
  const std::vector<std::string_view> one = {"xy"};
  const std::vector<std::string_view> longer = {"x", "y", ""};
  using Fields = std::vector<std::pair<std::string_view, std::string_view>>;
  const Fields fields = {{"a", "1"}, {"b", "2"}};
  const Fields other_value = {{"a", "1"}, {"b", "3"}};
  const Fields other_split = {{"a", "1b"}, {"b", "2"}};
  const Fields empty_value = {{"a", ""}};
  std::set<std::string> seen;
  for (const LeafMetadata& metadata : std::vector<LeafMetadata>{
           {},
           {.source = "x"},
           {.actor = "x"},
           {.correlation_id = "x"},
           {.causation_id = "x"},
           {.traceparent = "x"},
           {.tracestate = "x"},
           {.tags = tags},
           {.tags = other_order},
           {.tags = one},
           {.tags = longer},
           {.occurred_at_micros = 0},
           {.occurred_at_micros = -1},
           {.occurred_at_micros = 1},
           {.append_key = "x"},
           {.append_fingerprint = "x"},
           {.append_result = "x"},
           {.fields = fields},
           {.fields = other_value},
           {.fields = other_split},
           {.fields = empty_value},
           {.payload_encoding = 1},
           {.source = "x", .actor = "x"},
           {.source = "x\x02", .actor = "x"},
       }) {
    EXPECT_TRUE(seen.insert(Encoded(metadata)).second) << seen.size();
  }
}

TEST(LeafMetadataTest, IsAppendedToWhatIsThere) {
  std::string bytes = "before";
  EncodeLeafMetadata({.actor = "anna"}, &bytes);
  EXPECT_EQ(bytes, "before" + Encoded({.actor = "anna"}));
}

TEST(SaltTest, NoneIsGivenOutTwice) {
  constexpr size_t kPerThread = 1'000;
  std::vector<std::vector<Salt>> salts(4);
  std::vector<std::thread> threads;
  threads.reserve(salts.size());
  for (std::vector<Salt>& own : salts) {
    threads.emplace_back([&own] {
      for (size_t i = 0; i < kPerThread; ++i) own.push_back(RandomSalt());
    });
  }
  for (std::thread& thread : threads) thread.join();

  std::set<Salt> seen;
  for (const std::vector<Salt>& own : salts) {
    seen.insert(own.begin(), own.end());
  }
  EXPECT_EQ(seen.size(), salts.size() * kPerThread);
}

TEST(SaltTest, AForkedProcessHasItsOwn) {
  RandomSalt();  // The thread has more ready.
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const Salt salt = RandomSalt();
    _exit(write(ends[1], salt.data(), salt.size()) ==
                  static_cast<ssize_t>(salt.size())
              ? 0
              : 1);
  }
  const Salt own = RandomSalt();

  Salt childs;
  ASSERT_EQ(read(ends[0], childs.data(), childs.size()),
            static_cast<ssize_t>(childs.size()));
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  close(ends[0]);
  close(ends[1]);
  EXPECT_EQ(status, 0);
  EXPECT_NE(childs, own);
}

}  // namespace
}  // namespace daybook::audit
