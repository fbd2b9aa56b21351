// How Metadata is stored: a serialised daybook.v1.EventMetadata.

#ifndef DAYBOOK_STORE_METADATA_CODEC_H_
#define DAYBOOK_STORE_METADATA_CODEC_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "daybook/store/event.h"

namespace daybook {

// Fields in order of number, the map in byte order of its keys: equal metadata
// are equal bytes, and empty metadata are none.
// REQUIRES: every string is UTF-8 (store/validate.h).
std::string EncodeMetadata(const Metadata& metadata);
void AppendEncodedMetadata(const Metadata& metadata, std::string* out);
// How many bytes EncodeMetadata() makes, without making them.
size_t EncodedMetadataSize(const Metadata& metadata);

// Nothing when `encoded` is no EventMetadata.
std::optional<Metadata> DecodeMetadata(std::string_view encoded);

// The correlation id in `encoded`, as a view into it; empty when there is none.
std::string_view CorrelationIdOf(std::string_view encoded);

}  // namespace daybook

#endif  // DAYBOOK_STORE_METADATA_CODEC_H_
