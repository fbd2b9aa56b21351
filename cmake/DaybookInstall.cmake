# The CMake package and daybook.pc.

include(CMakePackageConfigHelpers)

set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/daybook")

install(
  EXPORT daybookTargets
  NAMESPACE daybook::
  DESTINATION "${package_dir}")
configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/daybookConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/daybookConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR)
# Before 1.0 a minor release may change the API.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/daybookConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/daybookConfig.cmake"
              "${PROJECT_BINARY_DIR}/daybookConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/cmake/DaybookEvents.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindRocksDB.cmake"
        DESTINATION "${package_dir}/modules")

# daybook.pc names the libraries that a user of ours links, as CMake's targets
# do: what is public, and for static libraries what they use inside.
function(daybook_pc_requires libraries result)
  set(requires)
  foreach(library IN LISTS libraries)
    get_target_property(linked ${library} INTERFACE_LINK_LIBRARIES)
    foreach(target IN LISTS linked)
      string(REGEX REPLACE "^\\$<LINK_ONLY:(.*)>$" "\\1" target "${target}")
      if(target MATCHES "^absl::(.*)$")
        list(APPEND requires "absl_${CMAKE_MATCH_1}")
      elseif(target STREQUAL "protobuf::libprotobuf")
        list(APPEND requires "protobuf")
      elseif(target STREQUAL "RocksDB::rocksdb")
        list(APPEND requires "rocksdb >= 7.8")
      elseif(target STREQUAL "OpenSSL::Crypto")
        list(APPEND requires "libcrypto >= 3.0")
      elseif(NOT target MATCHES "^(daybook_.*|Threads::Threads|.*BUILD_INTERFACE.*)$")
        message(FATAL_ERROR "daybook.pc: which package has ${target}?")
      endif()
    endforeach()
  endforeach()
  list(REMOVE_DUPLICATES requires)
  list(JOIN requires ", " requires)
  set(${result} "${requires}" PARENT_SCOPE)
endfunction()

get_property(libraries GLOBAL PROPERTY DAYBOOK_INSTALLED_LIBRARIES)
daybook_pc_requires("${libraries}" DAYBOOK_PC_REQUIRES)
# The linker wants the highest room first.
list(REVERSE libraries)
list(TRANSFORM libraries PREPEND "-l")
list(JOIN libraries " " DAYBOOK_PC_LIBRARIES)
# Relative to the file itself, so that the installed tree can be moved.
set(DAYBOOK_PC_PREFIX "${CMAKE_INSTALL_PREFIX}")
if(NOT IS_ABSOLUTE "${CMAKE_INSTALL_LIBDIR}")
  file(RELATIVE_PATH up "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")
  string(REGEX REPLACE "/$" "" up "${up}")
  set(DAYBOOK_PC_PREFIX "\${pcfiledir}/${up}")
endif()
set(DAYBOOK_PC_LIBDIR "\${prefix}")
cmake_path(APPEND DAYBOOK_PC_LIBDIR "${CMAKE_INSTALL_LIBDIR}")
set(DAYBOOK_PC_INCLUDEDIR "\${prefix}")
cmake_path(APPEND DAYBOOK_PC_INCLUDEDIR "${CMAKE_INSTALL_INCLUDEDIR}")
configure_file("${PROJECT_SOURCE_DIR}/cmake/daybook.pc.in"
               "${PROJECT_BINARY_DIR}/daybook.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/daybook.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
