// LogEditor changes a store as somebody does who has its folder and knows its
// format, but has no key: in RocksDB, under checksums that are right.

#ifndef DAYBOOK_TESTS_STORE_LOG_EDITOR_H_
#define DAYBOOK_TESTS_STORE_LOG_EDITOR_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "daybook/store/numbers.h"
#include "store/chunk.h"

namespace daybook {

// One event with everything that is stored of it.
struct EditedEvent {
  // Which events came together: the same number.
  uint64_t append = 0;
  int64_t recorded_at_micros = 0;
  std::string key;
  Fingerprint fingerprint{};
  std::string result;

  Revision revision;
  std::string stream;
  std::string type;
  std::string source;
  std::string content_type;
  std::string body;
  EventAudit audit;

  friend bool operator==(const EditedEvent&, const EditedEvent&) = default;
};

class LogEditor {
 public:
  // Loads the log of the store in `folder`, which is closed.
  explicit LogEditor(const std::string& folder);

  // The log. A position is an index here.
  std::vector<EditedEvent> events;

  // Where this log and another one differ first.
  std::optional<uint64_t> FirstDifference(const LogEditor& other) const;

  // Gives the events from `from` on the leaves that they should have, of all
  // streams or of one.
  void MakeLeavesAgain(uint64_t from, const std::string& only_stream = "");

  struct SaveOptions {
    // The rows of the tree follow from the leaves, and the anchor from how many
    // events there are; no head is left in the store.
    bool cover_tracks = false;
  };
  void Save(const SaveOptions& options);
  // Saves to another folder from now on.
  void set_folder(const std::string& folder) { folder_ = folder; }

 private:
  // For each event the header of its append; views into `events`.
  std::vector<AppendHeader> Headers() const;

  std::string folder_;
};

}  // namespace daybook

#endif  // DAYBOOK_TESTS_STORE_LOG_EDITOR_H_
