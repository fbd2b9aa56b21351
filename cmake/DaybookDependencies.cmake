# What every build needs. A dependency of one room only (command line,
# benchmarks, tests) is found in that room's CMakeLists.txt.
#
# The installed package finds the same ones: keep daybookConfig.cmake.in and
# daybook.pc.in in step.

find_package(Threads REQUIRED)
find_package(absl REQUIRED)
# Protobuf from 22 on needs its own config (it brings Abseil); older packages,
# such as Debian 12's 3.21, ship none and need CMake's module.
find_package(Protobuf QUIET CONFIG)
if(NOT Protobuf_FOUND)
  find_package(Protobuf 3.21 REQUIRED MODULE)
endif()
find_package(RocksDB 7.8 REQUIRED MODULE)
find_package(OpenSSL 3.0 REQUIRED COMPONENTS Crypto)
find_package(Xxhash 0.8 REQUIRED MODULE)
