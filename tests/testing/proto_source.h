// ProtoSource is a .proto written in the test itself:
//
//   const ProtoSource cart("message Event { string sku = 1; }");
//   cart.message("Event")  // its descriptor
//
// It is of proto3 and package `shop`, and may use daybook's options; give the
// whole file, beginning with "syntax", for anything else.

#ifndef DAYBOOK_TESTS_TESTING_PROTO_SOURCE_H_
#define DAYBOOK_TESTS_TESTING_PROTO_SOURCE_H_

#include <memory>
#include <string>
#include <string_view>

#include "daybook/store/schema.h"
#include "google/protobuf/descriptor.h"

namespace daybook::testing {

class ProtoSource {
 public:
  // The test ends if `source` does not compile. `name` is the file's.
  explicit ProtoSource(std::string_view source,
                       const std::string& name = "shop.proto");

  // REQUIRES: there is such a message in the file; its name without package.
  const google::protobuf::Descriptor& message(const std::string& name) const;

 private:
  std::unique_ptr<google::protobuf::DescriptorPool> pool_;
  const google::protobuf::FileDescriptor* file_;
};

// The schema of events `type` whose payloads are the message `Event` of
// `source`.
Schema SchemaFrom(std::string_view source, std::string_view type = "event");

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_PROTO_SOURCE_H_
