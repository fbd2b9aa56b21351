// The canonical form of schemas and their hash. What differs only in things
// that no reader of events sees is the same schema.

#include "daybook/store/schema.h"

#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "daybook/v1/options.pb.h"
#include "daybook/v1/system.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "gtest/gtest.h"
#include "tests/testing/proto_source.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::ProtoSource;
using testing::SchemaFrom;
using testing::StatusIs;

constexpr auto kInvalidArgument = absl::StatusCode::kInvalidArgument;

TEST(Schema, IsTheSameWhateverNoReaderSees) {
  const Schema plain = SchemaFrom("message Event { string sku = 1; }");

  for (const char* same : {
           "// A comment.\nmessage Event { string sku = 1; /* another */ }",
           "message Other {} message Event { string sku = 1; }",
           "enum E { A = 0; } message Event { string sku = 1; }",
           "message Event { string sku = 1; message Unused {} }",
           "message Event { string sku = 1 [deprecated = true]; }",
           "message Event { string sku = 1; reserved 7; }",
           "option java_package = 'x'; message Event { string sku = 1; }",
           "message Event { string sku = 1 [json_name = 'sku']; }",
       }) {
    EXPECT_EQ(SchemaFrom(same), plain) << same;
  }
}

TEST(Schema, DoesNotDependOnTheFilesName) {
  const char* source = "message Event { string sku = 1; }";
  const ProtoSource here(source, "shop.proto");
  const ProtoSource there(source, "proto/v1/shop.proto");

  EXPECT_EQ(*MakeSchema("e", here.message("Event")),
            *MakeSchema("e", there.message("Event")));
}

TEST(Schema, DiffersByWhatAReaderSees) {
  std::set<SchemaHash> hashes = {
      SchemaFrom("message Event { string sku = 1; }").hash,
      SchemaFrom("message Event { string sku = 1; }", "other").hash,
      SchemaFrom("message Event { string sku = 2; }").hash,
      SchemaFrom("message Event { bytes sku = 1; }").hash,
      SchemaFrom("message Event { optional string sku = 1; }").hash,
      SchemaFrom("message Event { repeated string sku = 1; }").hash,
      SchemaFrom("message Event { string sku = 1 [json_name = 'x']; }").hash,
      SchemaFrom("message Event { string sku = 1 [(daybook.v1.tag) = 'x']; }")
          .hash,
      SchemaFrom("message Event { option (daybook.v1.event).name = 'x';"
                 " string sku = 1; }")
          .hash,
  };

  EXPECT_EQ(hashes.size(), 9u);
}

// What is stored must be found again by any later program. If this fails, the
// canonical form has changed: stores would register every schema anew.
TEST(Schema, HashIsTheSameInAnyProcess) {
  EXPECT_EQ(SchemaFrom("message Event {"
                       "  option (daybook.v1.event).name = 'cart.item-added';"
                       "  string sku = 1 [(daybook.v1.tag) = 'sku'];"
                       "  repeated Line lines = 2;"
                       "  map<string, Kind> kinds = 3;"
                       "  google.protobuf.Timestamp at = 4;"
                       "  message Line { uint64 cents = 1; }"
                       "} enum Kind { KIND_UNSPECIFIED = 0; }")
                .hash.ToString(),
            "c8b19772e7df4d93");
}

TEST(Schema, OfACompiledMessageIsThatOfItsSource) {
  const ProtoSource source(R"(
      message SchemaRegistered {
        option (daybook.v1.event).name = "$schema-registered";
        string event_type = 1; string message = 2;
        fixed64 hash = 3; bytes descriptors = 4;
      })");
  const absl::StatusOr<Schema> compiled =
      MakeSchema("x", *v1::SchemaRegistered::descriptor());
  const absl::StatusOr<Schema> parsed =
      MakeSchema("x", source.message("SchemaRegistered"));

  // They differ in nothing but the package.
  google::protobuf::FileDescriptorSet files;
  ASSERT_TRUE(files.ParseFromString(compiled->descriptors));
  files.mutable_file(0)->set_package("shop");
  EXPECT_EQ(files.SerializeAsString(), parsed->descriptors);
}

