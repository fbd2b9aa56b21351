#include "store/expected_revision.h"

namespace daybook {

v1::ExpectedRevision RevisionMessage(ExpectedRevision expected) {
  v1::ExpectedRevision message;
  switch (expected.kind()) {
    case ExpectedRevision::Kind::kAny:
      message.set_any(true);
      break;
    case ExpectedRevision::Kind::kNoStream:
      message.set_no_stream(true);
      break;
    case ExpectedRevision::Kind::kExists:
      message.set_exists(true);
      break;
    case ExpectedRevision::Kind::kExactly:
      message.set_exactly(expected.revision().value());
      break;
  }
  return message;
}

ExpectedRevision RevisionOf(const v1::ExpectedRevision& message) {
  switch (message.expected_case()) {
    case v1::ExpectedRevision::kNoStream:
      return ExpectedRevision::NoStream();
    case v1::ExpectedRevision::kExists:
      return ExpectedRevision::Exists();
    case v1::ExpectedRevision::kExactly:
      return ExpectedRevision::Exactly(Revision(message.exactly()));
    case v1::ExpectedRevision::kAny:
    case v1::ExpectedRevision::EXPECTED_NOT_SET:
      break;
  }
  return ExpectedRevision::Any();
}

}  // namespace daybook
