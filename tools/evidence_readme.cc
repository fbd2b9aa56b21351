#include "tools/evidence_readme.h"

#include <string_view>

#include "tools/counted.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr std::string_view kSteps = R"(
What is in here
  manifest.json         what was asked for, of which log, how many events
  head.txt              the head of the log: its name, how many events it had,
                        the root of its Merkle tree, and who signed that
  schemas/HASH.binpb    for protobuf payloads: descriptors, a FileDescriptorSet
  events.ndjson         the events, one object of JSON a line
  proofs/N.tlog-proof   the proof of the event at position N
  bundle.note           if it is there: the signed word of who made this file that
                        nothing was left out

Check it with daybook, with nothing else but this file and the log's public key:
  daybook audit check evidence.zip --trust KEY

Take the key from a place that whoever gave you this file can't change.

Check it without daybook, for each line of events.ndjson (all numbers are
big-endian; "string" is a u32 count of bytes and then the bytes; what is in
base64 is decoded first; quoted text is ASCII, LF is the byte 0a):
  1. payload = event.data_base64.
     payload commitment = SHA256("daybook payload v1" LF payload_salt payload)
  2. metadata = the line's "metadata": fields of u8 number, u32 size, value.
       1 source, 2 actor, 3 correlation id, 4 causation id, 5 traceparent,
       6 tracestate, 7 tags (strings), 8 occurred-at (i64), 9 append key,
       10 append fingerprint, 11 append result, 12 other fields (key and value
       as strings, in order of the keys), 13 payload encoding
     They must say what "event" says, with nothing left over.
     metadata commitment = SHA256("daybook metadata v1" LF metadata_salt
                                  metadata)
  3. leaf = "daybook leaf v1" LF
       u64 position, u64 revision, i64 recorded_at (microseconds since 1970 in
       UTC), u64 append_first, u64 append_count, string stream, string type,
       16 bytes id (a UUID), string content_type, u64 schema (0 for none),
       32 bytes previous_in_stream, 32 bytes payload commitment,
       32 bytes metadata commitment
     Where "event" has a "signature", of who made the event, the leaf begins with
     "daybook leaf v2" LF instead and ends with
       string signature, which is event.signature.bytes_base64
     (step 9 says how that is checked).
  4. proofs/POSITION.tlog-proof (https://c2sp.org/tlog-proof): what follows
     "extra " must be the leaf in base64, "index" the position, and what follows
     the empty line must be head.txt.
  5. leaf hash = SHA256(00 leaf), node hash = SHA256(01 left right). The hashes
     in the proof lead from the leaf hash to the root in head.txt as in RFC 6962,
     section 2.1.1.
  6. head.txt is a signed note (https://c2sp.org/signed-note) of a checkpoint
     (https://c2sp.org/tlog-checkpoint): check its Ed25519 signature with the
     log's public key.
  7. There are as many lines as manifest.json says, at rising positions.
  8. bundle.note, if it is there, is a signed note of four lines:
     daybook/evidence/v1, the log's name, SHA256(manifest.json) in base64, and in
     base64 the root of the Merkle tree (RFC 6962, section 2.1) whose leaves are
     the leaves of step 3, in order. Its signature is the log's key's.
  9. signature = u8 kind, string origin, string key_name, u32 key_id, and then
       kind 1: 64 bytes Ed25519 signature of the statement
       kind 2: u32 index, u32 size, 32 bytes for each hash of the path, 64 bytes
               Ed25519 signature of "daybook producer batch v1" LF, string origin,
               u32 size, 32 bytes root: the path leads there from
               SHA256(00 statement), the leaf "index" of "size", as in step 5
     statement = "daybook producer statement v1" LF
       string origin, string stream, string type, 16 bytes id,
       string content_type, u64 schema, 32 bytes payload commitment,
       32 bytes metadata commitment
     origin is the log that the event was made for. The key that key_name and
     key_id name is the producer's: take it from a place that you trust.

What that shows: when the head was signed, the log had these events at these
positions, with these payloads and metadata, and nothing of that was changed
since. In a stream, "previous_in_stream" is the hash of the leaf of the event
before: where revisions follow one another, none between them was left out. With
step 8, whoever has the key says that these are all events that the log had then of
what was asked for; nobody else took any out since.

What that does not show:
  - without step 8, that no event was left out of this file that was asked for:
    only that those in it are in the log. And with it, that whoever has the key
    left none out
  - that a stream's last event here is the stream's last
  - that what the events say is true, that an actor is who the application took
    it for, or that its clock was right
  - that the owner of the key has shown the same log to everybody: compare the
    head with one that you, or a witness, got elsewhere

The payloads are here in full, with the salts that bind them to the log. Who has
this file has the data in it: keep it as you would keep the data.
)";

}  // namespace

std::string EvidenceReadme(const EvidenceManifest& manifest) {
  return Concat("Evidence from a daybook log\n\n",
                Counted(manifest.events, "event"), " of ",
                Escaped(manifest.Selection()), "\nfrom the log ",
                Escaped(manifest.log), ", when it had ",
                Counted(manifest.head_size, "event"), ".\n", kSteps);
}

}  // namespace daybook::tools
