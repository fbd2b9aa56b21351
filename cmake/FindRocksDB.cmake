# Finds RocksDB and defines RocksDB::rocksdb, the shared library if there is
# one.
#
# RocksDB's own package config is passed over: Debian 12's names the static
# library RocksDB::rocksdb, asks for gflags, lz4 and zstd even where only the
# shared library is linked, and needs find modules of its own for them. To link
# the static library, set RocksDB_LIBRARY to it and RocksDB_LINK_LIBRARIES to
# what it was built with.

find_path(RocksDB_INCLUDE_DIR rocksdb/version.h)
find_library(RocksDB_LIBRARY rocksdb)
mark_as_advanced(RocksDB_INCLUDE_DIR RocksDB_LIBRARY)

if(RocksDB_INCLUDE_DIR)
  set(RocksDB_VERSION "")
  foreach(_part IN ITEMS MAJOR MINOR PATCH)
    file(STRINGS "${RocksDB_INCLUDE_DIR}/rocksdb/version.h" _line
         REGEX "^#define ROCKSDB_${_part} +[0-9]+" LIMIT_COUNT 1)
    string(REGEX REPLACE ".* ([0-9]+).*" "\\1" _line "${_line}")
    list(APPEND RocksDB_VERSION "${_line}")
  endforeach()
  list(JOIN RocksDB_VERSION "." RocksDB_VERSION)
  unset(_line)
  unset(_part)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  RocksDB
  REQUIRED_VARS RocksDB_LIBRARY RocksDB_INCLUDE_DIR
  VERSION_VAR RocksDB_VERSION)

if(RocksDB_FOUND AND NOT TARGET RocksDB::rocksdb)
  add_library(RocksDB::rocksdb UNKNOWN IMPORTED)
  set_target_properties(
    RocksDB::rocksdb
    PROPERTIES IMPORTED_LOCATION "${RocksDB_LIBRARY}"
               INTERFACE_INCLUDE_DIRECTORIES "${RocksDB_INCLUDE_DIR}"
               INTERFACE_LINK_LIBRARIES "${RocksDB_LINK_LIBRARIES}")
endif()
