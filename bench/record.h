// An event as the floors and the peers keep it: one value in protobuf's wire
// format, written and read by hand, decoded in place. It has every field that
// daybook stores for an event, so that all contestants store the same facts.
//
//   message Record {
//     string stream = 1;  uint64 revision = 2;   uint64 position = 3;
//     bytes id = 4;       string type = 5;       string content_type = 6;
//     fixed64 recorded_at_micros = 7;            repeated string tags = 8;
//     bytes payload = 9;
//   }

#ifndef DAYBOOK_BENCH_RECORD_H_
#define DAYBOOK_BENCH_RECORD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "daybook/store/append.h"
#include "daybook/store/event.h"

namespace daybook::bench {

struct RecordView {
  std::string_view stream;
  uint64_t revision = 0;
  uint64_t position = 0;
  std::string_view id;
  std::string_view type;
  std::string_view content_type;
  uint64_t recorded_at_micros = 0;
  uint32_t tag_count = 0;
  std::string_view payload;
};

// The bytes that WriteRecord writes.
size_t RecordBytes(const StreamEvent& event, uint64_t revision,
                   uint64_t position);
// Returns one past the last byte written.
char* WriteRecord(const StreamEvent& event, uint64_t revision,
                  uint64_t position, char* out);
void AppendRecord(const StreamEvent& event, uint64_t revision,
                  uint64_t position, std::string* out);

// Reads one record that is all of `bytes`. False if malformed.
bool ReadRecord(std::string_view bytes, RecordView* record);

// What a caller hands in for this event, as protobuf would serialise it: the
// name of the stream and the fields of NewEvent that are set.
size_t NewEventBytes(const StreamEvent& event);

// The line that an export as CloudEvents in JSON has for this event.
size_t CloudEventBytes(const StreamEvent& event, uint64_t revision,
                       uint64_t position);

// An id for the event at this position, as random as a real one.
std::array<char, EventId::kSize> IdOf(uint64_t position);

// What every read does with an event: enough to touch its envelope and its
// payload, little enough to measure the read and not itself.
struct Fold {
  uint64_t count = 0;
  uint64_t bytes = 0;
  uint64_t mix = 0;

  void Add(uint64_t revision, std::string_view type, std::string_view payload) {
    ++count;
    bytes += payload.size();
    mix += revision ^ static_cast<uint64_t>(type.size()) ^
           static_cast<uint8_t>(payload.front()) ^
           static_cast<uint64_t>(static_cast<uint8_t>(payload.back()) << 8);
  }
};

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_RECORD_H_
