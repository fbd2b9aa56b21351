#include "bench/workload.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace daybook::bench {
namespace {

// More than any compressor sees at once, so that no payload repeats in a block
// but by chance.
constexpr uint32_t kPayloadCount = 16'384;
constexpr uint32_t kTypeCount = 5;
constexpr uint32_t kFlightCount = 64;

uint64_t Mix(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9u;
  value = (value ^ (value >> 27)) * 0x94D049BB133111EBu;
  return value ^ (value >> 31);
}

constexpr std::array<const char*, 32> kWords = {
    "amber",  "basket", "cotton", "delta",  "ember",  "fabric", "garden",
    "harbor", "indigo", "jacket", "kettle", "linen",  "maple",  "needle",
    "orange", "pepper", "quartz", "ribbon", "silver", "timber", "umber",
    "velvet", "walnut", "yellow", "zinc",   "copper", "cedar",  "denim",
    "olive",  "pearl",  "ruby",   "slate"};

std::string MakePayload(Random* random) {
  char head[160];
  std::snprintf(head, sizeof(head),
                R"({"item":"%016llx","customer":"%08x","quantity":%u,)"
                R"("price":{"amount":%u,"currency":"EUR"},"warehouse":%u,)"
                R"("note":")",
                static_cast<unsigned long long>(random->Next()),
                random->Below(1u << 31), 1 + random->Below(9),
                100 + random->Below(99'900), random->Below(40));
  std::string payload = head;
  while (payload.size() < kPayloadBytes - 2) {
    payload += kWords[random->Below(kWords.size())];
    char number[8];
    std::snprintf(number, sizeof(number), " %03x ", random->Below(4096));
    payload += number;
  }
  payload.resize(kPayloadBytes - 2);
  payload += "\"}";
  return payload;
}

std::vector<std::string> MakePayloads() {
  Random random(20'240'613);
  std::vector<std::string> payloads;
  payloads.reserve(kPayloadCount);
  for (uint32_t i = 0; i < kPayloadCount; ++i) {
    payloads.push_back(MakePayload(&random));
  }
  return payloads;
}

std::string Numbered(const char* format, uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof(text), format,
                static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

uint64_t HashOf(std::string_view text) {
  uint64_t hash = 0xCBF29CE484222325u;
  for (const char c : text) {
    hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  }
  return Mix(hash);
}

uint64_t Random::Next() {
  state_ += 0x9E3779B97F4A7C15u;
  return Mix(state_);
}

const std::string& Payload(uint64_t serial) {
  static const auto& payloads = *new std::vector<std::string>(MakePayloads());
  return payloads[Mix(serial) % kPayloadCount];
}

const std::string& TypeOf(uint64_t serial) {
  static const auto& types = *new std::array<std::string, kTypeCount>{
      "cart-created", "item-removed", "item-changed", "coupon-added",
      "cart-settled"};
  return types[Mix(serial ^ 0x7E57) % kTypeCount];
}

Workload::Workload(const Settings& settings)
    : settings_(settings),
      random_(settings.seed),
      next_revisions_(kStreamCount),
      last_single_(kStreamCount) {}

Draw Workload::Next() { return NextOf(random_.Below(kStreamCount)); }

Draw Workload::NextOf(uint32_t stream) {
  if (stream >= next_revisions_.size()) next_revisions_.resize(stream + 1);
  return {serial_++, stream, next_revisions_[stream]++};
}

std::string Workload::StreamName(uint32_t stream) {
  return Numbered("cart-%07llu", stream);
}

StreamEvent Workload::Event(const Draw& draw) const {
  StreamEvent result;
  result.stream = StreamName(draw.stream);
  result.event.type = TypeOf(draw.serial);
  result.event.payload = Payload(draw.serial);
  result.event.content_type = kContentType;
  if (settings_.tags) {
    std::vector<std::string>& tags = result.event.tags;
    tags.reserve(kTagCount + 2);
    tags.push_back(Numbered("channel:%llu", draw.stream % 5));
    tags.push_back(Numbered("shop:%03llu", draw.stream % 1'000));
    tags.push_back(Numbered("cart:%07llu", draw.stream));
    tags.push_back(Numbered("sku:%06llu", Mix(draw.serial) % 200'000));
    if (settings_.event_count > 0) {
      if (draw.serial % kRareEvery == kRareEvery / 2) tags.push_back(kRareTag);
      const uint64_t middle = settings_.event_count / 2;
      const uint64_t first =
          middle - std::min(middle, uint64_t{kCampaignSpan} / 2);
      if (draw.serial >= first && draw.serial < first + kCampaignSpan &&
          draw.serial % kCampaignEvery == 0) {
        tags.push_back(kCampaignTag);
      }
    }
  }
  return result;
}

void Workload::AddTo(Batch* batch, const Draw& draw) const {
  batch->request.events.push_back(Event(draw));
  batch->streams.push_back(draw.stream);
  batch->revisions.push_back(draw.revision);
}

Batch Workload::NextBatch(uint64_t count) {
  Batch batch;
  batch.request.events.reserve(count);
  for (uint64_t i = 0; i < count; ++i) AddTo(&batch, Next());
  return batch;
}

std::vector<Batch> Workload::FirstEvents() {
  std::vector<Batch> batches;
  for (uint32_t stream = 0; stream < kStreamCount; ++stream) {
    if (stream % 1'000 == 0) batches.emplace_back();
    AddTo(&batches.back(), NextOf(stream));
  }
  return batches;
}

Batch Workload::NextSingle() {
  for (;;) {
    const uint32_t stream = random_.Below(kStreamCount);
    const uint64_t last = last_single_[stream];
    if (last != 0 && single_count_ + 1 - last <= kFlightCount) continue;
    return NextSingleOf(stream);
  }
}

Batch Workload::NextSingleOf(uint32_t stream) {
  const Draw draw = NextOf(stream);
  if (stream < last_single_.size()) last_single_[stream] = ++single_count_;
  Batch single;
  AddTo(&single, draw);
  single.request.expectations.push_back(
      {single.request.events[0].stream,
       draw.revision == 0
           ? ExpectedRevision::NoStream()
           : ExpectedRevision::Exactly(Revision(draw.revision - 1))});
  return single;
}

}  // namespace daybook::bench
