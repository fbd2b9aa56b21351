// An EventFilter, without `where`, as it is kept among rows.

#ifndef DAYBOOK_STORE_FILTER_RECORD_H_
#define DAYBOOK_STORE_FILTER_RECORD_H_

#include "daybook/store/subscription.h"
#include "daybook/v1/subscription.pb.h"

namespace daybook {

v1::SubscriptionRecord RecordOf(const EventFilter& filter);
EventFilter FilterOf(const v1::SubscriptionRecord& record);

}  // namespace daybook

#endif  // DAYBOOK_STORE_FILTER_RECORD_H_
