// Writes what fuzzing begins with where that is bytes: what our own writers
// make, one small file each, into FOLDER/<target>/.
//
//   build/release/bin/fuzz_seeds tests/fuzz/corpus
//
// Texts in corpus/ are written by hand; zip files by `daybook audit bundle`.

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "daybook/audit/hash.h"
#include "daybook/audit/leaf.h"
#include "daybook/audit/leaf_chain.h"
#include "daybook/audit/merkle_tree.h"
#include "daybook/audit/note_key.h"
#include "daybook/audit/producer_signature.h"
#include "daybook/audit/tlog_proof.h"
#include "daybook/audit/tree_head.h"
#include "daybook/store/event_store.h"
#include "daybook/store/schema.h"
#include "daybook/v1/system.pb.h"
#include "store/anchor.h"
#include "store/backup_manifest.h"
#include "store/body.h"
#include "store/checksum.h"
#include "store/chunk.h"
#include "store/index.h"
#include "store/metadata_codec.h"
#include "store/run.h"
#include "store/store_folder.h"
#include "store/system_events.h"
#include "tests/audit/memory_log.h"
#include "tests/fuzz/memory_file.h"

namespace daybook {
namespace {

namespace fs = std::filesystem;

// The key of audit_proofs.cc.
constexpr std::string_view kSecretKey =
    "PRIVATE+KEY+PeterNeumann+c74f20a3+"
    "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";

class Seeds {
 public:
  explicit Seeds(fs::path folder) : folder_(std::move(folder)) {}

  void Add(const std::string& target, const std::string& name,
           std::string_view bytes) const {
    fs::create_directories(folder_ / target);
    std::ofstream out(folder_ / target / name, std::ios::binary);
    out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  }