TEST(Schema, StandsByItselfAndIsItsOwnCanonicalForm) {
  for (const char* source : {
           "message Event { Event again = 1; }",
           "message Event { Outer.Inner inner = 1; }"
           "message Outer { string unused = 1; message Inner { Kind k = 1; }"
           "  enum Kind { A = 0; B = 1; } }",
           "message Event { map<string, Value> values = 1; }"
           "message Value { google.protobuf.Timestamp at = 1; }",
           "message Event { oneof what { string a = 1; int32 b = 3; }"
           "  optional bool c = 2; }",
           "syntax = 'proto2'; package shop; message Event {"
           "  required int32 a = 1 [default = 7]; extensions 100 to max;"
           "  optional group Part = 2 { optional string b = 1; } }",
           "syntax = 'proto2'; package shop; enum Kind { option allow_alias ="
           "  true; B = 1; A = 1; } message Event { optional Kind kind = 1; }",
       }) {
    const Schema schema = SchemaFrom(source);
    const absl::StatusOr<ParsedSchema> parsed = ParseSchema(schema);
    ASSERT_OK(parsed) << source;
    EXPECT_THAT(MakeSchema("event", *parsed->message), IsOkAndHolds(schema))
        << source;
  }
}

TEST(Schema, HoldsOnlyWhatTheMessageRefersTo) {
  const Schema schema = SchemaFrom(
      "message Event { Used used = 1; } message Used {} message Unused {}");

  EXPECT_THAT(schema.descriptors, HasSubstr("Used"));
  EXPECT_THAT(schema.descriptors, ::testing::Not(HasSubstr("Unused")));
}

TEST(Schema, DescriptorsThatCantBeUsedAreRefusedWithTheReason) {
  Schema schema = SchemaFrom("message Event { string sku = 1; }");

  Schema garbage = schema;
  garbage.descriptors = "garbage";
  EXPECT_THAT(ParseSchema(garbage),
              StatusIs(kInvalidArgument, HasSubstr("no FileDescriptorSet")));
  Schema other = schema;
  other.message = "shop.Other";
  EXPECT_THAT(ParseSchema(other),
              StatusIs(kInvalidArgument, HasSubstr("shop.Other")));
  google::protobuf::FileDescriptorSet files;
  ASSERT_TRUE(files.ParseFromString(schema.descriptors));
  files.mutable_file(0)->add_dependency("elsewhere.proto");
  schema.descriptors = files.SerializeAsString();
  EXPECT_THAT(ParseSchema(schema),
              StatusIs(kInvalidArgument, HasSubstr("elsewhere.proto")));
}

// Protobuf follows both by calls within calls, and the process would end.
TEST(ParseSchema, RefusesLongChainsOfMessagesAndFiles) {
  constexpr int kMany = 30'000;
  google::protobuf::FileDescriptorSet messages;
  google::protobuf::FileDescriptorSet files;
  messages.add_file()->set_name("all.proto");
  for (int i = 0; i < kMany; ++i) {
    auto* const message = messages.mutable_file(0)->add_message_type();
    message->set_name(absl::StrCat("M", i));
    if (i + 1 < kMany) {
      auto* const field = message->add_field();
      field->set_name("next");
      field->set_number(1);
      field->set_label(google::protobuf::FieldDescriptorProto::LABEL_OPTIONAL);
      field->set_type(google::protobuf::FieldDescriptorProto::TYPE_MESSAGE);
      field->set_type_name(absl::StrCat(".M", i + 1));
    }
    auto* const file = files.add_file();
    file->set_name(absl::StrCat(i, ".proto"));
    file->add_message_type()->set_name(absl::StrCat("M", i));
    if (i == 0) continue;
    file->add_dependency(absl::StrCat(i - 1, ".proto"));
    file->add_public_dependency(0);
  }

  for (const auto* const set : {&messages, &files}) {
    const Schema schema = {.type = "event",
                           .message = "M0",
                           .descriptors = set->SerializeAsString()};
    EXPECT_THAT(ParseSchema(schema),
                StatusIs(kInvalidArgument, HasSubstr("4000 messages")));
  }
}

TEST(SchemaHash, IsSixteenHexadecimalDigits) {
  const SchemaHash hash(0x9f86d081884c7d65);

  EXPECT_EQ(hash.ToString(), "9f86d081884c7d65");
  EXPECT_THAT(SchemaHash::Parse("9f86d081884c7d65"), IsOkAndHolds(hash));
  EXPECT_THAT(SchemaHash::Parse("0000000000000007"),
              IsOkAndHolds(SchemaHash(7)));
  for (const char* wrong : {"", "9f86", "0x86d081884c7d65", "9f86d081884c7d65a",
                            "9f86d081884c7d6g"}) {
    EXPECT_THAT(SchemaHash::Parse(wrong), StatusIs(kInvalidArgument)) << wrong;
  }
}

}  // namespace
}  // namespace daybook
