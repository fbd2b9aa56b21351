// What the command line says, and the sizes that follow from it.

#ifndef DAYBOOK_BENCH_OPTIONS_H_
#define DAYBOOK_BENCH_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace daybook::bench {

enum class Scale { kSmoke, kQuick, kFull };

// How much each group does. Counts are of events.
struct Sizes {
  // Repetitions of a whole group; medians are over these.
  int rounds;
  // Single appends of one writer, per round.
  uint64_t single_append_count;
  // Appends that go through 64 in flight, per round.
  uint64_t inflight_append_count;
  // Events written in batches of 1,000, per round: without and with tags.
  uint64_t batch_event_count;
  uint64_t tagged_batch_event_count;
  // Events of the store that reads are measured on, beside the streams of
  // known length in it; the peers and the iterator get the same but for the
  // number of events around those streams.
  uint64_t read_event_count;
  uint64_t peer_read_event_count;
  // The long stream.
  uint64_t long_stream_count;
  // Events of the store with tags: queries and open.
  uint64_t tagged_event_count;
  uint64_t peer_tagged_event_count;
  // The smaller store that is opened.
  uint64_t small_open_event_count;
  // Events of the stores that space is measured on.
  uint64_t space_event_count;
  // How long events come while a view's lag is measured.
  double lag_seconds;
  // How long appends run before each kill -9.
  double kill_after_seconds;
  // Seconds that Google Benchmark spends at least on one timing of a read.
  double read_seconds_min;
};

Sizes SizesOf(Scale scale);
const char* ScaleName(Scale scale);

struct Options {
  Scale scale = Scale::kFull;
  Sizes sizes = SizesOf(Scale::kFull);
  // Databases go into folders of their own below this one.
  std::string directory = "build/bench-data";
  std::string json_path = "build/bench-results.json";
  // Regular expression looked for in "group/contestant".
  std::string filter;
  bool keep = false;
  bool list = false;
  // Blocks and unwritten tables of a store or database that is under test;
  // the same for every contestant that has such a knob.
  size_t memory_bytes = size_t{1} << 30;
};

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_OPTIONS_H_
