// ExpectedRevision as the message of daybook/v1/error.proto.

#ifndef DAYBOOK_STORE_EXPECTED_REVISION_H_
#define DAYBOOK_STORE_EXPECTED_REVISION_H_

#include "daybook/store/append.h"
#include "daybook/v1/error.pb.h"

namespace daybook {

v1::ExpectedRevision RevisionMessage(ExpectedRevision expected);
// Any, for a message without anything in it.
ExpectedRevision RevisionOf(const v1::ExpectedRevision& message);

}  // namespace daybook

#endif  // DAYBOOK_STORE_EXPECTED_REVISION_H_
