// Protobuf writes to standard error when it is given text that is no UTF-8,
// which fuzzing does a thousand times a second.

#include "google/protobuf/stubs/logging.h"

namespace daybook::fuzz {
namespace {

[[maybe_unused]] google::protobuf::LogHandler* const kBefore =
    google::protobuf::SetLogHandler(nullptr);

}  // namespace
}  // namespace daybook::fuzz
