#include "tools/state_fold.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/v1/builtin.pb.h"
#include "google/protobuf/arena.h"
#include "store/status_macros.h"
#include "tools/json_text.h"
#include "tools/message_json.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

namespace pb = google::protobuf;

// After so much it is looked how large the state is.
constexpr int kEventsPerMeasure = 1024;
constexpr size_t kBytesPerMeasure = 4 << 20;

std::unique_ptr<pb::Message> Copy(const pb::Message& message) {
  std::unique_ptr<pb::Message> copy(message.New());
  copy->CopyFrom(message);
  return copy;
}

absl::Status AtPosition(const EventView& event, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(),
                      absl::StrCat("position ", event.position.value(), ": ",
                                   status.message()));
}

// A row's key as the name of a member of an object.
std::string KeyName(const std::string& bytes, const pb::Message& prototype) {
  const std::unique_ptr<pb::Message> key(prototype.New());
  std::string_view rest = bytes;
  if (!DecodeRowKey(&rest, key.get())) return Escaped(bytes);
  const pb::Descriptor& type = *key->GetDescriptor();
  if (type.field_count() == 1) {
    const MessageColumns columns({&type});
    return MessageColumns::Text(columns.columns().front(), {key.get()});
  }
  std::string json;
  AppendMessageJson(*key, &json);
  return json;
}

}  // namespace

StateFold StateFold::Begin(NamedProjection named, bool one_stream) {
  StateFold fold;
  fold.named_ = std::move(named);
  if (fold.named_.decider != nullptr) {
    fold.state_ = Copy(fold.named_.decider->initial());
  } else {
    fold.single_row_ =
        one_stream && fold.named_.projection->key_prototype().GetDescriptor() ==
                          v1::StreamKey::descriptor();
  }
  return fold;
}

absl::Status StateFold::Apply(const EventView& event) {
  DAYBOOK_RETURN_IF_ERROR(
      AtPosition(event, named_.decider != nullptr
                            ? named_.decider->Evolve(event, state_.get())
                            : ApplyToRows(event)));
  unmeasured_bytes_ += event.payload.size();
  if (++unmeasured_events_ < kEventsPerMeasure &&
      unmeasured_bytes_ < kBytesPerMeasure) {
    return absl::OkStatus();
  }
  unmeasured_events_ = 0;
  unmeasured_bytes_ = 0;
  if (bytes() <= kBytesMax) return absl::OkStatus();
  return AtPosition(event, absl::ResourceExhaustedError(absl::StrCat(
                               "the state is above ", Bytes(kBytesMax),
                               " of memory: too large to be folded here")));
}

absl::Status StateFold::ApplyToRows(const EventView& event) {
  const AnyProjection& projection = *named_.projection;
  if (!projection.Wants(event)) return absl::OkStatus();
  pb::Arena arena;
  PreparedEvent prepared;
  DAYBOOK_RETURN_IF_ERROR(projection.Prepare(event, &arena, &prepared));
  if (prepared.message == nullptr) return absl::OkStatus();
  for (size_t i = 0; i < prepared.keys.size(); ++i) {
    std::unique_ptr<Message>& row = rows_[prepared.keys[i]];
    if (row == nullptr) row.reset(projection.row_prototype().New());
    DAYBOOK_ASSIGN_OR_RETURN(const RowFate fate,
                             projection.Apply(prepared, i, row.get()));
    if (fate == RowFate::kRemove) rows_.erase(prepared.keys[i]);
  }
  return absl::OkStatus();
}

StateFold StateFold::Clone() const {
  StateFold clone;
  clone.named_ = named_;
  clone.single_row_ = single_row_;
  clone.unmeasured_events_ = unmeasured_events_;
  clone.unmeasured_bytes_ = unmeasured_bytes_;
  if (state_ != nullptr) clone.state_ = Copy(*state_);
  for (const auto& [key, row] : rows_) clone.rows_[key] = Copy(*row);
  return clone;
}

size_t StateFold::bytes() const {
  size_t sum = state_ == nullptr ? 0 : state_->SpaceUsedLong();
  constexpr size_t kRowBytes = 128;
  for (const auto& [key, row] : rows_) {
    sum += kRowBytes + key.size() + row->SpaceUsedLong();
  }
  return sum;
}

const pb::Message& StateFold::single() const {
  if (state_ != nullptr) return *state_;
  if (rows_.empty()) return named_.projection->row_prototype();
  return *rows_.begin()->second;
}

std::string StateFold::Json() const {
  std::string json;
  if (is_single()) {
    AppendMessageJson(single(), &json);
    return json;
  }
  json += '{';
  for (const auto& [key, row] : rows_) {
    if (json.size() > 1) json += ',';
    AppendJsonString(KeyName(key, named_.projection->key_prototype()), &json);
    json += ':';
    AppendMessageJson(*row, &json);
  }
  return json + '}';
}

const Query& StateFold::events() const {
  return named_.decider != nullptr ? named_.decider->events()
                                   : named_.projection->events();
}

std::vector<const pb::Descriptor*> StateFold::Descriptors() const {
  if (!is_single()) return {};
  return {single().GetDescriptor()};
}

MessageColumns::Parts StateFold::Parts() const {
  if (!is_single()) return {};
  return {&single()};
}

}  // namespace daybook::tools
