// ReadXml walks through a document of XML, element by element, for formats
// that keep all they say in elements and their attributes.
//
// It is Expat that reads: a few megabytes whatever the document, with the line
// of each element, and nothing taken that XML does not allow (what a parser of
// whole documents costs and lets pass: tools/README.md, Decisions). What is
// known to be used against readers of XML is refused: a document type
// declaration, and with it all entities but the five of XML itself; elements
// more than kXmlDepthMax deep; a tag of more than kXmlTokenBytesMax. No other
// file is ever opened.

#ifndef DAYBOOK_TOOLS_XML_READER_H_
#define DAYBOOK_TOOLS_XML_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "tools/line_reader.h"

namespace daybook::tools {

inline constexpr size_t kXmlDepthMax = 100;
// An event of the largest size fits, with all of its characters escaped.
inline constexpr size_t kXmlTokenBytesMax = 32 << 20;

// An element as it begins; valid during the call that gives it.
struct XmlElement {
  // Without the prefix of a namespace.
  std::string_view name;
  // In the order of the document, names as they stand there, in UTF-8.
  std::vector<std::pair<std::string_view, std::string_view>> attributes;
  // Where it begins, from 1.
  uint64_t line = 0;
};

class XmlHandler {
 public:
  virtual ~XmlHandler() = default;
  // An error ends the reading; the element's line is put before it.
  virtual absl::Status Start(const XmlElement& element) = 0;
  // The element that began last, and has not ended, ends. An error ends the
  // reading as it is.
  virtual absl::Status End() = 0;
};

// Reads `lines`, which must stand at its beginning, to the end. `on_progress`
// is called now and then. UTF-8, UTF-16, ISO-8859-1 and ASCII are read.
// Errors: those of `lines` and of `handler`; exit code 1 with the line for a
// document that is not well formed, has text between its elements, or is
// refused as above.
absl::Status ReadXml(LineReader& lines, XmlHandler& handler,
                     const std::function<void()>& on_progress);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_XML_READER_H_
