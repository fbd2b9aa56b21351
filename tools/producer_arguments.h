// What commands take and show of producers (daybook/store/producers.h): their
// keys, the log that they sign for, and who signed an event.

#ifndef DAYBOOK_TOOLS_PRODUCER_ARGUMENTS_H_
#define DAYBOOK_TOOLS_PRODUCER_ARGUMENTS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/event.h"
#include "daybook/store/event_store.h"
#include "daybook/store/producers.h"
#include "tools/command_context.h"

namespace daybook::tools {

// "till-3.example+1234abcd".
std::string KeyText(std::string_view key_name, uint32_t key_id);

// What the log is called in its tree heads: in the last one that is kept, else
// in the next.
absl::StatusOr<std::string> LogOrigin(EventStore& store);

// --producer-key FILE, of commands that append.
void AddProducerKey(CLI::App& command, std::string& path);

// A key that signs what a command appends.
struct ProducerSigner {
  audit::NoteSigner signer;
  // As the store has it of the key.
  std::string origin;
};
// The key in the file at `path`; nothing for an empty path. Errors: as
// LoadKeyArgument(); kFailedPrecondition for a key that signs nothing in
// this store now.
absl::StatusOr<std::optional<ProducerSigner>> LoadProducerSigner(
    const std::string& path, EventStore& store);

// The key that somebody names by "NAME+ID", the whole public key, or, where
// that is enough to tell it, its name or its id. Errors: kNotFound,
// kInvalidArgument where several are meant.
absl::StatusOr<const Producer*> FindProducer(const Producers& producers,
                                             std::string_view which);

// Who says to have signed an event: "NAME+ID"; what stands there as a signature
// may be none. Empty where there is no signature.
std::string SignedBy(std::string_view signature);

// The same, with the log that it is for and whether it is right, by the keys
// and policies of the event's position.
absl::StatusOr<std::string> DescribeSignature(const EventView& event,
                                              EventStore& store);

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_PRODUCER_ARGUMENTS_H_
