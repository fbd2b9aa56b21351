// The smallest program that links the store and uses a stored message.

#include <iostream>

#include "daybook/store/version.h"
#include "daybook/v1/metadata.pb.h"

int main() {
  daybook::v1::EventMetadata metadata;
  metadata.set_actor("consumer");
  std::cout << metadata.actor() << " uses " << daybook::VersionDetails()
            << "\n";
}
