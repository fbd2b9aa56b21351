// Random operations on a store: every way to append and to read, in sequences
// where each builds on what the others did.
//
// An operation holds all its values, so that it runs on any engine, and still
// runs when others before it are left out. Only making it looks at a store.

#ifndef DAYBOOK_TESTS_STORE_RANDOM_OPERATIONS_H_
#define DAYBOOK_TESTS_STORE_RANDOM_OPERATIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "daybook/store/event_store.h"
#include "tests/testing/engines.h"

namespace daybook {

// An engine and the cursors held open on it.
struct Subject {
  std::unique_ptr<testing::Engine> engine;
  std::map<int, EventCursor> cursors;

  EventStore& store() { return engine->store(); }
};

struct RandomOperation {
  // What is counted: "append", "read stream".
  std::string kind;
  // With all values, for who reads of a difference.
  std::string description;
  // Done once, before the operation runs on any engine: time passes; the wall
  // clock is set.
  absl::Duration advance = absl::ZeroDuration();
  absl::Duration jump = absl::ZeroDuration();
  // Done to the wall clock once it has run on all.
  absl::Duration jump_after = absl::ZeroDuration();
  // Runs it and gives back all that the engine said.
  std::function<std::string(Subject& subject)> run;
};

class RandomOperations {
 public:
  // Looks at `store` for where streams and the head are, so that what is asked
  // is often right, or wrong by a little. Ids that events are given differ for
  // each seed.
  RandomOperations(uint64_t seed, EventStore* store);

  RandomOperation Next();

 private:
  // Small numbers are likelier than large ones.
  uint64_t Below(uint64_t end);
  bool OneIn(uint64_t n) { return Below(n) == 0; }
  template <typename T>
  const T& Pick(const std::vector<T>& values) {
    return values[Below(values.size())];
  }

  std::string Stream();
  std::string AnyStream();
  NewEvent MakeEvent();
  AppendRequest MakeRequest();
  // A mistake that validation finds.
  void Spoil(AppendRequest* request);
  ExpectedRevision Expect(const std::string& stream);
  Query MakeQuery();
  AppendCondition MakeCondition();
  ReadStreamOptions StreamBounds(const std::string& stream);
  ReadLogOptions LogBounds();
  std::optional<Position> SomePosition();
  std::optional<absl::Time> SomeTime();
  Direction SomeDirection();
  uint64_t SomeLimit();

  RandomOperation Append();
  RandomOperation AppendMany();
  RandomOperation Retry();
  RandomOperation AppendAsync();
  RandomOperation AppendWhileClockIsWrong();
  RandomOperation Restore();
  RandomOperation SetMetadata();
  RandomOperation Delete();
  RandomOperation Tombstone();
  RandomOperation RecordOperation();
  RandomOperation ReadStream();
  RandomOperation ReadLog();
  RandomOperation ReadQuery();
  RandomOperation ReadAndDecide();
  RandomOperation ReadEvent();
  RandomOperation FindEvent();
  RandomOperation FindAppend();
  RandomOperation ExportAppend();
  RandomOperation GetStream();
  RandomOperation ListStreams();
  RandomOperation HoldCursor();
  RandomOperation StepCursor();
  RandomOperation PassTime();
  RandomOperation Reopen();
  RandomOperation KeepHouse();

  std::mt19937_64 random_;
  EventStore* const store_;
  std::unique_ptr<IdSource> ids_;
  std::vector<EventId> given_ids_;
  std::vector<AppendRequest> keyed_;
  // Sum of all jumps, kept within some hours so that where the clock was when
  // a store was opened does not matter.
  absl::Duration skew_;
  int next_key_ = 0;
  int next_cursor_ = 0;
};

}  // namespace daybook

#endif  // DAYBOOK_TESTS_STORE_RANDOM_OPERATIONS_H_
