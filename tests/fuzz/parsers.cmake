# daybook_fuzz_parsers: of the rooms only what parses, and what that needs, a
# third of them. The fuzz programs are built of it, because a fuzz build
# compiles everything it links anew.
#
# In every other build the library is made of the objects that the rooms are
# made of anyway, and the programs that link nothing else fail to link when the
# list has fallen behind.

set(store_parsers
    anchor.cc
    backup_manifest.cc
    body.cc
    checksum.cc
    chunk.cc
    clock.cc
    errors.cc
    event.cc
    event_leaf.cc
    expected_revision.cc
    file_copy.cc
    fingerprint.cc
    head_file.cc
    index.cc
    kept_event.cc
    log_files.cc
    log_reader.cc
    metadata_codec.cc
    names.cc
    producers.cc
    protobuf.cc
    query.cc
    removal.cc
    rocks_db.cc
    row_writes.cc
    run.cc
    schema.cc
    schema_changes.cc
    store_folder.cc
    stream_state.cc
    strings.cc
    system_events.cc
    table_blocks.cc
    table_salvage.cc
    validate.cc
    wal_file_system.cc
    wal_salvage.cc)
set(projections_parsers
    event_type.cc
    stored_type.cc)
set(tools_parsers
    append_fields.cc
    base64.cc
    bounded_json.cc
    canonical_json.cc
    child_process.cc
    cloud_event.cc
    cloud_event_mapping.cc
    cloud_event_reader.cc
    cloud_event_writer.cc
    counted.cc
    csv.cc
    event_json.cc
    event_template.cc
    event_time.cc
    evidence_check.cc
    evidence_line.cc
    evidence_manifest.cc
    evidence_note.cc
    evidence_readme.cc
    exit_code.cc
    file_argument.cc
    full_export.cc
    git_log.cc
    head_signers.cc
    html_text.cc
    import_format.cc
    interrupt.cc
    json_diff.cc
    json_fields.cc
    json_object.cc
    json_parser.cc
    json_text.cc
    line_reader.cc
    log_time.cc
    media_type.cc
    message_json.cc
    ocel_json.cc
    ocel_log.cc
    ocel_xml.cc
    path_encoding.cc
    payload_json.cc
    point.cc
    producer_arguments.cc
    producer_proof.cc
    query_json.cc
    salt_json.cc
    spawn.cc
    sql_condition.cc
    template.cc
    text.cc
    time_text.cc
    uri.cc
    witnessed_leaf.cc
    xes_attribute.cc
    xes_reader.cc
    xml_reader.cc
    zip_reader.cc
    zip_record.cc)

find_package(CLI11 REQUIRED)
find_package(EXPAT 2.5 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(SQLite3 3.40 REQUIRED)
find_package(ZLIB REQUIRED)

add_library(daybook_fuzz_parsers STATIC)
daybook_target(daybook_fuzz_parsers)
set_target_properties(daybook_fuzz_parsers PROPERTIES LINKER_LANGUAGE CXX)
foreach(room IN ITEMS store projections tools)
  if(DAYBOOK_FUZZ)
    list(TRANSFORM ${room}_parsers PREPEND "${PROJECT_SOURCE_DIR}/${room}/"
         OUTPUT_VARIABLE parsers)
  else()
    # checksum.cc calls this one where the room is built for it.
    list(JOIN ${room}_parsers "|" names)
    string(APPEND names "|checksum_avx2.cc")
    string(REPLACE "." "\\." names "${names}")
    set(parsers
        "$<FILTER:$<TARGET_OBJECTS:daybook_${room}>,INCLUDE,/(${names})\\.o$>")
  endif()
  target_sources(daybook_fuzz_parsers PRIVATE ${parsers})
endforeach()
foreach(room IN ITEMS store projections replay tools)
  target_include_directories(
    daybook_fuzz_parsers
    PUBLIC $<TARGET_PROPERTY:daybook_${room},INTERFACE_INCLUDE_DIRECTORIES>)
endforeach()
target_link_libraries(
  daybook_fuzz_parsers
  PUBLIC daybook_audit
         daybook_proto
         absl::any_invocable
         absl::cleanup
         absl::flat_hash_map
         absl::flat_hash_set
         absl::str_format
         absl::strings
         absl::synchronization
         absl::time
         CLI11::CLI11
         EXPAT::EXPAT
         nlohmann_json::nlohmann_json
         OpenSSL::Crypto
         RocksDB::rocksdb
         SQLite::SQLite3
         Xxhash::header
         ZLIB::ZLIB)
