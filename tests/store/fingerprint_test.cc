#include "store/fingerprint.h"

#include <set>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace daybook {
namespace {

std::string Hex(const Fingerprint& fingerprint) {
  return absl::BytesToHexString(
      std::string(fingerprint.begin(), fingerprint.end()));
}

AppendRequest Request() {
  AppendRequest request;
  request.events.resize(2);
  request.events[0].stream = "a";
  request.events[0].event.type = "t";
  request.events[0].event.payload = "p";
  request.events[0].event.tags = {"x", "y"};
  request.events[0].event.metadata.actor = "anna";
  request.events[1].stream = "b";
  request.events[1].event.type = "u";
  return request;
}

// Both are stored: whatever changes them makes old stores forget their keys.
TEST(FingerprintTest, NeverChanges) {
  EXPECT_EQ(Hex(AppendFingerprint(Request())),
            "2933faa0741a7dfc29bf6bbcfd120bc0");
  EXPECT_EQ(Hex(AppendKeyHash("key")), "8930740bf58abb379bba3b932a20f3af");
  EXPECT_EQ(Hex(AppendKeyHash("")), "851bd509881240a12fb8542512e6285d");
}

TEST(FingerprintTest, EveryPartOfTheContentCounts) {
  std::set<Fingerprint> seen = {AppendFingerprint(Request())};
  const auto expect_other = [&](auto change) {
    AppendRequest request = Request();
    change(request, request.events[0].event);
    EXPECT_TRUE(seen.insert(AppendFingerprint(request)).second);
  };
  expect_other([](auto& r, auto&) { r.events[0].stream = "aa"; });
  expect_other([](auto& r, auto&) { r.events.pop_back(); });
  expect_other([](auto& r, auto&) { std::swap(r.events[0], r.events[1]); });
  expect_other([](auto&, auto& e) { e.type = "tt"; });
  expect_other([](auto&, auto& e) { e.payload = ""; });
  expect_other([](auto&, auto& e) { e.content_type = ""; });
  expect_other([](auto&, auto& e) { e.tags = {"y", "x"}; });
  expect_other([](auto&, auto& e) { e.tags = {"xy"}; });
  expect_other([](auto&, auto& e) { e.tags = {}; });
  expect_other([](auto&, auto& e) { e.metadata = {}; });
  expect_other([](auto&, auto& e) { e.source = "s"; });
  expect_other([](auto&, auto& e) { e.id = EventId(); });
  // What one field loses, the next gains.
  expect_other([](auto&, auto& e) {
    e.type = "tp";
    e.payload = "";
  });
}

TEST(FingerprintTest, WhatARetryMayChangeDoesNotCount) {
  AppendRequest request = Request();
  request.events[0].event.occurred_at = absl::UnixEpoch();
  request.expectations = {{"a", ExpectedRevision::NoStream()}};
  request.condition.emplace();
  request.key = "k";
  request.result = "r";
  EXPECT_EQ(AppendFingerprint(request), AppendFingerprint(Request()));
}

}  // namespace
}  // namespace daybook
