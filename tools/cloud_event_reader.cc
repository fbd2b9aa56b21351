#include "tools/cloud_event_reader.h"

#include <algorithm>
#include <utility>

#include "tools/exit_code.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kSpace = " \t\r\n";
// Other programs write it at the beginning of a file; it is no part of JSON.
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
// How much of an event that is too long is shown.
constexpr size_t kShownBytes = 1024;

bool IsSpace(char c) { return kSpace.find(c) != std::string_view::npos; }

std::string_view Trimmed(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

std::string_view WithoutMark(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) {
    text.remove_prefix(kByteOrderMark.size());
  }
  return text;
}

}  // namespace

void CloudEventReader::Brackets::Add(char c) {
  if (in_string) {
    if (after_backslash) {
      after_backslash = false;
    } else if (c == '\\') {
      after_backslash = true;
    } else if (c == '"') {
      in_string = false;
    }
    return;
  }
  if (c == '"') in_string = true;
  if (c == '{' || c == '[') ++depth;
  if ((c == '}' || c == ']') && depth > 0) --depth;
}

bool CloudEventReader::Next() {
  if (layout_ == Layout::kUnknown) layout_ = FindLayout();
  text_ = {};
  assembled_.clear();
  event_status_ = absl::OkStatus();
  if (!status_.ok()) return false;
  return layout_ == Layout::kBatch ? NextOfBatch() : NextOfLines();
}

absl::Status CloudEventReader::status() const {
  return status_.ok() ? lines_.status() : status_;
}

CloudEventReader::Layout CloudEventReader::FindLayout() {
  while (true) {
    const std::string_view ahead = lines_.Ahead();
    if (ahead.empty()) return Layout::kLines;
    const std::string_view text = WithoutMark(ahead);
    const size_t first = text.find_first_not_of(kSpace);
    if (first != std::string_view::npos) {
      return text[first] == '[' ? Layout::kBatch : Layout::kLines;
    }
    lines_.NextPiece();
  }
}

bool CloudEventReader::NextOfLines() {
  // Where reading started over within an event, a new line is read already.
  bool on_line = !SkipRestOfEvent() && lines_.status().ok();
  if (!on_line) on_line = lines_.Next();
  while (on_line) {
    text_ = lines_.line();
    if (lines_.line_number() == 1) text_ = WithoutMark(text_);
    text_ = Trimmed(text_);
    event_status_ = lines_.line_status();
    if (event_status_.ok() && text_.empty()) {
      on_line = lines_.Next();
      continue;
    }
    line_number_ = lines_.line_number();
    if (!event_status_.ok() || text_ != "{") return true;
    brackets_ = Brackets();
    brackets_.Add('{');
    Keep(text_);
    if (TakeLines()) return true;
    // What was read of the event counts no more; the line may be a new one.
    assembled_.clear();
    on_line = lines_.status().ok();
  }
  return false;
}

bool CloudEventReader::SkipRestOfEvent() {
  if (!std::exchange(in_long_event_, false)) return true;
  is_skipping_ = true;
  const bool is_there = layout_ == Layout::kBatch ? TakeItem() : TakeLines();
  is_skipping_ = false;
  text_ = {};
  event_status_ = absl::OkStatus();
  return is_there;
}

bool CloudEventReader::TakeLines() {
  const uint64_t times_started_over = lines_.times_started_over();
  while (brackets_.open() && !in_long_event_ && lines_.Next()) {
    // Another file has taken this one's place.
    if (lines_.times_started_over() != times_started_over) return false;
    if (!lines_.line_status().ok()) {
      event_status_ = lines_.line_status();
      break;
    }
    for (const char c : lines_.line()) brackets_.Add(c);
    Keep("\n");
    Keep(lines_.line());
  }
  text_ = Trimmed(assembled_);
  return lines_.status().ok();
}

int CloudEventReader::Peek() {
  while (at_ == piece_.size()) {
    if (newline_follows_) return '\n';
    if (!lines_.NextPiece()) return -1;
    piece_ = lines_.line();
    newline_follows_ = lines_.terminated();
    at_ = 0;
  }
  return static_cast<unsigned char>(piece_[at_]);
}

void CloudEventReader::Drop() {
  if (at_ < piece_.size()) {
    ++at_;
  } else {
    newline_follows_ = false;
  }
}

int CloudEventReader::PeekBeyondSpace() {
  int c = Peek();
  while (c >= 0 && IsSpace(static_cast<char>(c))) {
    Drop();
    c = Peek();
  }
  return c;
}

bool CloudEventReader::Broken(std::string_view what) {
  // What ended the input, if something did, comes first.
  if (lines_.status().ok()) {
    status_ = InputError(Concat("line ", lines_.line_number(), ": ", what));
  }
  ended_ = true;
  return false;
}

bool CloudEventReader::NextOfBatch() {
  if (ended_ || !SkipRestOfEvent()) return false;
  int c = PeekBeyondSpace();
  if (!begun_) {
    if (static_cast<unsigned char>(kByteOrderMark[0]) == c) {
      for (size_t i = 0; i < kByteOrderMark.size() && Peek() >= 0; ++i) Drop();
      PeekBeyondSpace();
    }
    Drop();  // the bracket
    c = PeekBeyondSpace();
  } else if (c == ',') {
    Drop();
    c = PeekBeyondSpace();
    if (c == ']') return Broken("the batch has a comma before its end");
  } else if (c != ']' && c >= 0) {
    return Broken("no comma between two events of the batch");
  }
  begun_ = true;
  if (c < 0) return Broken("the batch is cut off");
  if (c == ']') {
    Drop();
    if (PeekBeyondSpace() >= 0) {
      return Broken("there is more after the end of the batch");
    }
    ended_ = true;
    return false;
  }

  line_number_ = lines_.line_number();
  ++item_number_;
  brackets_ = Brackets();
  return TakeItem();
}

bool CloudEventReader::TakeItem() {
  int c = Peek();
  while (c >= 0 && !in_long_event_) {
    const char character = static_cast<char>(c);
    if (!brackets_.open() && (character == ',' || character == ']' ||
                              character == '}' || IsSpace(character))) {
      break;
    }
    brackets_.Add(character);
    Keep(std::string_view(&character, 1));
    Drop();
    // The end of a value that has one of its own.
    if (!brackets_.open() &&
        (character == '}' || character == ']' || character == '"')) {
      break;
    }
    c = Peek();
  }
  if (c < 0) return Broken("the batch is cut off");
  text_ = assembled_;
  if (text_.empty() && !is_skipping_) {
    return Broken("no event where one should be in the batch");
  }
  return true;
}

void CloudEventReader::Keep(std::string_view piece) {
  if (is_skipping_ || !event_status_.ok()) return;
  if (assembled_.size() + piece.size() > kCloudEventBytesMax) {
    event_status_ = InputError(
        Concat("the event is longer than ", kCloudEventBytesMax, " bytes"));
    assembled_.resize(std::min(assembled_.size(), kShownBytes));
    assembled_.shrink_to_fit();
    in_long_event_ = true;
    return;
  }
  assembled_ += piece;
}

}  // namespace daybook::tools
