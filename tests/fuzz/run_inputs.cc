// In libFuzzer's place where a program is built without it: runs a target once
// on each file named, under a debugger or a build of any compiler.

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerRunDriver(int* argc, char*** argv,
                                   int (*run)(const uint8_t*, size_t)) {
  for (int i = 1; i < *argc; ++i) {
    const char* const name = (*argv)[i];
    std::ifstream in(name, std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(in), {});
    if (!in) {
      std::cerr << "cannot read " << name << "\n";
      return 2;
    }
    run(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
    std::cout << name << ": passed\n";
  }
  return 0;
}
