// Where tests find files: the checkout, and the real event data beside it.
//
//   TEST(ImportTest, WikitickerKeepsEveryPayload) {
//     DAYBOOK_TEST_DATA_OR_SKIP(folder, "wikiticker-2015-09-12");
//     std::ifstream facts(folder / "facts.json");
//
// The data is no part of the project. It is looked for in $DAYBOOK_TEST_DATA,
// else in `../shared/data` beside the checkout.

#ifndef DAYBOOK_TESTS_TESTING_TEST_DATA_H_
#define DAYBOOK_TESTS_TESTING_TEST_DATA_H_

#include <filesystem>
#include <string_view>

#include "gtest/gtest.h"

namespace daybook::testing {

// Returns the top of the checkout the tests were built from.
std::filesystem::path SourceFolder();

// Returns the folder of the data set `name`, whether it exists or not.
std::filesystem::path TestDataFolder(std::string_view name);

}  // namespace daybook::testing

// Declares `folder`, the folder of the data set `name`; skips the test, saying
// why, where it is missing. Use it in a test's body or in SetUp().
#define DAYBOOK_TEST_DATA_OR_SKIP(folder, name)                       \
  const std::filesystem::path folder =                                \
      ::daybook::testing::TestDataFolder(name);                       \
  if (!std::filesystem::is_directory(folder))                         \
  GTEST_SKIP() << "skipped: no test data in " << (folder)             \
               << "; set DAYBOOK_TEST_DATA to the folder that holds " \
               << (name)

#endif  // DAYBOOK_TESTS_TESTING_TEST_DATA_H_
