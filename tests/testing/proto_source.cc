#include "tests/testing/proto_source.h"

#include <cstdlib>
#include <iostream>

#include "daybook/v1/options.pb.h"
#include "google/protobuf/compiler/parser.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/io/tokenizer.h"
#include "google/protobuf/io/zero_copy_stream_impl_lite.h"
#include "google/protobuf/timestamp.pb.h"
#include "tests/testing/status_matchers.h"

namespace daybook::testing {
namespace {

namespace pb = google::protobuf;

constexpr std::string_view kHeading = R"(
    syntax = "proto3";
    package shop;
    import "daybook/v1/options.proto";
    import "google/protobuf/timestamp.proto";
)";

[[noreturn]] void Fail(const std::string& message, const std::string& source) {
  std::cerr << message << " in:\n" << source << "\n";
  std::abort();
}

class Errors final : public pb::io::ErrorCollector,
                     public pb::DescriptorPool::ErrorCollector {
 public:
  explicit Errors(const std::string& source) : source_(source) {}
  void AddError(int line, int /*column*/, const std::string& message) override {
    Fail("line " + std::to_string(line + 1) + ": " + message, source_);
  }
  void AddError(const std::string& /*file*/, const std::string& element,
                const pb::Message* /*descriptor*/, ErrorLocation /*location*/,
                const std::string& message) override {
    Fail(element + ": " + message, source_);
  }

 private:
  const std::string& source_;
};

}  // namespace

ProtoSource::ProtoSource(std::string_view source, const std::string& name) {
  pb::Timestamp::descriptor();
  v1::EventOptions::descriptor();
  std::string text(source);
  if (!source.starts_with("syntax")) text = std::string(kHeading) + text;
  Errors errors(text);
  pb::io::ArrayInputStream stream(text.data(), static_cast<int>(text.size()));
  pb::io::Tokenizer tokens(&stream, &errors);
  pb::compiler::Parser parser;
  parser.RecordErrorsTo(&errors);
  pb::FileDescriptorProto parsed;
  if (!parser.Parse(&tokens, &parsed)) Fail("does not parse", text);
  parsed.set_name(name);
  pool_ = std::make_unique<pb::DescriptorPool>(
      pb::DescriptorPool::generated_pool());
  file_ = pool_->BuildFileCollectingErrors(parsed, &errors);
}

const pb::Descriptor& ProtoSource::message(const std::string& name) const {
  const pb::Descriptor* found = file_->FindMessageTypeByName(name);
  if (found == nullptr) Fail("no message " + name, file_->DebugString());
  return *found;
}

Schema SchemaFrom(std::string_view source, std::string_view type) {
  absl::StatusOr<Schema> schema =
      MakeSchema(type, ProtoSource(source).message("Event"));
  EXPECT_OK(schema);
  return schema.ok() ? *std::move(schema) : Schema();
}

}  // namespace daybook::testing
