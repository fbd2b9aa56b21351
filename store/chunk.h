// A chunk: many events as one value that decodes without any other.
//
// Two kinds share one layout. A log chunk holds events of consecutive
// positions, whatever their streams; a run holds events of consecutive
// revisions of one stream. Each event has a fixed-size entry in a table, so
// any event of a chunk is found without reading the others. Two checksums:
// one over everything but the bodies, one for each body. Log chunks also hold
// each event's leaf in the audit tree and the salts to make it again; runs,
// which are copies, don't.
//
// Grammar with a worked example: store/FORMAT.md, "chunk".

#ifndef DAYBOOK_STORE_CHUNK_H_
#define DAYBOOK_STORE_CHUNK_H_

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "daybook/audit/commitment.h"
#include "daybook/audit/hash.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "store/fingerprint.h"

namespace daybook {

// Stored; never renumber.
enum class ChunkKind : uint8_t { kLog = 1, kRun = 2 };

// A chunk is closed when it holds this much; a single event may be larger.
inline constexpr size_t kChunkBytesTarget = 32 << 10;
// Keeps name numbers within 16 bits (at most four new names an event).
inline constexpr uint32_t kChunkCountMax = 4096;

// What is stored about an append, once in each chunk that has events of it.
struct AppendHeader {
  Position first_position;
  uint32_t count = 0;
  int64_t recorded_at_micros = 0;
  // In log chunks only.
  std::string_view key;
  Fingerprint fingerprint{};
  std::string_view result;
};

// What is stored about an event outside its body.
struct EventHead {
  Position position;
  Revision revision;
  std::string_view stream;
  std::string_view type;
  std::string_view source;
  std::string_view content_type;
};

// What is stored about an event for the audit tree: its leaf's hash, and what
// makes the leaf again from the event (event_leaf.h).
struct EventAudit {
  audit::Salt payload_salt{};
  audit::Salt metadata_salt{};
  audit::Hash leaf;

  friend bool operator==(const EventAudit&, const EventAudit&) = default;
};

// Builds chunks one after another. Views given to Add are not kept past the
// next Finish(); names are copied.
class ChunkBuilder {
 public:
  explicit ChunkBuilder(ChunkKind kind) : kind_(kind) {}

  bool empty() const { return table_.empty(); }
  uint32_t count() const { return count_; }
  // True when the chunk should be finished before another event is added.
  bool full() const {
    return bodies_.size() + names_.size() >= kChunkBytesTarget ||
           count_ >= kChunkCountMax;
  }

  // Events must come in order and without gap, each append's in a row. All
  // events of a chunk have an `audit`, or none has; in runs none.
  void Add(const AppendHeader& append, const EventHead& head,
           std::string_view body, uint32_t body_checksum,
           const EventAudit* audit = nullptr);

  // The chunk of all events added; the builder is empty again.
  // REQUIRES: !empty().
  std::string Finish();

 private:
  uint16_t NameNumber(std::string_view name, uint16_t hint);
  void CloseAppend();

  ChunkKind kind_;
  uint64_t first_number_ = 0;
  uint32_t count_ = 0;
  std::string table_;
  std::string audits_;
  std::string bodies_;
  std::string names_;
  std::vector<uint32_t> name_ends_;
  absl::flat_hash_map<std::string, uint16_t> name_numbers_;
  std::string appends_;
  uint32_t append_count_ = 0;
  // The append that the last added events belong to.
  AppendHeader open_append_;
  std::string open_key_;
  std::string open_result_;
  uint32_t open_count_ = 0;
  uint64_t previous_first_ = 0;
  int64_t previous_recorded_ = 0;
  std::array<uint16_t, 4> last_names_{};
};

// Reads a chunk in place. Reuse one for many chunks: Parse() keeps its memory.
class ChunkReader {
 public:
  // Reads the header. `bytes` must outlive the use of the reader. Returns what
  // is wrong with it, or nullptr.
  const char* Parse(std::string_view bytes);

  ChunkKind kind() const { return kind_; }
  uint32_t count() const { return count_; }
  // Log: position of the first event. Run: revision of the first.
  uint64_t first_number() const { return first_number_; }

  // Reads event `i` into `*event`, checking its body's checksum. Returns what
  // is wrong with it, or nullptr. REQUIRES: i < count().
  const char* Read(uint32_t i, EventView* event) const;

  // The stored body of event `i` with its checksum, unchecked, for copying.
  // REQUIRES: a Read(i) that succeeded.
  std::string_view Body(uint32_t i) const;
  uint32_t BodyChecksum(uint32_t i) const;

  // Whether the chunk has what the audit tree knows of its events.
  bool has_audits() const { return audits_ != nullptr; }
  // REQUIRES: has_audits(), i < count().
  EventAudit Audit(uint32_t i) const;
  audit::Hash Leaf(uint32_t i) const;
  // The stream of event `i`, without reading the event; empty when its name is
  // damaged. REQUIRES: i < count().
  std::string_view StreamOf(uint32_t i) const;

  // The append that event `i` belongs to. REQUIRES: i < count().
  const AppendHeader& AppendOf(uint32_t i) const;

  // Recorded-at of the first and of the last event.
  int64_t first_recorded_at() const { return appends_[0].recorded_at_micros; }
  int64_t last_recorded_at() const {
    return appends_.back().recorded_at_micros;
  }

 private:
  const char* ParseAppends(std::string_view in, uint32_t append_count);
  std::string_view Name(uint16_t number) const;
  const char* Entry(uint32_t i) const;

  ChunkKind kind_ = ChunkKind::kLog;
  uint64_t first_number_ = 0;
  uint32_t count_ = 0;
  uint32_t name_count_ = 0;
  const char* table_ = nullptr;
  const char* audits_ = nullptr;  // null: it has none
  const char* name_ends_ = nullptr;
  std::string_view names_;
  std::string_view bodies_;
  std::vector<AppendHeader> appends_;
  // One past the last event of each append.
  std::vector<uint32_t> append_ends_;
  // Where AppendOf looked last: reads go in order.
  mutable size_t append_hint_ = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_CHUNK_H_
