#include "tools/import_appends.h"

#include <utility>

#include "tools/import_events.h"
#include "tools/text.h"

namespace daybook::tools {

ImportAppends::ImportAppends(EventStore& store, Rejects& rejects,
                             std::string_view name,
                             const ProducerSigner* producer)
    : store_(store),
      rejects_(rejects),
      keys_(name),
      known_(store),
      window_(store, &known_) {
  window_.SignWith(producer);
}

absl::Status ImportAppends::Add(uint64_t line, std::string_view key_text,
                                std::string text, StreamEvent event) {
  AppendRequest request;
  request.key = keys_.KeyOf(key_text);
  std::string stream = event.stream;
  request.events.push_back(std::move(event));
  return window_.Add(request,
                     [this, line, text = std::move(text),
                      stream = std::move(stream)](const absl::Status& status) {
                       return OnFailure(line, text, stream, status);
                     });
}

absl::Status ImportAppends::OnFailure(uint64_t line, const std::string& text,
                                      const std::string& stream,
                                      const absl::Status& status) {
  std::string reason(status.message());
  // The same event otherwise: by other options, or since the file has changed
  // in what is kept with the event.
  if (absl::IsAlreadyExists(status)) {
    reason +=
        "; to import it anew, with other options or after it was changed, "
        "give the import another --name";
  }
  if (IsInputsFault(status, store_, {stream})) {
    return rejects_.Add(line, text, reason);
  }
  return absl::Status(status.code(), Concat("line ", line, ": ", reason));
}

}  // namespace daybook::tools
