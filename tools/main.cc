#include "google/protobuf/stubs/logging.h"
#include "tools/command_line.h"

int main(int argc, char** argv) {
  // Errors come back as a status; what protobuf prints of them says less.
  google::protobuf::SetLogHandler(nullptr);
  return daybook::tools::RunCommandLine(argc, argv);
}
