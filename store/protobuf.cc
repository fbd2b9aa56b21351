#include "store/protobuf.h"

#include "google/protobuf/io/coded_stream.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"

namespace daybook {

namespace pb = google::protobuf;

std::string DeterministicBytes(const pb::Message& message) {
  std::string bytes;
  {
    // Its destructor gives back what it took too much of `bytes`.
    pb::io::StringOutputStream stream(&bytes);
    pb::io::CodedOutputStream out(&stream);
    out.SetSerializationDeterministic(true);
    message.SerializePartialToCodedStream(&out);
  }
  return bytes;
}

}  // namespace daybook
