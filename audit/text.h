// Text as the signed formats have it: UTF-8, lines, decimal numbers.

#ifndef DAYBOOK_AUDIT_TEXT_H_
#define DAYBOOK_AUDIT_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace daybook::audit {

// `text` in double quotes, fit for a message and for any terminal: all but
// printable ASCII is escaped.
std::string Quoted(std::string_view text);

// Takes a code point off the front of `*text`, which is not empty. Nothing, and
// `*text` is as it was, when it does not begin with well-formed UTF-8.
std::optional<char32_t> TakeCodePoint(std::string_view* text);

// What Unicode calls white space.
bool IsSpace(char32_t point);

// UTF-8 without control characters of ASCII, but for those that end lines: what
// a signed note may consist of.
bool IsNoteText(std::string_view text);
// The same, of one line without its end.
bool IsNoteLine(std::string_view text);

// Takes a line off the front of `*text`, without its end. Nothing, and `*text`
// is as it was, when no LF ends it.
std::optional<std::string_view> TakeLine(std::string_view* text);

// Digits, of which the first is no 0 unless it is the only one. Nothing for
// anything else, and above what 64 bits hold.
std::optional<uint64_t> ParseDecimal(std::string_view text);

}  // namespace daybook::audit

#endif  // DAYBOOK_AUDIT_TEXT_H_
