// MessageColumns are the fields of a state, or of a row and its key, as named
// columns: of a table, of CSV, of a JSON object, of an SQL expression.
//
//   MessageColumns columns({key.GetDescriptor(), row.GetDescriptor()});
//   columns.AppendJson({&key, &row}, &line);   // {"sku":"tea","sold":3}

#ifndef DAYBOOK_TOOLS_MESSAGE_COLUMNS_H_
#define DAYBOOK_TOOLS_MESSAGE_COLUMNS_H_

#include <cstddef>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace daybook::tools {

// Immutable. The descriptors must outlive it.
class MessageColumns {
 public:
  struct Column {
    // The field's name in JSON. One that a message before has too begins with
    // "row_".
    std::string name;
    // Which of the messages.
    size_t part = 0;
    const google::protobuf::FieldDescriptor* field = nullptr;
  };
  // One for each descriptor, in their order.
  using Parts = std::vector<const google::protobuf::Message*>;

  explicit MessageColumns(
      const std::vector<const google::protobuf::Descriptor*>& parts);

  const std::vector<Column>& columns() const { return columns_; }

  // One object; fields that are not set are left out.
  void AppendJson(const Parts& parts, std::string* out) const;

  // A field as a person reads it: text as it is, anything else as JSON; nothing
  // if it is not set.
  static std::string Text(const Column& column, const Parts& parts);

  // False for a field with presence that has no value.
  static bool IsSet(const Column& column, const Parts& parts);

 private:
  std::vector<Column> columns_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_MESSAGE_COLUMNS_H_
