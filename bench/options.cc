#include "bench/options.h"

namespace daybook::bench {

Sizes SizesOf(Scale scale) {
  switch (scale) {
    case Scale::kSmoke:
      return {.rounds = 1,
              .single_append_count = 200,
              .inflight_append_count = 5'000,
              .batch_event_count = 20'000,
              .tagged_batch_event_count = 20'000,
              .read_event_count = 50'000,
              .peer_read_event_count = 50'000,
              .long_stream_count = 50'000,
              .tagged_event_count = 50'000,
              .peer_tagged_event_count = 50'000,
              .small_open_event_count = 20'000,
              .space_event_count = 20'000,
              .lag_seconds = 0.5,
              .kill_after_seconds = 0.3,
              .read_seconds_min = 0.05};
    case Scale::kQuick:
      return {.rounds = 3,
              .single_append_count = 3'000,
              .inflight_append_count = 60'000,
              .batch_event_count = 400'000,
              .tagged_batch_event_count = 250'000,
              .read_event_count = 1'000'000,
              .peer_read_event_count = 300'000,
              .long_stream_count = 300'000,
              .tagged_event_count = 1'000'000,
              .peer_tagged_event_count = 200'000,
              .small_open_event_count = 300'000,
              .space_event_count = 200'000,
              .lag_seconds = 3,
              .kill_after_seconds = 1.5,
              .read_seconds_min = 0.1};
    case Scale::kFull:
      break;
  }
  return {.rounds = 5,
          .single_append_count = 8'000,
          .inflight_append_count = 200'000,
          .batch_event_count = 1'000'000,
          .tagged_batch_event_count = 600'000,
          .read_event_count = 10'000'000,
          .peer_read_event_count = 1'000'000,
          .long_stream_count = 1'000'000,
          .tagged_event_count = 10'000'000,
          .peer_tagged_event_count = 500'000,
          .small_open_event_count = 1'000'000,
          .space_event_count = 1'000'000,
          .lag_seconds = 10,
          .kill_after_seconds = 3,
          .read_seconds_min = 0.5};
}

const char* ScaleName(Scale scale) {
  switch (scale) {
    case Scale::kSmoke:
      return "smoke";
    case Scale::kQuick:
      return "quick";
    case Scale::kFull:
      return "full";
  }
  return "";
}

}  // namespace daybook::bench
