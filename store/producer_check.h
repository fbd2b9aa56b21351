// Whether each event was made by who its signature says, by the keys and
// policies of its position: for who reads the whole log in order, and trusts
// nothing that is not in it.

#ifndef DAYBOOK_STORE_PRODUCER_CHECK_H_
#define DAYBOOK_STORE_PRODUCER_CHECK_H_

#include "absl/status/status.h"
#include "daybook/audit/producer_signature.h"
#include "daybook/store/audit.h"
#include "daybook/store/event.h"
#include "daybook/store/producers.h"
#include "daybook/store/verify.h"

namespace daybook {

// Not thread-safe.
class ProducerCheck {
 public:
  // Looks at the next event, whose leaf was found to be that of the event.
  // Without one: takes in what it says of producers, and does not judge it.
  // Errors: kDataLoss with the position.
  absl::Status See(const EventView& event, const StoredLeaf* leaf);

  // Of the events that were judged.
  const ProducerCounts& counts() const { return counts_; }

 private:
  absl::Status Judge(const EventView& event, const StoredLeaf& leaf);

  Producers producers_;
  audit::ProducerVerifier verifier_;
  ProducerCounts counts_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_PRODUCER_CHECK_H_
