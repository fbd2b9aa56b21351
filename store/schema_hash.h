// The hash of a schema, for those who check one.

#ifndef DAYBOOK_STORE_SCHEMA_HASH_H_
#define DAYBOOK_STORE_SCHEMA_HASH_H_

#include "daybook/store/schema.h"

namespace daybook {

// XXH3-64 over type, message and descriptors, each after its size; never none.
SchemaHash HashOf(const Schema& schema);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SCHEMA_HASH_H_
