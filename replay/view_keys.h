// Where rows of views, and what is said about them, are among a store's rows.
// Grammar: store/FORMAT.md.

#ifndef DAYBOOK_REPLAY_VIEW_KEYS_H_
#define DAYBOOK_REPLAY_VIEW_KEYS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace daybook {

// What a ViewRecord is under; of an empty name, what all of them begin with.
std::string ViewRecordKey(std::string_view name);
// Under this is how many tables there ever were.
std::string LastTableKey();

// Of one table: how far it has come, and what keys begin with.
std::string CheckpointKey(uint64_t table);
std::string RowPrefix(uint64_t table);
std::string IndexPrefix(uint64_t table);
std::string IndexPrefix(uint64_t table, size_t index);
std::string ParkedPrefix(uint64_t table);

// A number of 8 bytes as a row's value.
std::string EncodeNumber(uint64_t number);
// False if `bytes` is none.
bool DecodeNumber(std::string_view bytes, uint64_t* number);

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_VIEW_KEYS_H_
