// Daybook as a contestant: its public API and nothing else.

#ifndef DAYBOOK_BENCH_DAYBOOK_STORE_H_
#define DAYBOOK_BENCH_DAYBOOK_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/record.h"
#include "bench/runner.h"
#include "bench/workload.h"
#include "daybook/store/event_store.h"

namespace daybook::bench {

// Every store of the benchmarks is opened with the defaults but for these.
std::unique_ptr<EventStore> OpenStore(
    const std::string& path, size_t memory_bytes,
    Compression compression = StoreOptions().compression);

// Waits until everything is derived.
void WaitForIndexes(EventStore* store);
// And until RocksDB has merged what that left: its files stay as they are. What
// reads a store that was just filled would else measure the merging.
void WaitUntilAtRest(EventStore* store);
void CloseStore(std::unique_ptr<EventStore> store);

// Each adds the events it finds to `fold`.
void FoldStream(EventStore* store, std::string_view stream, Fold* fold);
void FoldLog(EventStore* store, uint64_t count, Fold* fold);

// Appends of one event each. All return the rate with everything derived as
// the value, and as counters: acked (the rate until the last was durable),
// p50 and p99 (seconds from the call to the answer), cpu (seconds an event, of
// all threads), per_flush.
//
// One after the other.
Sample AppendOneByOne(EventStore* store, const std::vector<Batch>& singles);
// Up to `flight_count` at once, all from one thread.
Sample AppendInFlight(EventStore* store, const std::vector<Batch>& singles,
                      int flight_count);
// As many threads, each waiting for its own; a stream is one thread's only.
Sample AppendFromThreads(EventStore* store, const std::vector<Batch>& singles,
                         int thread_count);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_DAYBOOK_STORE_H_
