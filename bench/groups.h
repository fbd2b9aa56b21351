// The groups of measurements, one function each. What each contestant is:
// bench/README.md.

#ifndef DAYBOOK_BENCH_GROUPS_H_
#define DAYBOOK_BENCH_GROUPS_H_

#include <memory>
#include <string>

#include "bench/files.h"
#include "bench/options.h"
#include "bench/runner.h"

namespace daybook::bench {

struct Context {
  const Options& options;
  Runner& runner;

  // An empty folder for a contestant.
  std::unique_ptr<Folder> NewFolder(const std::string& name) const {
    return std::make_unique<Folder>(options.directory, name, options.keep);
  }
};

void RunAppendGroup(const Context& context);
void RunBatchGroup(const Context& context);
// Streams and the log: both read the same stores.
void RunReadGroups(const Context& context);
// States and rows of typed events.
void RunFoldGroups(const Context& context);
// States, through snapshots.
void RunLoadGroup(const Context& context);
// Views that are kept.
void RunViewGroups(const Context& context);
// Subscriptions.
void RunSubscribeGroups(const Context& context);
// Consumer groups and reactors.
void RunBusGroups(const Context& context);
// A store through the socket of its holder; only where that is built.
void RunServeGroups(const Context& context);
// Decisions.
void RunTransactGroup(const Context& context);
// Queries and opening: both read the same stores.
void RunQueryAndOpenGroups(const Context& context);
void RunSpaceGroup(const Context& context);
// The audit tree.
void RunAuditGroups(const Context& context);
// Signatures of producers.
void RunProducerGroups(const Context& context);

}  // namespace daybook::bench

#endif  // DAYBOOK_BENCH_GROUPS_H_
