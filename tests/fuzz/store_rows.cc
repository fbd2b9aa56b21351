// Rows of the index, and what is said about streams.

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "audit/text.h"
#include "daybook/audit/hash.h"
#include "daybook/store/removal.h"
#include "store/index.h"
#include "store/stream_state.h"
#include "store/strings.h"
#include "store/system_events.h"
#include "tests/fuzz/fuzz_target.h"

namespace daybook {

FUZZ_TARGET(store_postings) {
  std::vector<uint64_t> positions;
  if (!DecodePositions(input, &positions)) return;
  FUZZ_REQUIRE(!positions.empty() && positions.size() <= kPostingCountMax);
  FUZZ_REQUIRE(std::ranges::adjacent_find(
                   positions, std::ranges::greater_equal()) == positions.end());
  std::vector<uint64_t> again;
  FUZZ_REQUIRE(DecodePositions(
      EncodePositions(positions.data(), positions.size()), &again));
  FUZZ_REQUIRE(again == positions);
}

FUZZ_TARGET(store_head_row) {
  StreamHead head;
  if (!DecodeHead(input, &head)) return;
  StreamHead again;
  FUZZ_REQUIRE(DecodeHead(EncodeHead(head), &again));
  FUZZ_REQUIRE(again.first_position == head.first_position &&
               again.next_revision == head.next_revision &&
               again.last_position == head.last_position &&
               again.last_leaf == head.last_leaf);
}

FUZZ_TARGET(store_rules_row) {
  StreamRules rules;
  if (!DecodeRules(input, &rules)) return;
  StreamRules again;
  FUZZ_REQUIRE(DecodeRules(EncodeRules(rules), &again));
  FUZZ_REQUIRE(again == rules);
}

FUZZ_TARGET(store_system_event) {
  for (const std::string_view type :
       {kStreamMetadataSetType, kStreamDeletedType, kStreamTombstonedType}) {
    StreamRules rules;
    rules.metadata.max_count = 7;
    const StreamRules before = rules;
    if (!ApplySystemEvent(type, input, &rules).ok()) {
      FUZZ_REQUIRE(rules == before);
      continue;
    }
    StreamRules again = rules;
    FUZZ_REQUIRE(ApplySystemEvent(type, input, &again).ok());
    FUZZ_REQUIRE(again == rules);
  }
}

FUZZ_TARGET(store_producer_event) {
  if (const auto added = DecodeProducerAdded(input); added.ok()) {
    const NewEvent again = ProducerAddedEvent(added->key, added->origin);
    FUZZ_REQUIRE(DecodeProducerAdded(again.payload)->key == added->key);
  }
  if (const auto revoked = DecodeProducerRevoked(input); revoked.ok()) {
    const NewEvent again = ProducerRevokedEvent(
        revoked->key_name, revoked->key_id, revoked->reason);
    FUZZ_REQUIRE(DecodeProducerRevoked(again.payload)->key_name ==
                 revoked->key_name);
  }
  if (const auto rule = DecodeProducerPolicySet(input); rule.ok()) {
    const NewEvent again = ProducerPolicySetEvent(rule->prefix, rule->policy);
    FUZZ_REQUIRE(DecodeProducerPolicySet(again.payload)->prefix ==
                 rule->prefix);
  }
}

FUZZ_TARGET(store_removal) {
  const audit::Hash root = audit::LeafHash("below");
  const std::optional<DeclaredRemoval> removal =
      ReadDeclaredRemoval(Position(7), absl::UnixEpoch(), input, root);
  if (!removal.has_value()) return;
  FUZZ_REQUIRE(removal->fits == false || removal->kept == Position(7));
  for (const DroppedHead& head : removal->heads) {
    FUZZ_REQUIRE(head.kept.head.size > removal->kept.value());
    FUZZ_REQUIRE(removal->fits || !head.is_proven);
  }
}

FUZZ_TARGET(store_utf8) {
  std::string_view rest = input;
  while (!rest.empty() && audit::TakeCodePoint(&rest).has_value()) {
  }
  // Two that were written apart.
  FUZZ_REQUIRE(IsUtf8(input) == rest.empty());
  const std::string quoted = Quoted(input);
  FUZZ_REQUIRE(IsUtf8(quoted));
  FUZZ_REQUIRE(std::ranges::none_of(
      quoted, [](unsigned char c) { return c < 0x20 || c == 0x7F; }));
}

}  // namespace daybook
