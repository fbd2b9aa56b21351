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
  INSTALL_DESTINATION "${package_dir}")
# Before 1.0 a minor release may change the API.
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/daybookConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/daybookConfig.cmake"
              "${PROJECT_BINARY_DIR}/daybookConfigVersion.cmake"
        DESTINATION "${package_dir}")
install(FILES "${PROJECT_SOURCE_DIR}/cmake/FindRocksDB.cmake"
        DESTINATION "${package_dir}/modules")

# daybook.pc: a static library hands what it links on to its user.
get_property(libraries GLOBAL PROPERTY DAYBOOK_INSTALLED_LIBRARIES)
list(REVERSE libraries)
list(TRANSFORM libraries PREPEND "-l")
list(JOIN libraries " " DAYBOOK_PC_LIBRARIES)
set(DAYBOOK_PC_PUBLIC
    "protobuf, absl_status, absl_statusor, absl_strings, absl_time")
set(DAYBOOK_PC_PRIVATE
    "rocksdb >= 7.8, libcrypto >= 3.0, absl_synchronization, absl_hash,\
 absl_raw_hash_set, absl_random_random")
if(BUILD_SHARED_LIBS)
  set(DAYBOOK_PC_REQUIRES "${DAYBOOK_PC_PUBLIC}")
  set(DAYBOOK_PC_REQUIRES_PRIVATE "${DAYBOOK_PC_PRIVATE}")
else()
  set(DAYBOOK_PC_REQUIRES "${DAYBOOK_PC_PUBLIC}, ${DAYBOOK_PC_PRIVATE}")
  set(DAYBOOK_PC_REQUIRES_PRIVATE "")
endif()
configure_file("${PROJECT_SOURCE_DIR}/cmake/daybook.pc.in"
               "${PROJECT_BINARY_DIR}/daybook.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/daybook.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
