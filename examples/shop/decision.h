// What decisions of the shop are: functions that look at a state and emit what
// follows, or say why nothing does. Transact() runs them on a store, Given() in
// a test.

#ifndef DAYBOOK_EXAMPLES_SHOP_DECISION_H_
#define DAYBOOK_EXAMPLES_SHOP_DECISION_H_

#include <functional>

#include "absl/status/status.h"
#include "daybook/projections/decider.h"

namespace shop {

// On a stream of D; `Result` is what it gives to who asked.
template <daybook::Decider D, typename Result = absl::Status>
using Decision =
    std::function<Result(const typename D::State&, daybook::Emit<D>&)>;

// On a query: what it emits goes to streams it names.
template <daybook::Decider D, typename Result = absl::Status>
using QueryDecision =
    std::function<Result(const typename D::State&, daybook::EmitTo<D>&)>;

}  // namespace shop

#endif  // DAYBOOK_EXAMPLES_SHOP_DECISION_H_
