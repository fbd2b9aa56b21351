// ImportAppends is the last step of an importer that makes events one by one:
// each is an append of its own, with a key made of what it says
// (import_keys.h), so that running the import again appends nothing twice;
// what the store refuses is rejected, or ends the import.

#ifndef DAYBOOK_TOOLS_IMPORT_APPENDS_H_
#define DAYBOOK_TOOLS_IMPORT_APPENDS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "daybook/store/event_store.h"
#include "tools/append_window.h"
#include "tools/import_keys.h"
#include "tools/import_report.h"
#include "tools/known_appends.h"
#include "tools/producer_arguments.h"
#include "tools/rejects.h"

namespace daybook::tools {

// Not thread-safe.
class ImportAppends {
 public:
  // `name` is the import's; `producer` signs what is appended, unless null. The
  // others must outlive this.
  ImportAppends(EventStore& store, Rejects& rejects, std::string_view name,
                const ProducerSigner* producer = nullptr);

  // Appends `event`, which comes from `line`. `key_text` is what it says there:
  // equal texts are events of their own, in order. `text` stands for it among
  // the rejects. Errors: what Rejects and the store say, of this event or an
  // earlier one; then nothing more should be added.
  absl::Status Add(uint64_t line, std::string_view key_text, std::string text,
                   StreamEvent event);
  // Waits until all are stored; to be called also after an error. Errors: as
  // Add().
  absl::Status Finish() { return window_.Finish(); }

  // So far; `lines` and `rejected` are the caller's to know.
  uint64_t appended() const { return window_.events_appended(); }
  uint64_t already_there() const { return window_.events_repeated(); }

 private:
  absl::Status OnFailure(uint64_t line, const std::string& text,
                         const std::string& stream, const absl::Status& status);

  EventStore& store_;
  Rejects& rejects_;
  ImportKeys keys_;
  KnownAppends known_;
  AppendWindow window_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_IMPORT_APPENDS_H_
