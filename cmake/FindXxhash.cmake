# Finds the header of xxHash and defines Xxhash::header. Daybook compiles it in
# (XXH_INLINE_ALL), so that no library is linked.

find_path(Xxhash_INCLUDE_DIR xxhash.h)
mark_as_advanced(Xxhash_INCLUDE_DIR)

if(Xxhash_INCLUDE_DIR)
  set(Xxhash_VERSION "")
  foreach(_part IN ITEMS MAJOR MINOR RELEASE)
    file(STRINGS "${Xxhash_INCLUDE_DIR}/xxhash.h" _line
         REGEX "^#define XXH_VERSION_${_part} +[0-9]+" LIMIT_COUNT 1)
    string(REGEX REPLACE ".* ([0-9]+).*" "\\1" _line "${_line}")
    list(APPEND Xxhash_VERSION "${_line}")
  endforeach()
  list(JOIN Xxhash_VERSION "." Xxhash_VERSION)
  unset(_line)
  unset(_part)
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(
  Xxhash
  REQUIRED_VARS Xxhash_INCLUDE_DIR
  VERSION_VAR Xxhash_VERSION)

if(Xxhash_FOUND AND NOT TARGET Xxhash::header)
  add_library(Xxhash::header INTERFACE IMPORTED)
  set_target_properties(
    Xxhash::header PROPERTIES INTERFACE_INCLUDE_DIRECTORIES
                              "${Xxhash_INCLUDE_DIR}")
endif()
