// A run: consecutive revisions of one stream as one value of the index.
//
// Many events make a chunk of kind run (store/chunk.h), where any of them is
// found at once. A few make a short run: where 100,000 streams take turns, most
// runs have one event, and a chunk's tables would add a third to it. A short
// run does not name its stream; whoever looked it up knows.
//
// Grammar: store/FORMAT.md, "short run".

#ifndef DAYBOOK_STORE_RUN_H_
#define DAYBOOK_STORE_RUN_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "daybook/store/event.h"
#include "store/chunk.h"

namespace daybook {

// As many events as a short run may have.
inline constexpr size_t kShortRunCountMax = 16;

// Builds runs one after another.
class RunBuilder {
 public:
  bool full() const { return chunk_.full(); }

  // Events must come in order and without gap. What the views show must stay
  // until the next Finish().
  void Add(const AppendHeader& append, const EventHead& head,
           std::string_view body, uint32_t body_checksum);

  // The run of all events added, valid until the next Add(); the builder is
  // empty again. REQUIRES: at least one was.
  std::string_view Finish();

 private:
  struct Added {
    AppendHeader append;
    EventHead head;
    std::string_view body;
    uint32_t body_checksum;
  };
  void MoveToChunk();

  std::vector<Added> added_;  // as long as the run is short
  ChunkBuilder chunk_{ChunkKind::kRun};
  std::string run_;
};

// Reads a run in place. Reuse one for many: Parse() keeps its memory.
class RunReader {
 public:
  // `bytes` must outlive the use of the reader. Returns what is wrong with it,
  // or nullptr.
  const char* Parse(std::string_view bytes);

  uint64_t first_revision() const { return first_revision_; }
  uint32_t count() const { return count_; }

  // Reads event `i` into `*event`, all but its stream and append key, checking
  // its body's checksum. Returns what is wrong with it, or nullptr.
  // REQUIRES: i < count().
  const char* Read(uint32_t i, EventView* event) const;

  // The stored body of event `i`. REQUIRES: a Read(i) that succeeded.
  std::string_view Body(uint32_t i) const;

 private:
  struct ShortEvent {
    EventHead head;
    AppendHeader append;
    std::string_view body;
    uint32_t body_checksum = 0;
  };
  const char* ParseShort(std::string_view bytes);

  bool short_ = false;
  uint64_t first_revision_ = 0;
  uint32_t count_ = 0;
  std::vector<ShortEvent> events_;
  ChunkReader chunk_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_RUN_H_
