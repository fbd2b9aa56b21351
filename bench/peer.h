// The stores that a program would embed if there were no daybook, each written
// with care and as durable: an event is on stable storage when Append returns,
// and (stream, revision) is unique.

#ifndef DAYBOOK_BENCH_PEER_H_
#define DAYBOOK_BENCH_PEER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "bench/record.h"
#include "daybook/store/append.h"

namespace daybook::bench {

// Not thread-safe: both have one writer.
class Peer {
 public:
  virtual ~Peer() = default;

  // Appends all events in one durable transaction. Only expectations of an
  // exact revision and of no stream are judged.
  virtual void Append(const AppendRequest& request) = 0;

  // Each adds the events it finds to `fold`, in order.
  virtual void ReadStream(std::string_view stream, Fold* fold) = 0;
  virtual void ReadLog(uint64_t count, Fold* fold) = 0;
  // Stops after `count`.
  virtual void ReadTag(std::string_view tag, uint64_t count, Fold* fold) = 0;
};

struct PeerSettings {
  // Index the events' tags.
  bool tags = false;
  // Reads are few and all over the place: no read-ahead.
  bool scattered_reads = false;
  size_t memory_bytes = 0;
};

// SQLite: journal_mode WAL, synchronous FULL.
std::unique_ptr<Peer> OpenSqlitePeer(const std::string& folder,
                                     const PeerSettings& settings);
// LMDB with its default, a sync for each transaction.
std::unique_ptr<Peer> OpenLmdbPeer(const std::string& folder,
                                   const PeerSettings& settings);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_PEER_H_
