// Runs each fuzz target on what is kept for it in corpus/<target>/, and on that
// with bytes cut off, changed and put in: a few thousand inputs each, always
// the same ones.

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tests/fuzz/fuzz_target.h"
#include "tests/testing/test_data.h"

namespace daybook::fuzz {
namespace {

namespace fs = std::filesystem;

fs::path CorpusOf(const FuzzTarget& target) {
  return testing::SourceFolder() / "tests" / "fuzz" / "corpus" / target.name;
}

// Names and contents, sorted.
std::vector<std::pair<std::string, std::string>> ReadCorpus(
    const fs::path& folder) {
  std::vector<std::pair<std::string, std::string>> inputs;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ifstream in(entry.path(), std::ios::binary);
    inputs.emplace_back(entry.path().string(),
                        std::string(std::istreambuf_iterator<char>(in), {}));
  }
  std::ranges::sort(inputs);
  return inputs;
}

std::string Changed(std::string bytes, std::minstd_rand& random) {
  const auto below = [&](size_t end) { return random() % end; };
  const size_t at = below(bytes.size() + 1);
  switch (below(4)) {
    case 0:
      bytes.resize(at);
      break;
    case 1:
      bytes.erase(at, 1 + below(8));
      break;
    case 2:
      bytes.insert(at, 1, static_cast<char>(random()));
      break;
    default:
      if (at < bytes.size()) bytes[at] = static_cast<char>(random());
  }
  return bytes;
}

class CorpusTest : public ::testing::TestWithParam<FuzzTarget> {};

TEST_P(CorpusTest, HoldsOfWhatIsKeptAndWhatIsNearIt) {
  const FuzzTarget& target = GetParam();
  ASSERT_TRUE(fs::is_directory(CorpusOf(target)))
      << "no corpus for " << target.name << ": tests/README.md says how to "
      << "make one";
  const auto inputs = ReadCorpus(CorpusOf(target));
  ASSERT_FALSE(inputs.empty());
  RunTarget(target, "", "nothing");
  std::minstd_rand random(7);
  const size_t changes = std::max<size_t>(2000 / inputs.size(), 1);
  for (const auto& [name, bytes] : inputs) {
    RunTarget(target, bytes, name);
    for (size_t i = 0; i < changes; ++i) {
      RunTarget(target, Changed(bytes, random),
                name + ", change " + std::to_string(i));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, CorpusTest, ::testing::ValuesIn(FuzzTargets()),
                         [](const auto& target) {
                           return std::string(target.param.name);
                         });

}  // namespace
}  // namespace daybook::fuzz
