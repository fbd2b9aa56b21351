#include "daybook/store/sign_batch.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "daybook/audit/commitment.h"
#include "daybook/audit/producer_signature.h"
#include "daybook/store/producers.h"
#include "daybook/store/runtime.h"
#include "store/chunk.h"
#include "store/event_leaf.h"
#include "store/fingerprint.h"

namespace daybook {
namespace {

// What must be there before the fingerprint, and so the metadata, is known.
void MakeReady(AppendRequest* request) {
  for (StreamEvent& stream_event : request->events) {
    NewEvent& event = stream_event.event;
    if (!event.id.has_value()) {
      event.id = IdSource::Random()->NewId(absl::Now());
    }
    event.signature.emplace();
    event.signature->payload_salt = audit::RandomSalt();
    event.signature->metadata_salt = audit::RandomSalt();
    // Until it is known: with salts alone the event would be an unsigned one,
    // whose fingerprint has its id.
    event.signature->bytes = "?";
  }
}

void AddStatements(const AppendRequest& request, LeafMaker* leaves,
                   std::vector<audit::ProducerStatement>* statements) {
  AppendHeader append;
  append.key = request.key;
  append.fingerprint = AppendFingerprint(request);
  append.result = request.result;
  bool first = true;
  for (const StreamEvent& stream_event : request.events) {
    const NewEvent& event = stream_event.event;
    const EventCommitments made =
        leaves->Commit(event, event.source, append, first);
    first = false;
    statements->push_back({stream_event.stream, event.type, event.id->bytes(),
                           event.content_type, event.schema.value(),
                           made.payload, made.metadata});
  }
}

}  // namespace

absl::Status SignBatch(const audit::NoteSigner& signer, std::string_view origin,
                       std::span<AppendRequest> requests) {
  std::vector<audit::ProducerStatement> statements;
  LeafMaker leaves;
  for (AppendRequest& request : requests) {
    MakeReady(&request);
    AddStatements(request, &leaves, &statements);
  }
  absl::StatusOr<std::vector<std::string>> signatures =
      absl::InvalidArgumentError("nothing to sign");
  if (!statements.empty()) {
    signatures = audit::SignStatements(signer, origin, statements);
  }
  size_t next = 0;
  for (AppendRequest& request : requests) {
    for (StreamEvent& stream_event : request.events) {
      NewEvent& event = stream_event.event;
      if (signatures.ok()) {
        event.signature->bytes = std::move((*signatures)[next++]);
      } else {
        event.signature.reset();
      }
    }
  }
  return signatures.status();
}

absl::Status SignEvents(const audit::NoteSigner& signer,
                        std::string_view origin, AppendRequest* request) {
  return SignBatch(signer, origin, {request, 1});
}

}  // namespace daybook
