// MessageCondition is an SQL expression on messages: `--until` on a state,
// `--where` on the rows of a view. Its columns are the messages' fields, and
// the whole as JSON under a name of its own: `state`, `row`.

#ifndef DAYBOOK_TOOLS_MESSAGE_CONDITION_H_
#define DAYBOOK_TOOLS_MESSAGE_CONDITION_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "google/protobuf/descriptor.h"
#include "tools/message_columns.h"
#include "tools/sql_condition.h"

namespace daybook::tools {

// Not thread-safe.
class MessageCondition {
 public:
  // A field that is called as the whole is, or as one before but for upper and
  // lower case, is found in the whole only; so are those above
  // SqlCondition::kColumnsMax. Errors: as SqlCondition::Compile().
  static absl::StatusOr<MessageCondition> Compile(
      std::string_view expression, const std::string& whole,
      const std::vector<const google::protobuf::Descriptor*>& parts);

  // `append_whole` is called if the expression looks at the whole.
  // Errors: as SqlCondition::Holds().
  absl::StatusOr<bool> Holds(
      const MessageColumns::Parts& parts,
      absl::FunctionRef<void(std::string*)> append_whole);

 private:
  MessageCondition(SqlCondition condition,
                   std::vector<MessageColumns::Column> columns);

  SqlCondition condition_;
  // From the second column of the condition on; the first is the whole.
  std::vector<MessageColumns::Column> columns_;
  std::string whole_;
  std::vector<std::string> texts_;
};

}  // namespace daybook::tools

#endif  // DAYBOOK_TOOLS_MESSAGE_CONDITION_H_
