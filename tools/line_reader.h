// LineReader reads lines from a file, from standard input, and out of gzip,
// which it knows by its first bytes. It holds one line at a time: memory is
// bounded whatever the input.
//
//   auto reader = LineReader::Open(path, context.input_descriptor);
//   if (!reader.ok()) return reader.status();
//   while ((*reader)->Next()) {
//     if (!(*reader)->line_status().ok()) { ... reject this line, go on }
//     Use((*reader)->line(), (*reader)->line_number());
//   }
//   return (*reader)->status();
//
// Two kinds of trouble: a line that can't be used (too long) is one bad line
// and the next one follows, but what is left of it is read only by who asks for
// that: it may never end; input that can't be read on (a cut or damaged gzip
// file, an I/O error) ends the reading. All lines that were whole come first.

#ifndef DAYBOOK_TOOLS_LINE_READER_H_
#define DAYBOOK_TOOLS_LINE_READER_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook::tools {

struct LineReaderOptions {
  // A longer line is a bad line. An event of the largest size fits, in base64.
  size_t line_bytes_max = 32 << 20;
  // At the end of the file wait for more, as `tail -F` does, until the process
  // is interrupted. A last line without newline is waited for too. A file that
  // is truncated, or replaced by another of its name, is read from its
  // beginning; lines are counted from 1 again. Standard input that is a pipe
  // ends when whoever writes to it does.
  bool follow = false;
  // Called each time there is nothing to read just now (only with `follow`);
  // an error ends the reading.
  std::function<absl::Status()> on_idle;
  // Called when reading starts over, with what happened to the file.
  std::function<void(std::string_view)> on_start_over;
};

// Not thread-safe.
class LineReader {
 public:
  // "-" reads `input_descriptor`, standard input.
  // Errors: kNotFound, kPermissionDenied, kFailedPrecondition (a folder).
  static absl::StatusOr<std::unique_ptr<LineReader>> Open(
      const std::string& path, int input_descriptor,
      const LineReaderOptions& options = LineReaderOptions());

  ~LineReader();
  LineReader(const LineReader&) = delete;
  LineReader& operator=(const LineReader&) = delete;

  // Steps to the next line. False at the end, on trouble and when the process
  // was interrupted: see status().
  bool Next();

  // For formats that are not made of lines. Steps to what is read already of
  // the rest of a line, however long it is: line() is that piece, and
  // terminated() says that a newline follows it. Next() goes on with the rest.
  bool NextPiece();
  // What is read already of what comes next, at least a byte, without stepping
  // there; empty at the end and on trouble.
  std::string_view Ahead();

  // The line without its newline, valid until the next step. Of a line that is
  // too long, its beginning.
  std::string_view line() const { return line_; }
  // From 1. At the end: the number of lines there were.
  uint64_t line_number() const { return line_number_; }
  // How often reading started over (LineReaderOptions::follow).
  uint64_t times_started_over() const { return times_started_over_; }
  // Not OK when this line can't be used.
  const absl::Status& line_status() const { return line_status_; }
  // False for a last line that ends without a newline: perhaps cut off. Nobody
  // knows of one that is too long.
  bool terminated() const { return terminated_; }

  // What ended the reading: OK at the end of the input, kCancelled when
  // interrupted, else the reason with the number of the last whole line.
  const absl::Status& status() const { return status_; }

  // How far the file is read, for progress: bytes as stored, and how many
  // there are if that is known.
  uint64_t bytes_read() const;
  std::optional<uint64_t> bytes_total() const;

 private:
  class Input;

  LineReader(std::unique_ptr<Input> input, const LineReaderOptions& options);

  // Counts lines from 1 again if the input started over; false if it did not.
  bool StartOver();
  // Takes the next piece up to a newline; false when there is no input left.
  bool TakePiece(std::string_view* piece, bool* ends_line);
  // Reads to the end of a line that was too long, and forgets it.
  void SkipRestOfLine();

  const LineReaderOptions options_;
  std::unique_ptr<Input> input_;
  std::string_view available_;
  // A line that did not lie whole in one buffer.
  std::string assembled_;

  std::string_view line_;
  uint64_t line_number_ = 0;
  uint64_t times_started_over_ = 0;
  absl::Status line_status_;
  bool terminated_ = true;
  // Within a line that NextPiece() gave a piece of.
  bool in_line_ = false;
  absl::Status status_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_LINE_READER_H_
