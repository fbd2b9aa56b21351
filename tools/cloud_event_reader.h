// CloudEventReader finds the events in a file of CloudEvents, whichever of
// these it is, and holds one of them at a time:
//
//   {"specversion":...}        an event a line
//   {"specversion":...}
//
//   {                          an event on several lines: the first of them is
//     "specversion": ...       a brace and nothing else
//   }
//
//   [{...},                    a batch: a list of events, on lines or not
//    {...}]
//
// Whether an event is valid is not looked at here; where one that is not ends
// is found nevertheless, and the next one follows. What is left of one that is
// too long is read only by who asks for the next: it may never end. A batch
// that is itself not well formed ends the reading after all events before.

#ifndef DAYBOOK_TOOLS_CLOUD_EVENT_READER_H_
#define DAYBOOK_TOOLS_CLOUD_EVENT_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "tools/line_reader.h"

namespace daybook::tools {

// An event of the largest size fits, in base64; a longer one can't be used.
inline constexpr size_t kCloudEventBytesMax = 32 << 20;

// Not thread-safe.
class CloudEventReader {
 public:
  // `lines` must outlive this, and stand at its beginning.
  explicit CloudEventReader(LineReader& lines) : lines_(lines) {}
  CloudEventReader(const CloudEventReader&) = delete;
  CloudEventReader& operator=(const CloudEventReader&) = delete;

  // Steps to the next event. False at the end, on trouble and when the process
  // was interrupted: see status().
  bool Next();

  // The event, without white space around it; valid until the next step. Of
  // one that is too long, its beginning.
  std::string_view text() const { return text_; }
  // Where it begins, from 1.
  uint64_t line_number() const { return line_number_; }
  // Which one of a batch it is, from 1; 0 where events are no batch.
  uint64_t item_number() const { return item_number_; }
  // Not OK when the event is too long.
  const absl::Status& event_status() const { return event_status_; }

  // What ended the reading: OK at the end.
  absl::Status status() const;

 private:
  enum class Layout { kUnknown, kLines, kBatch };

  // Follows JSON by its brackets alone, to where a value ends.
  struct Brackets {
    size_t depth = 0;
    bool in_string = false;
    bool after_backslash = false;

    void Add(char c);
    bool open() const { return depth > 0 || in_string; }
  };

  Layout FindLayout();
  bool NextOfLines();
  // Steps over what is left of an event that was too long. False where there is
  // no end to it, as TakeLines() and TakeItem() say.
  bool SkipRestOfEvent();
  // The event that a line with a brace begins, or what is left of it. False
  // when it never ends, on trouble or since reading started over.
  bool TakeLines();
  bool NextOfBatch();
  // The event that stands next, or what is left of it. False when the batch
  // ends before.
  bool TakeItem();
  // The next character of the batch; -1 at the end.
  int Peek();
  int PeekBeyondSpace();
  // Steps over the character that Peek() gave.
  void Drop();
  bool Broken(std::string_view what);
  // Adds to the event, unless it is too long already.
  void Keep(std::string_view piece);

  LineReader& lines_;
  Layout layout_ = Layout::kUnknown;

  // Of a batch: what is read of the line, where in it, and what came before.
  std::string_view piece_;
  size_t at_ = 0;
  bool newline_follows_ = false;
  bool begun_ = false;
  bool ended_ = false;

  // Within an event that was too long; its rest is not kept.
  bool in_long_event_ = false;
  bool is_skipping_ = false;
  Brackets brackets_;

  std::string_view text_;
  std::string assembled_;
  uint64_t line_number_ = 0;
  uint64_t item_number_ = 0;
  absl::Status event_status_;
  absl::Status status_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_CLOUD_EVENT_READER_H_
