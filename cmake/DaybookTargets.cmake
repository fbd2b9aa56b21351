# What every target of the project has in common.

# Of -Wextra, missing-field-initializers is off: it is against designated
# initializers, {.from = Position(7)}, which options are made for. GCC 12 sees
# overlaps in std::string's own operators that are not there (GCC bug 105651).
add_library(daybook_warnings INTERFACE)
target_compile_options(
  daybook_warnings
  INTERFACE -Wall
            -Wextra
            -Wpedantic
            -Wshadow
            -Wconversion
            -Wno-sign-conversion
            -Wno-missing-field-initializers
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -Wimplicit-fallthrough
            $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>
            # for clang-tidy, which reads GCC's command line
            $<$<CXX_COMPILER_ID:GNU>:-Wno-unknown-warning-option>
            $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
            $<$<BOOL:${DAYBOOK_WERROR}>:-Werror>)

# daybook_target(<target>)
#
# The language level, the warnings and includes from the top of the tree
# ("store/key_codec.h"). For every target but generated code. Nothing of it
# reaches those who link the target, except the language level.
function(daybook_target target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF)
  target_link_libraries(${target} PRIVATE $<BUILD_INTERFACE:daybook_warnings>)
  target_include_directories(
    ${target} PRIVATE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}>)
endfunction()

# daybook_installed_library(<target>)
#
# For a library that users link: alias daybook::<room>, version, install rules.
# Call it after target_sources(), which names the public headers.
function(daybook_installed_library target)
  string(REPLACE "daybook_" "" room ${target})
  add_library(daybook::${room} ALIAS ${target})
  set_target_properties(
    ${target}
    PROPERTIES EXPORT_NAME ${room}
               # Shared ones find those that they use beside themselves.
               INSTALL_RPATH "$ORIGIN"
               POSITION_INDEPENDENT_CODE ON
               VERSION ${PROJECT_VERSION}
               SOVERSION ${PROJECT_VERSION_MAJOR}.${PROJECT_VERSION_MINOR})
  get_target_property(header_sets ${target} HEADER_SETS)
  set(headers)
  if(header_sets)
    set_target_properties(${target} PROPERTIES VERIFY_INTERFACE_HEADER_SETS ON)
    set(headers FILE_SET HEADERS)
  endif()
  if(DAYBOOK_INSTALL)
    install(
      TARGETS ${target}
      EXPORT daybookTargets
      LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
      ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
      RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
      ${headers}
      INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
    set_property(GLOBAL APPEND PROPERTY DAYBOOK_INSTALLED_LIBRARIES ${target})
  endif()
endfunction()
