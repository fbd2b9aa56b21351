// What an EventBuffer keeps of an event outlives what the event pointed into.

#include "store/event_buffer.h"

#include <string>

#include "gtest/gtest.h"
#include "store/coding.h"

namespace daybook {
namespace {

TEST(EventBufferTest, KeepsAllOfAnEvent) {
  std::string stream = "order-1";
  std::string type = "placed";
  std::string source = "/shop";
  std::string content_type = "application/json";
  std::string payload = "{}";
  std::string key = "attempt-7";
  std::string metadata = "\x0a\x01x";
  std::string signature = "signed";
  std::string tags;
  PutString(&tags, "sku:tea");
  EventView event;
  event.stream = stream;
  event.type = type;
  event.source = source;
  event.content_type = content_type;
  event.payload = payload;
  event.append.key = key;
  event.encoded_metadata = metadata;
  event.signature = signature;
  event.tags = TagList(tags.data(), 1);
  const Event before = event.ToEvent();
  EventBuffer buffer;

  buffer.Add(event);
  for (std::string* text : {&stream, &type, &source, &content_type, &payload,
                            &key, &metadata, &signature, &tags}) {
    text->assign(text->size(), '?');
  }

  ASSERT_EQ(buffer.events().size(), 1);
  EXPECT_EQ(buffer.events()[0].ToEvent(), before);
  EXPECT_EQ(buffer.events()[0].append.key, "attempt-7");
}

}  // namespace
}  // namespace daybook
