// What tests that hold the project's pages to its code share.

#ifndef DAYBOOK_TESTS_TESTING_PAGES_H_
#define DAYBOOK_TESTS_TESTING_PAGES_H_

#include <string>
#include <string_view>

namespace daybook::testing {

// A file of the checkout: "store/FORMAT.md".
std::string SourceText(std::string_view path);

// The lines of a source between `// [README]` and `// [/README]`, moved left by
// their two spaces.
std::string ReadmePart(std::string_view source);

// Lines as pages of formats have them: offset, two spaces, sixteen bytes.
std::string HexDump(std::string_view bytes);

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_PAGES_H_
