// The events that every contestant is given: the same ones, in the same order.
//
// An event is an item of a shopping cart: a payload of exactly 300 bytes of
// JSON (about half of it random, so that compression finds what it finds in
// real events), one of five types of 12 bytes, a stream drawn evenly from
// 100,000 carts. With tags it bears four, of four kinds of frequency: one of 5
// values, one of 1,000, one per stream, and one of 200,000. Everything follows
// from the seed.

#ifndef DAYBOOK_BENCH_WORKLOAD_H_
#define DAYBOOK_BENCH_WORKLOAD_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/store/append.h"

namespace daybook::bench {

inline constexpr uint32_t kStreamCount = 100'000;
inline constexpr size_t kPayloadBytes = 300;
inline constexpr size_t kTagCount = 4;
// What a store with these tags indexes an event under: the tags, its type and
// its category.
inline constexpr size_t kTermCount = kTagCount + 2;
inline constexpr char kContentType[] = "application/json";

// Borne by one event in 1,000, evenly spread.
inline constexpr char kRareTag[] = "promo:rare";
inline constexpr uint64_t kRareEvery = 1'000;
// Borne by every tenth event of the 100,000 in the middle (or of as many as
// there are).
inline constexpr char kCampaignTag[] = "campaign:spring";
inline constexpr uint64_t kCampaignSpan = 100'000;
inline constexpr uint64_t kCampaignEvery = 10;

// A hash that is the same everywhere, for indexes by tag.
uint64_t HashOf(std::string_view text);

// Deterministic on every machine, unlike the standard's distributions.
class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}
  uint64_t Next();
  // Evenly from [0, bound). REQUIRES: bound > 0.
  uint32_t Below(uint32_t bound) {
    return static_cast<uint32_t>(((Next() >> 32) * bound) >> 32);
  }

 private:
  uint64_t state_;
};

// What happened, without the text: where the text comes from.
struct Draw {
  uint64_t serial;
  uint32_t stream;
  uint32_t revision;
};

// One append with the numbers behind its streams, for contestants that keep
// streams by number. The three vectors go together.
struct Batch {
  AppendRequest request;
  std::vector<uint32_t> streams;
  std::vector<uint32_t> revisions;
};

class Workload {
 public:
  struct Settings {
    uint64_t seed = 1;
    bool tags = false;
    // Total number of events, for the campaign in the middle; 0 for no rare
    // and no campaign tags.
    uint64_t event_count = 0;
  };
  explicit Workload(const Settings& settings);

  // The next event's stream, drawn evenly, and its revision there.
  Draw Next();
  // The next event of a stream of the caller's choice.
  Draw NextOf(uint32_t stream);

  // "cart-0012345".
  static std::string StreamName(uint32_t stream);
  StreamEvent Event(const Draw& draw) const;

  // Adds the event to an append. Nothing is expected.
  void AddTo(Batch* batch, const Draw& draw) const;
  // An append of the next `count` events.
  Batch NextBatch(uint64_t count);
  // Every stream's first event, in order, in batches of 1,000: what a store is
  // filled with before single appends are measured.
  std::vector<Batch> FirstEvents();
  // An append of one event that expects the stream exactly where it is. Draws
  // a stream that is none of the last 64, unless `stream` is given.
  Batch NextSingle();
  Batch NextSingleOf(uint32_t stream);

 private:
  Settings settings_;
  Random random_;
  uint64_t serial_ = 0;
  std::vector<uint32_t> next_revisions_;
  std::vector<uint64_t> last_single_;
  uint64_t single_count_ = 0;
};

// One of many payloads of kPayloadBytes.
const std::string& Payload(uint64_t serial);
const std::string& TypeOf(uint64_t serial);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_WORKLOAD_H_
