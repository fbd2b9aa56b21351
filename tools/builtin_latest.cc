// The built-in projection `latest`.

#include <memory>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "daybook/projections/stored_type.h"
#include "daybook/store/schema.h"
#include "daybook/v1/builtin.pb.h"
#include "store/mutex.h"
#include "store/status_macros.h"
#include "tools/builtin_projection.h"
#include "tools/builtin_rows.h"
#include "tools/json_text.h"
#include "tools/message_json.h"

namespace daybook::tools {
namespace {

constexpr size_t kFieldsMax = 10'000;

class Latest final : public BuiltinProjection<v1::StreamKey, v1::LatestRow> {
 public:
  explicit Latest(EventStore& store)
      : BuiltinProjection("latest", /*version=*/1), types_(store) {}

  absl::Status Prepare(const EventView& event, google::protobuf::Arena* arena,
                       PreparedEvent* prepared) const override {
    Begin(event, prepared);
    std::string json;
    DAYBOOK_RETURN_IF_ERROR(AppendJson(event, &json));
    if (json.find_first_not_of(" \t\r\n") == std::string::npos ||
        json[json.find_first_not_of(" \t\r\n")] != '{') {
      return absl::OkStatus();
    }
    auto* row = google::protobuf::Arena::CreateMessage<v1::LatestRow>(arena);
    auto& fields = *row->mutable_fields();
    ForEachMember(json, [&](std::string_view name, std::string_view value) {
      std::string* text = fields[UnquotedJson(name)].mutable_json();
      text->clear();
      AppendCompactJson(value, text);
    });
    prepared->message = row;
    v1::StreamKey key;
    key.set_stream(event.stream.data(), event.stream.size());
    AddKey(key, prepared);
    return absl::OkStatus();
  }

 protected:
  absl::Status Merge(const v1::LatestRow& event,
                     v1::LatestRow* row) const override {
    for (const auto& [name, value] : event.fields()) {
      (*row->mutable_fields())[name] = value;
    }
    if (row->fields().size() > kFieldsMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat("a stream has more than ", kFieldsMax,
                       " different fields: too many for `latest`"));
    }
    return absl::OkStatus();
  }

 private:
  // The payload as JSON; nothing if it can't be said so.
  absl::Status AppendJson(const EventView& event, std::string* json) const {
    if (event.content_type != kProtobufContentType) {
      if (IsJsonContentType(event.content_type) && IsJson(event.payload)) {
        *json = event.payload;
      }
      return absl::OkStatus();
    }
    if (event.schema.none()) return absl::OkStatus();
    MutexLock lock(&mutex_);
    DAYBOOK_ASSIGN_OR_RETURN(const StoredType* type, types_.Find(event));
    DAYBOOK_ASSIGN_OR_RETURN(const auto message, type->Parse(event.payload));
    AppendMessageJson(*message, json);
    return absl::OkStatus();
  }

  mutable Mutex mutex_;
  mutable StoredTypes types_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

std::shared_ptr<const AnyProjection> MakeLatest(EventStore& store) {
  return std::make_shared<Latest>(store);
}

}  // namespace daybook::tools
