#include "tools/xml_reader.h"

#include <expat.h>

#include <algorithm>
#include <memory>
#include <string>

#include "store/status_macros.h"
#include "tools/exit_code.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

// What is handed to the parser at once. It looks at a tag that is not whole
// yet again each time.
constexpr size_t kChunkBytes = 256 << 10;
constexpr size_t kShownBytes = 60;
constexpr std::string_view kSpace = " \t\r\n";

struct ParserDeleter {
  void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};

std::string_view WithoutPrefix(std::string_view name) {
  const size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

class Reader {
 public:
  Reader(LineReader& lines, XmlHandler& handler)
      : lines_(lines),
        handler_(handler),
        parser_(XML_ParserCreate(/*encoding=*/nullptr)) {}

  absl::Status Run(const std::function<void()>& on_progress) {
    if (parser_ == nullptr) return NoMemory();
    SetHandlers();
    bool more = true;
    while (more) {
      more = FillChunk();
      // What was read before trouble is not the whole document.
      if (!more) DAYBOOK_RETURN_IF_ERROR(lines_.status());
      const XML_Status parsed =
          XML_Parse(parser_.get(), chunk_.data(),
                    static_cast<int>(chunk_.size()), more ? 0 : 1);
      if (!status_.ok()) return status_;
      if (parsed != XML_STATUS_OK) return ParserError();
      bytes_since_token_ += chunk_.size();
      if (bytes_since_token_ > kXmlTokenBytesMax + kChunkBytes) {
        return InputError(Concat("line ", Line(), ": a tag or comment longer ",
                                 "than ", Bytes(kXmlTokenBytesMax)));
      }
      on_progress();
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status NoMemory() {
    return absl::ResourceExhaustedError("no memory to read XML");
  }

  void SetHandlers() {
    XML_SetUserData(parser_.get(), this);
    XML_SetElementHandler(
        parser_.get(),
        [](void* self, const XML_Char* name, const XML_Char** attributes) {
          static_cast<Reader*>(self)->OnStart(name, attributes);
        },
        [](void* self, const XML_Char* /*name*/) {
          static_cast<Reader*>(self)->OnEnd();
        });
    XML_SetCharacterDataHandler(
        parser_.get(), [](void* self, const XML_Char* text, int size) {
          static_cast<Reader*>(self)->OnText(
              std::string_view(text, static_cast<size_t>(size)));
        });
    XML_SetStartDoctypeDeclHandler(
        parser_.get(),
        [](void* self, const XML_Char* /*name*/, const XML_Char* /*system*/,
           const XML_Char* /*public_id*/, int /*has_internal_subset*/) {
          static_cast<Reader*>(self)->Refuse(
              "a DOCTYPE, which may declare entities, is not read: remove it");
        });
    // All else: for OnToken() alone.
    XML_SetDefaultHandler(
        parser_.get(), [](void* self, const XML_Char* /*text*/, int /*size*/) {
          static_cast<Reader*>(self)->OnToken();
        });
  }

  // Takes as much of the input as there is room for; false at its end.
  bool FillChunk() {
    chunk_.clear();
    while (chunk_.size() < kChunkBytes) {
      if (!lines_.NextPiece()) return false;
      chunk_ += lines_.line();
      if (lines_.terminated()) chunk_ += '\n';
    }
    return true;
  }

  uint64_t Line() const { return XML_GetCurrentLineNumber(parser_.get()); }

  // The parser keeps a token until it is whole; this is one.
  void OnToken() { bytes_since_token_ = 0; }

  void OnStart(const XML_Char* name, const XML_Char** attributes) {
    OnToken();
    if (!status_.ok()) return;
    if (++depth_ > kXmlDepthMax) {
      Refuse(Concat("elements are more than ", kXmlDepthMax, " deep"));
      return;
    }
    element_.name = WithoutPrefix(name);
    element_.line = Line();
    element_.attributes.clear();
    for (; *attributes != nullptr; attributes += 2) {
      element_.attributes.emplace_back(attributes[0], attributes[1]);
    }
    StopHere(handler_.Start(element_));
  }

  void OnEnd() {
    OnToken();
    if (!status_.ok()) return;
    --depth_;
    Stop(handler_.End());
  }

  void OnText(std::string_view text) {
    OnToken();
    const size_t first = text.find_first_not_of(kSpace);
    if (!status_.ok() || first == std::string_view::npos) return;
    std::string_view shown = text.substr(first);
    size_t size = std::min(shown.size(), kShownBytes);
    // Not within a character.
    while (size < shown.size() && (shown[size] & 0xC0) == 0x80) ++size;
    Refuse(Concat("text between elements, where none has a meaning: ",
                  Quoted(shown.substr(0, size))));
  }

  void Refuse(std::string_view reason) { StopHere(InputError(reason)); }

  void StopHere(const absl::Status& status) {
    if (status.ok()) return;
    Stop(absl::Status(status.code(), Concat("line ", Line(), ": ",
                                            std::string(status.message()))));
  }

  void Stop(const absl::Status& status) {
    if (status.ok() || !status_.ok()) return;
    status_ = status;
    XML_StopParser(parser_.get(), /*resumable=*/XML_FALSE);
  }

  absl::Status ParserError() const {
    const XML_Error error = XML_GetErrorCode(parser_.get());
    if (error == XML_ERROR_NO_MEMORY) return NoMemory();
    if (error == XML_ERROR_NO_ELEMENTS && lines_.line_number() == 0) {
      return InputError("the input is empty");
    }
    std::string message = Concat(
        "line ", Line(), ", byte ", XML_GetCurrentByteIndex(parser_.get()),
        ": not well-formed XML: ", XML_ErrorString(error));
    if (error == XML_ERROR_UNKNOWN_ENCODING) {
      message += "; convert it to UTF-8 (iconv), also in its first line";
    }
    return InputError(message);
  }

  LineReader& lines_;
  XmlHandler& handler_;
  const std::unique_ptr<XML_ParserStruct, ParserDeleter> parser_;
  std::string chunk_;
  XmlElement element_;
  size_t depth_ = 0;
  size_t bytes_since_token_ = 0;
  absl::Status status_;
};

}  // namespace

absl::Status ReadXml(LineReader& lines, XmlHandler& handler,
                     const std::function<void()>& on_progress) {
  return Reader(lines, handler).Run(on_progress);
}

}  // namespace daybook::tools
