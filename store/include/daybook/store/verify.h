// Whether a store on disk is what its audit tree says: for whoever does not
// trust the program that writes to it.
//
//   VerifyOptions options;
//   options.heads = {{"head.txt", head}};  // kept where nobody could change it
//   auto verified = VerifyStore("/var/lib/orders", options);
//
// It reads the log, the tree and the heads, trusts no index, and changes
// nothing, not even of a store that does not open. A store may be open, here or
// in another process, and be written to meanwhile: it is verified as it was at
// one moment. Whether indexes and views
// are what the log makes of them it says if asked to. What that proves and what
// it does not: audit/README.md.

#ifndef DAYBOOK_STORE_VERIFY_H_
#define DAYBOOK_STORE_VERIFY_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/audit.h"
#include "daybook/store/numbers.h"
#include "daybook/store/removal.h"

namespace daybook {

struct VerifyOptions {
  // Makes leaves again from the events, and verifies the signatures of
  // producers. Otherwise the leaves that stand beside the events are taken for
  // theirs, which finds a tree that was changed and an event that was removed
  // or moved, but not a payload that was changed.
  bool events = true;
  // Compares everything that is derived with the log, too: VerifiedIndex.
  bool indexes = false;
  // What was found whole before: only what comes after is looked at, and that
  // the tree continues this one. Where it does not, all is looked at.
  TreeState since;
  // Heads of the store that were kept elsewhere. The tree must continue each,
  // but for those of a log that was cut by a removal that lists them.
  struct Head {
    std::string name;
    TreeState tree;
  };
  std::vector<Head> heads;
  // Called now and then with how far it is and how far it will go; ends the
  // verification with kCancelled by returning false. Begins at 0 again where
  // the place of damage is looked for.
  std::function<bool(Position at, Position head)> progress;
};

// Something derived that is not what the log makes of it.
struct IndexDifference {
  enum class Part {
    // The index's files can't be opened.
    kFiles,
    // How far it says it goes.
    kWatermark,
    // The events of each stream, in its runs.
    kStreams,
    // Where streams begin and end.
    kHeads,
    // What events are found by: type, tags, category, correlation id.
    kTerms,
    kAppendKeys,
    // What was said about streams: metadata, deletes.
    kRules,
    // How far views say they go.
    kViews,
  };
  Part part = Part::kFiles;
  // Of the first event that the difference is about, where it is about one.
  std::optional<Position> position;
  // What the log implies there, and what is there, in words.
  std::string expected;
  std::string found;
};
// "streams", "append keys".
std::string_view ToString(IndexDifference::Part part);

// What was found of everything that is derived from the log: each event in its
// stream's runs, byte for byte, and no other; where each stream begins and ends
// and its last leaf; each term of each event, and no other; append keys; rules
// of streams; and that no view goes beyond the log. Rows of views are another
// matter: they are what a projection makes of events (`refold`).
struct VerifiedIndex {
  // Without an index all of it is derived at the next opening.
  bool exists = false;
  // What is below is in the index; the rest is derived at the next opening.
  Position watermark;
  // The first one, by family in the order above. EventStore::Reindex() mends
  // it, or rebuilding the view where it is of one.
  std::optional<IndexDifference> difference;
};

// A head that the log does not continue, because it was cut.
struct ExplainedHead {
  VerifyOptions::Head head;
  // The removal that says so, by its index.
  size_t removal = 0;
  // Whether it is proven that what was kept is what the head's log began with.
  bool is_proven = false;
};

// Of the events that were looked at, system streams' left out (producers.h).
struct ProducerCounts {
  // With a right signature, by a key that was valid at their position.
  uint64_t signed_events = 0;
  // Without, where none was required.
  uint64_t unsigned_events = 0;
  // With something that nobody looked at, as the policy said.
  uint64_t ignored_events = 0;

  friend bool operator==(const ProducerCounts&,
                         const ProducerCounts&) = default;
};

struct VerifiedStore {
  std::string store_id;
  // Found whole, and continuing all heads but those explained.
  TreeState tree;
  // Where it was looked at from.
  Position from;
  // What was removed, as was declared at `from` or above; and below, where a
  // head needs it. Not empty: what is there is whole, and something is not
  // there any more.
  std::vector<DeclaredRemoval> removals;
  std::vector<ExplainedHead> explained;
  ProducerCounts producers;
  // The heads that the store has in its table, oldest first, and in its file.
  // Their signatures were not looked at.
  std::vector<KeptTreeHead> table;
  std::optional<KeptTreeHead> head_file;
  // One of the two places in which ANCHOR says how long the log must be is
  // damaged. If it was the newer one, that the last group of appends is still
  // there can't be told. No error: what is there is whole, and the store opens,
  // which writes that place anew. After a power cut it may be the write that
  // was under way.
  bool anchor_is_damaged = false;
  // Where VerifyOptions::indexes asked for it. A difference here is no error:
  // the log and its tree are whole, and so is what is made from them anew.
  std::optional<VerifiedIndex> index;
};

// Verifies the store in the folder `path`, which nobody may have open.
//
// Errors:
//   kDataLoss            not what it must be; GetDamage() has the position of
//                        the first event that is missing, changed, or where it
//                        does not belong, where that is known: the same that
//                        PlanRecovery() names, unless the message says that
//                        the files could not be read for it. It has none where
//                        nothing tells, or where every event in the files of
//                        the log is whole.
//                        A head that does not fit says no more than that it is
//                        at or behind the head before. Also an event whose
//                        signature is wrong, or missing where it was required,
//                        by the producers below its position; STORE or ANCHOR
//                        that is missing or damaged beside a log
//   kFailedPrecondition  of another format, or not a store
//   kUnavailable         its files changed all the while: try again
//   kNotFound            holds no store
//   kCancelled           by `progress`
// The engine below may abort the process on files that were damaged on purpose:
// run it in one of its own.
// Cost: 3 µs an event of 256 bytes, 1 µs without looking at events; more for
// what is signed (store/README.md); some hundred bytes of memory a stream.
// Indexes: another µs an event, as long as they have few terms, a bit of memory
// an event, and some megabytes. Of a damaged log the files are read once more,
// one by one, with what the write-ahead logs hold in a temporary file.
absl::StatusOr<VerifiedStore> VerifyStore(const std::string& path,
                                          const VerifyOptions& options);

}  // namespace daybook

#endif  // DAYBOOK_STORE_VERIFY_H_
