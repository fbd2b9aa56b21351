#include "tools/message_json.h"

#include <nlohmann/json.hpp>

#include "daybook/v1/builtin.pb.h"
#include "gmock/gmock.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/wrappers.pb.h"
#include "gtest/gtest.h"
#include "tests/replay/cart.pb.h"

namespace daybook::tools {
namespace {

std::string Json(const google::protobuf::Message& message) {
  std::string json;
  AppendMessageJson(message, &json);
  return json;
}

TEST(MessageJsonTest, NumbersOf64BitsAreNumbers) {
  tests::v1::CartTotal total;
  total.add_numbers(18446744073709551615u);
  total.add_numbers(0);
  EXPECT_EQ(Json(total),
            R"({"quantity":0,"note":"","numbers":[18446744073709551615,0]})");
}

TEST(MessageJsonTest, MapsAreInTheOrderOfTheirKeys) {
  tests::v1::CartState state;
  for (const char* sku : {"b", "a", "c\"\n", ""}) {
    (*state.mutable_quantities())[sku] = 1;
  }
  EXPECT_EQ(
      Json(state),
      R"({"cart":"","quantities":{"":1,"a":1,"b":1,"c\"\n":1},"changes":0})");
}

TEST(MessageJsonTest, WhatHasPresenceIsThereIfItIsSet) {
  google::protobuf::FieldDescriptorProto field;
  EXPECT_EQ(Json(field), "{}");
  field.set_number(7);
  field.set_type(google::protobuf::FieldDescriptorProto::TYPE_BOOL);
  EXPECT_EQ(Json(field), R"({"number":7,"type":"TYPE_BOOL"})");
}

TEST(MessageJsonTest, BytesAreInBase64AndNumbersShortest) {
  google::protobuf::UninterpretedOption option;
  option.set_string_value(std::string("\x00\xff", 2));
  option.set_double_value(0.1);
  EXPECT_EQ(Json(option),
            R"({"name":[],"doubleValue":0.1,"stringValue":"AP8="})");
}

TEST(MessageJsonTest, TimesAndWrappersAreAsProtobufHasThem) {
  v1::TimelineRow row;
  row.mutable_first_time()->set_seconds(1442018818);
  const nlohmann::json json = nlohmann::json::parse(Json(row));
  EXPECT_EQ(json["firstTime"], "2015-09-12T00:46:58Z");
  google::protobuf::Int32Value wrapped;
  wrapped.set_value(5);
  EXPECT_EQ(Json(wrapped), "5");
}

TEST(MessageJsonTest, JsonTextStandsThereAsItIs) {
  v1::LatestRow row;
  (*row.mutable_fields())["x"].set_json("1.50");
  (*row.mutable_fields())["bad"].set_json("{");
  EXPECT_EQ(Json(row), R"({"fields":{"bad":{"json":"{"},"x":1.50}})");
}

}  // namespace
}  // namespace daybook::tools
