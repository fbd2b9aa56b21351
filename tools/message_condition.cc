#include "tools/message_condition.h"

#include <limits>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "store/status_macros.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

namespace pb = google::protobuf;
using Field = pb::FieldDescriptor;

// Hands the field to the condition as a number. False if it is none.
bool SetNumber(const pb::Message& message, const Field& field, size_t column,
               SqlCondition* condition) {
  if (field.is_repeated()) return false;
  const pb::Reflection& in = *message.GetReflection();
  switch (field.cpp_type()) {
    case Field::CPPTYPE_INT32:
      condition->SetNumber(column, in.GetInt32(message, &field));
      return true;
    case Field::CPPTYPE_UINT32:
      condition->SetNumber(column, in.GetUInt32(message, &field));
      return true;
    case Field::CPPTYPE_INT64:
      condition->SetNumber(column, in.GetInt64(message, &field));
      return true;
    case Field::CPPTYPE_UINT64: {
      const uint64_t number = in.GetUInt64(message, &field);
      if (number > std::numeric_limits<int64_t>::max()) {
        // As SQLite reads such a number.
        condition->SetReal(column, static_cast<double>(number));
      } else {
        condition->SetNumber(column, static_cast<int64_t>(number));
      }
      return true;
    }
    case Field::CPPTYPE_BOOL:
      condition->SetNumber(column, in.GetBool(message, &field) ? 1 : 0);
      return true;
    case Field::CPPTYPE_DOUBLE:
      condition->SetReal(column, in.GetDouble(message, &field));
      return true;
    case Field::CPPTYPE_FLOAT:
      condition->SetReal(column, in.GetFloat(message, &field));
      return true;
    default:
      return false;
  }
}

}  // namespace

MessageCondition::MessageCondition(SqlCondition condition,
                                   std::vector<MessageColumns::Column> columns)
    : condition_(std::move(condition)),
      columns_(std::move(columns)),
      texts_(columns_.size()) {}

absl::StatusOr<MessageCondition> MessageCondition::Compile(
    std::string_view expression, const std::string& whole,
    const std::vector<const pb::Descriptor*>& parts) {
  std::vector<MessageColumns::Column> columns;
  std::vector<std::string> names = {whole};
  std::set<std::string> taken = {absl::AsciiStrToLower(whole)};
  const MessageColumns all(parts);
  for (const MessageColumns::Column& column : all.columns()) {
    if (names.size() == SqlCondition::kColumnsMax) break;
    if (!taken.insert(absl::AsciiStrToLower(column.name)).second) continue;
    names.push_back(column.name);
    columns.push_back(column);
  }
  DAYBOOK_ASSIGN_OR_RETURN(
      SqlCondition condition,
      SqlCondition::Compile(expression, std::move(names), whole));
  return MessageCondition(std::move(condition), std::move(columns));
}

absl::StatusOr<bool> MessageCondition::Holds(
    const MessageColumns::Parts& parts,
    absl::FunctionRef<void(std::string*)> append_whole) {
  if (condition_.Uses(0)) {
    whole_.clear();
    append_whole(&whole_);
    condition_.SetText(0, whole_);
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    const MessageColumns::Column& column = columns_[i];
    const size_t at = i + 1;
    if (!condition_.Uses(at)) continue;
    if (!MessageColumns::IsSet(column, parts)) {
      condition_.SetNull(at);
    } else if (!SetNumber(*parts[column.part], *column.field, at,
                          &condition_)) {
      texts_[i] = MessageColumns::Text(column, parts);
      condition_.SetText(at, texts_[i]);
    }
  }
  return condition_.Holds();
}

}  // namespace daybook::tools
