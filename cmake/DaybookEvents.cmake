# Events of a program of one's own; installed with the package.

# daybook_add_events(<library> [ROOT <folder>] PROTOS <file>...)
#
# A static library of the messages in the .proto files, which are named from
# ROOT (default: the current source folder) as their imports are, and included
# in C++ likewise: shop/v1/cart.proto as "shop/v1/cart.pb.h". They may import
# "daybook/v1/options.proto" and each other.
#
#   daybook_add_events(shop_events ROOT proto PROTOS shop/v1/cart.proto)
#   target_link_libraries(my_shop PRIVATE shop_events daybook::projections)
function(daybook_add_events library)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "ROOT" "PROTOS")
  if(NOT arg_PROTOS)
    message(FATAL_ERROR "daybook_add_events(${library}): no PROTOS")
  endif()
  if(NOT arg_ROOT)
    set(arg_ROOT "${CMAKE_CURRENT_SOURCE_DIR}")
  endif()
  # Imported targets are not seen outside the folder that found them, as that of
  # a subdirectory.
  set(protoc protobuf::protoc)
  if(NOT TARGET protobuf::protoc)
    find_program(Protobuf_PROTOC_EXECUTABLE protoc REQUIRED)
    set(protoc "${Protobuf_PROTOC_EXECUTABLE}")
  endif()
  get_filename_component(root "${arg_ROOT}" ABSOLUTE)
  set(generated_dir "${CMAKE_CURRENT_BINARY_DIR}/${library}-generated")
  file(MAKE_DIRECTORY "${generated_dir}")
  list(TRANSFORM arg_PROTOS PREPEND "${root}/" OUTPUT_VARIABLE inputs)
  set(sources)
  foreach(proto IN LISTS arg_PROTOS)
    string(REGEX REPLACE "\\.proto$" ".pb" stem "${generated_dir}/${proto}")
    add_custom_command(
      OUTPUT "${stem}.cc" "${stem}.h"
      COMMAND ${protoc} --cpp_out "${generated_dir}" -I "${root}" -I
              "${daybook_PROTO_DIR}" "${root}/${proto}"
      # All of them, because one may import another.
      DEPENDS ${inputs} ${protoc}
      COMMENT "Generating ${proto}"
      VERBATIM)
    list(APPEND sources "${stem}.cc")
  endforeach()
  add_library(${library} STATIC ${sources})
  target_compile_features(${library} PUBLIC cxx_std_20)
  set_target_properties(${library} PROPERTIES POSITION_INDEPENDENT_CODE ON)
  target_include_directories(${library} SYSTEM PUBLIC "${generated_dir}")
  target_link_libraries(${library} PUBLIC daybook::proto)
endfunction()