 private:
  const fs::path folder_;
};

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

// --- audit ------------------------------------------------------------------

void AddAudit(const Seeds& seeds) {
  using namespace audit;  // NOLINT
  const NoteSigner signer = NoteSigner::Parse(kSecretKey).value();
  seeds.Add("audit_vkey", "ed25519", signer.verifier_key().ToString());
  seeds.Add("audit_key_file", "ed25519", signer.ToSecretText() + "\n");
  seeds.Add("audit_base64", "hash", LeafAt(0).ToBase64());

  MemoryLog log(300);
  for (const uint64_t size : {1, 8, 300}) {
    const TreeHead head = {.origin = "fuzz.example/log",
                           .size = size,
                           .root = log.prover().Root(size).value(),
                           .extensions = {"daybook"}};
    const std::string name = absl::StrCat("of-", size);
    seeds.Add("audit_tree_head", name, FormatTreeHead(head).value());
    seeds.Add("store_kept_head", absl::StrCat("text-", name),
              FormatTreeHead(head).value());
    const std::string note = SignTreeHead(head, std::span(&signer, 1)).value();
    seeds.Add("audit_note", name, note);
    seeds.Add("store_kept_head", name, note);
    const uint64_t index = size == 300 ? 7 : 0;
    const TlogProof proof = {
        .extra = size == 8 ? "" : "what it is of",
        .index = index,
        .hashes = log.prover().ProveInclusion(index, size).value(),
        .signed_head = note};
    seeds.Add("audit_tlog_proof", name, FormatTlogProof(proof).value());
    MerkleFrontier frontier;
    for (uint64_t i = 0; i < size; ++i) frontier.Append(LeafAt(i));
    seeds.Add("audit_frontier", name, frontier.Encode());
  }

  std::string chain;
  BeginLeafChain(&chain);
  Hash previous;
  for (uint64_t i = 0; i < 3; ++i) {
    const Leaf leaf = {.position = 10 + i,
                       .revision = i,
                       .recorded_at_micros = 1'700'000'000'000'000,
                       .append_first_position = 10 + i,
                       .stream = "order-1",
                       .type = "placed",
                       .content_type = "application/json",
                       .schema_hash = 7,
                       .previous_in_stream = previous,
                       .payload_commitment = LeafAt(1),
                       .metadata_commitment = LeafAt(2)};
    std::string bytes;
    EncodeLeaf(leaf, &bytes);
    seeds.Add("audit_leaf", absl::StrCat("revision-", i), bytes);
    AppendToLeafChain(bytes, &chain);
    previous = LeafHash(bytes);
  }
  seeds.Add("audit_leaf_chain", "three", chain);

  const std::vector<ProducerStatement> statements(
      3, {.stream = "order-1", .type = "placed"});
  const std::vector<std::string> alone =
      SignStatements(signer, "shop.example/log", {&statements[0], 1}).value();
  const std::vector<std::string> batch =
      SignStatements(signer, "shop.example/log", statements).value();
  seeds.Add("audit_producer_signature", "alone", alone[0]);
  seeds.Add("audit_producer_signature", "of-batch", batch[1]);
  const Leaf leaf = {
      .stream = "order-1", .type = "placed", .producer_signature = alone[0]};
  std::string signed_leaf;
  EncodeLeaf(leaf, &signed_leaf);
  seeds.Add("audit_leaf", "signed", signed_leaf);
}

// --- store ------------------------------------------------------------------

NewEvent EventAt(uint64_t i) {
  NewEvent event = {.type = "placed",
                    .payload = absl::StrCat("{\"total\":", i, "}"),
                    .content_type = "application/json",
                    .tags = {"customer:7", absl::StrCat("order:", i)},
                    .source = "/shop"};
  event.metadata.correlation_id = "c-1";
  event.metadata.actor = "anna";
  event.metadata.fields = {{"ip", "10.0.0.7"}, {"", ""}};
  if (i % 2 == 0) event.occurred_at = absl::FromUnixSeconds(1'700'000'000);
  if (i % 3 == 0) event.schema = SchemaHash(0x9f86d081884c7d65);
  return event;
}

// Events of appends of two; a chunk, or a run of one stream.
template <typename Builder>
void AddEvents(uint64_t count, Builder* builder,
               std::vector<std::string>* bodies) {
  bodies->reserve(count);
  for (uint64_t i = 0; i < count; ++i) {
    bodies->emplace_back();
    EncodeBody(EventAt(i), EventId(), &bodies->back());
    AppendHeader append;
    append.first_position = Position(20 + i - i % 2);
    append.count = 2;
    append.recorded_at_micros = 1'700'000'000'000'000 + static_cast<int64_t>(i);
    append.key = "key-7";
    append.result = "result";
    builder->Add(append,
                 {Position(20 + i), Revision(i), "order-1", "placed", "/shop",
                  "application/json"},
                 bodies->back(), Checksum(bodies->back()));
  }
}

void AddChunks(const Seeds& seeds) {
  for (const uint64_t count : {1, 4, 20}) {
    const std::string name = absl::StrCat("events-", count);
    std::vector<std::string> bodies;
    ChunkBuilder log(ChunkKind::kLog);
    AddEvents(count, &log, &bodies);
    seeds.Add("store_chunk", "log-" + name, log.Finish());
    bodies.clear();
    RunBuilder run;
    AddEvents(count, &run, &bodies);
    seeds.Add("store_run", name, run.Finish());
    seeds.Add("store_body", name, bodies.back());
  }
  std::string body;
  EncodeBody(EventAt(1), EventId(), &body);
  ChunkBuilder audited(ChunkKind::kLog);
  const EventAudit audit = {.payload_salt = {1}, .metadata_salt = {2}};
  AppendHeader append;
  append.count = 1;
  audited.Add(append, {Position(0), Revision(0), "s", "t", "", ""}, body,
              Checksum(body), &audit);
  seeds.Add("store_chunk", "log-with-audit", audited.Finish());
  seeds.Add("store_metadata", "all", EncodeMetadata(EventAt(0).metadata));
}

void AddRows(const Seeds& seeds) {
  const std::vector<uint64_t> positions = {0, 1, 7, 300, uint64_t{1} << 40};
  seeds.Add("store_postings", "five",
            EncodePositions(positions.data(), positions.size()));
  StreamHead head;
  head.first_position = Position(7);
  head.next_revision = 3;
  head.last_position = Position(1000);
  seeds.Add("store_head_row", "one", EncodeHead(head));
  StreamRules rules;
  rules.metadata.max_count = 5;
  rules.metadata.truncate_before = Revision(2);
  rules.metadata.json = "{\"a\":1}";
  rules.deleted_before = Revision(4);
  seeds.Add("store_rules_row", "all", EncodeRules(rules));
  seeds.Add("store_system_event", "metadata",
            StreamMetadataSetEvent(rules.metadata).payload);
  seeds.Add("store_system_event", "deleted",
            StreamDeletedEvent(Revision(9)).payload);
  const audit::VerifierKey key =
      audit::NoteSigner::Parse(kSecretKey)->verifier_key();
  seeds.Add("store_producer_event", "added",
            ProducerAddedEvent(key, "shop.example/log").payload);
  seeds.Add("store_producer_event", "revoked",
            ProducerRevokedEvent(key.name(), key.id(), "stolen").payload);
  seeds.Add("store_producer_event", "policy",
            ProducerPolicySetEvent("till-", ProducerPolicy::kRequire).payload);
  v1::Removal removal;
  v1::DroppedTail& dropped = *removal.mutable_dropped_tail();
  dropped.set_kept(7);
  dropped.set_kept_root(std::string(audit::LeafHash("below").view()));
  dropped.add_heads()->set_text(
      audit::FormatTreeHead({.origin = "shop.example/log", .size = 9}).value());
  seeds.Add(
      "store_removal", "tail",
      RemovalEvent({.user = "ann", .reason = "bad disk"}, removal).payload);
}

void AddSchemas(const Seeds& seeds) {
  const auto* const message = v1::StreamMetadataSet::descriptor();
  for (const auto* descriptor : {message, v1::Operation::descriptor()}) {
    const Schema schema = MakeSchema("happened", *descriptor).value();
    const std::string line =
        absl::StrCat(schema.message, "\n", schema.descriptors);
    seeds.Add("store_schema", descriptor->name(), line);
    const auto size = static_cast<uint16_t>(line.size());
    const char bytes[] = {static_cast<char>(size & 0xFF),
                          static_cast<char>(size >> 8)};
    seeds.Add("store_schema_changes", descriptor->name(),
              absl::StrCat(std::string(bytes, 2), line, line));
    seeds.Add("store_schema_event", descriptor->name(),
              SchemaRegisteredEvent(schema).payload);
  }
}

// The files of a store with a few events: a table, and a write-ahead log.
absl::Status AddFiles(const Seeds& seeds) {
  const fuzz::ScratchFolder folder;
  const std::string path = folder.path() + "/store";
  for (const bool closes : {false, true}) {
    auto store = EventStore::Open(path, StoreOptions());
    if (!store.ok()) return store.status();
    for (uint64_t i = 0; i < 3; ++i) {
      AppendRequest request;
      request.events.push_back({"order-1", EventAt(1)});
      if (auto done = (*store)->Append(request); !done.ok()) {
        return done.status();
      }
    }
    if (!closes) {
      for (const auto& entry : fs::directory_iterator(path + "/log")) {
        if (entry.path().extension() != ".log") continue;
        std::string wal = ReadFile(entry.path());
        wal.resize(wal.find_last_not_of('\0') + 1);
        if (wal.empty()) continue;
        seeds.Add("store_wal", "three-appends", wal);
        // The first record without its head of seven bytes.
        const size_t size =
            static_cast<uint8_t>(wal[4]) + 256 * static_cast<uint8_t>(wal[5]);
        seeds.Add("store_wal_record", "append", wal.substr(7, size));
      }
    }
    const absl::Status closed = (*store)->Close(absl::Minutes(1));
    if (!closed.ok()) return closed;
  }
  for (const auto& entry : fs::directory_iterator(path + "/log")) {
    if (entry.path().extension() != ".sst") continue;
    const std::string table = ReadFile(entry.path());
    if (table.size() > 8192) continue;
    seeds.Add("store_table", entry.path().filename(), table);
    seeds.Add("store_table_blocks", entry.path().filename(), table);
  }
  seeds.Add("store_identity", "one", ReadFile(path + "/STORE"));
  seeds.Add("store_anchor", "one", ReadFile(path + "/ANCHOR"));
  BackupManifest manifest = {
      .number = 3,
      .store_id = "0190163d-8694-739b",
      .store_format = 1,
      .created_at = absl::FromUnixSeconds(1'700'000'000)};
  manifest.tree.size = 42;
  manifest.files = {{.name = "log/000012.sst", .size = 7, .table_id = "abc"},
                    {.name = "HEAD", .size = 100}};
  seeds.Add("store_backup_manifest", "two-files",
            FormatBackupManifest(manifest));
  return absl::OkStatus();
}

}  // namespace
}  // namespace daybook

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: fuzz_seeds FOLDER\n");
    return 2;
  }
  const daybook::Seeds seeds(argv[1]);
  daybook::AddAudit(seeds);
  daybook::AddChunks(seeds);
  daybook::AddRows(seeds);
  daybook::AddSchemas(seeds);
  const absl::Status status = daybook::AddFiles(seeds);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
