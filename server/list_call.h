// Calls that list: what there is at their beginning, one a reply.

#ifndef DAYBOOK_SERVER_LIST_CALL_H_
#define DAYBOOK_SERVER_LIST_CALL_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "daybook/store/runtime.h"
#include "server/calls.h"
#include "server/wire_group.h"
#include "server/wire_info.h"
#include "store/status_macros.h"

namespace daybook {

// Of the values that `list` gives, on a thread of `executor`.
template <typename Reply, typename Value>
StreamCall<Reply>* ListCall(
    Executor& executor,
    std::function<absl::StatusOr<std::vector<Value>>()> list) {
  struct State {
    std::optional<std::vector<Value>> values;
    size_t next = 0;
  };
  return new StreamCall<Reply>(
      executor,
      [list = std::move(list), state = std::make_shared<State>()](
          Reply* reply) -> absl::StatusOr<bool> {
        if (!state->values.has_value()) {
          DAYBOOK_ASSIGN_OR_RETURN(state->values, list());
        }
        if (state->next == state->values->size()) return false;
        wire::ToMessage((*state->values)[state->next++], reply);
        return true;
      });
}

}  // namespace daybook

#endif  // DAYBOOK_SERVER_LIST_CALL_H_
