// EventStore is the append-only store of events that a program embeds.
//
// A store holds many named streams. Every stored event gets a revision, its
// place in its stream, and a position, its place in the whole store; both are
// dense and in the order of commits. Streams come into being with their first
// event. Nothing changes or removes an event.
//
//   auto store = EventStore::Open("/var/lib/orders", StoreOptions());
//   if (!store.ok()) return store.status();
//   NewEvent placed{.type = "order-placed", .payload = order_bytes};
//   auto written =
//       (*store)->Append("order-42", ExpectedRevision::NoStream(), {placed});
//
// Two engines keep the same promises and pass the same tests: Open() keeps a
// store in a folder, in RocksDB; OpenInMemory() keeps one in memory, for tests.
//
// Life of an append, and what holds after a crash: store/README.md. Bytes on
// disk: store/FORMAT.md. Errors: daybook/store/errors.h.

#ifndef DAYBOOK_STORE_EVENT_STORE_H_
#define DAYBOOK_STORE_EVENT_STORE_H_

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/store/append.h"
#include "daybook/store/audit.h"
#include "daybook/store/backup.h"
#include "daybook/store/event.h"
#include "daybook/store/numbers.h"
#include "daybook/store/options.h"
#include "daybook/store/producers.h"
#include "daybook/store/query.h"
#include "daybook/store/read.h"
#include "daybook/store/rows.h"
#include "daybook/store/schema.h"
#include "daybook/store/subscription.h"

namespace daybook {

// How far one derived family has come.
struct FamilyStatus {
  std::string name;
  // Everything below is in the family; the rest is looked up in the log.
  Position watermark;
  uint64_t bytes_on_disk = 0;
};

struct StoreStatus {
  std::string path;  // empty for a store in memory
  std::string store_id;
  uint32_t format = 0;
  Position head;
  Position durable_head;
  // Why appends are refused since a write failed; OK normally.
  absl::Status health;
  // Why the last head of the audit tree could not be made; OK normally.
  // kDataLoss: stored events were damaged or changed under the open store.
  // kFailedPrecondition: copies are asked for, but it would not be signed as
  // those before it are.
  absl::Status audit_health;
  // The size of the last one that is kept.
  uint64_t tree_head_size = 0;
  uint64_t log_bytes_on_disk = 0;
  uint64_t row_bytes_on_disk = 0;
  uint64_t tree_bytes_on_disk = 0;
  std::vector<FamilyStatus> families;
  // Since the store was opened.
  uint64_t appends = 0;
  uint64_t commits = 0;  // groups of appends, one write each
  uint64_t syncs = 0;
};

// What Reindex() has done so far.
struct ReindexProgress {
  Position done;
  Position head;
};

// Thread-safe: any member may be called from any thread at the same time.
class EventStore {
 public:
  using AppendDone = absl::AnyInvocable<void(absl::StatusOr<AppendResult>) &&>;

  // Opens the store in the folder `path`, or creates one. One process holds a
  // store at a time, once.
  //
  // Before anything is accepted, the log is checked: nothing that was
  // acknowledged may be missing. What a check refuses is left untouched.
  //
  // Errors:
  //   kFailedPrecondition  it is held, by another process or this one (the
  //                        message has the pid), for longer than
  //                        StoreOptions::lock_timeout, is of another format, or
  //                        the folder is one of something else; or a key, an
  //                        origin or a copy of heads is another log's
  //   kNotFound, kAlreadyExists  see StoreOptions
  //   kDataLoss            the log is shorter than what was acknowledged, has
  //                        a hole, does not decode, its audit tree has not the
  //                        root it had, or does not continue a head that was
  //                        kept (TreeHeadOptions): restore from a backup
  //   kInvalidArgument, kPermissionDenied   a key file or a copy of heads is
  //                        not one, or can't be read; a source above the limit
  //   kResourceExhausted   the machine or a limit has no thread to give
  //
  // Cost: milliseconds; after a crash, up to a second or two.
  static absl::StatusOr<std::unique_ptr<EventStore>> Open(
      const std::string& path, const StoreOptions& options);

  // An empty store in memory, gone when destroyed: for tests.
  static std::unique_ptr<EventStore> OpenInMemory(
      const StoreOptions& options = StoreOptions());

  // Drops what is derived from the log, all but the audit tree, and derives it
  // anew. The store must not be open. Killed half-way, it goes on at Open().
  // `progress`, if given, is called now and then on the calling thread.
  static absl::Status Reindex(
      const std::string& path, const StoreOptions& options,
      absl::FunctionRef<void(const ReindexProgress&)> progress);

  // Closes with a grace of ten seconds; see Close().
  virtual ~EventStore() = default;

  EventStore(const EventStore&) = delete;
  EventStore& operator=(const EventStore&) = delete;

  // --- Append ---------------------------------------------------------------

  // Appends `request.events`: all of them or none. When it returns OK they
  // are on stable storage (StoreOptions::durability) and visible to every read
  // that starts later.
  //
  // Errors, each with GetAppendOutcome():
  //   kAborted             an expectation or the condition did not hold
  //   kAlreadyExists       the key was used with other events
  //   kInvalidArgument     nothing to append, a limit exceeded (limits.h), or a
  //                        producer's signature that is not one of its event
  //   kFailedPrecondition  a stream is tombstoned; an event names a schema
  //                        that is not registered; it is signed with no valid
  //                        key, or not and must be (producers.h); the clock
  //                        jumped; or a write failed earlier and the store must
  //                        be reopened
  //   kDataLoss            the store's producers could not be read
  //   kResourceExhausted   the queue stayed full for `queue_timeout`
  //   kUnavailable         the store is closing
  //   kUnknown             the write failed: outcome unknown
  //
  // Cost: one write and one sync, shared with all appends waiting meanwhile.
  virtual absl::StatusOr<AppendResult> Append(
      const AppendRequest& request,
      const AppendOptions& options = AppendOptions()) = 0;

  // The same for events of one stream. REQUIRES: a stream name that does not
  // start with `$`.
  absl::StatusOr<AppendResult> Append(std::string_view stream,
                                      ExpectedRevision expected,
                                      std::span<const NewEvent> events,
                                      std::string_view key = {});
  absl::StatusOr<AppendResult> Append(std::string_view stream,
                                      ExpectedRevision expected,
                                      std::initializer_list<NewEvent> events,
                                      std::string_view key = {}) {
    return Append(stream, expected,
                  std::span<const NewEvent>(events.begin(), events.size()),
                  key);
  }

  // As Append, but returns once queued. `done` is called exactly once: on a
  // thread of the executor or of another appender once the append has ended,
  // or on this thread before AppendAsync returns when it is refused. It must
  // not block, close or destroy the store; it may append asynchronously with a
  // queue_timeout of zero.
  // `request` is not needed after the call.
  virtual void AppendAsync(const AppendRequest& request, AppendDone done,
                           const AppendOptions& options = AppendOptions()) = 0;

  // What the append with this key gave back, with `repeated` set.
  // Errors: kNotFound if the key was never used.
  virtual absl::StatusOr<AppendResult> FindAppend(std::string_view key) = 0;

  // --- Streams --------------------------------------------------------------

  // Replaces what is said about `stream`, which need not exist yet. `expected`
  // is judged against `stream`. Errors: as Append.
  virtual absl::StatusOr<AppendResult> SetStreamMetadata(
      std::string_view stream, const StreamMetadata& metadata,
      ExpectedRevision expected = ExpectedRevision::Any()) = 0;

  // Hides all events the stream has now from reads of the stream. A later
  // append makes it exist again, and its revisions go on where they were.
  // Errors: as Append; kNotFound if there is nothing to delete.
  virtual absl::StatusOr<AppendResult> DeleteStream(
      std::string_view stream,
      ExpectedRevision expected = ExpectedRevision::Any()) = 0;

  // Likewise, and nothing can ever be appended to it again.
  virtual absl::StatusOr<AppendResult> TombstoneStream(
      std::string_view stream,
      ExpectedRevision expected = ExpectedRevision::Any()) = 0;

  // Errors: kNotFound if nothing was ever said or appended under that name.
  virtual absl::StatusOr<StreamInfo> GetStream(std::string_view stream) = 0;

  virtual absl::StatusOr<StreamCursor> ListStreams(
      const ListStreamsOptions& options = ListStreamsOptions()) = 0;

  // --- Schemas --------------------------------------------------------------

  // Makes `schema` known to the store, once and for all, so that events may
  // name it; afterwards the same call costs a look into memory. Gives its hash:
  // what NewEvent::schema takes. `descriptors` need not be in canonical form,
  // nor `hash` be given: both are made anew unless known.
  //
  // Safe from any number of threads at once, with the same schema or others.
  //
  // Errors, further to those of Append:
  //   kInvalidArgument     not an event type, or descriptors that can't be used
  //   kFailedPrecondition  events stored under a version that was registered
  //                        before could not be read by this one; names the
  //                        field and both definitions. Nothing is registered:
  //                        mend the message, or give it another event type
  virtual absl::StatusOr<SchemaHash> RegisterSchema(const Schema& schema) = 0;

  // The schema that EventView::schema names. Errors: kNotFound.
  virtual absl::StatusOr<RegisteredSchema> FindSchema(SchemaHash hash) = 0;

  // All there ever were, in order of registration: of each type the newest
  // version last.
  virtual absl::StatusOr<std::vector<RegisteredSchema>> ListSchemas() = 0;

  // --- Producers (producers.h) ----------------------------------------------

  // From the next event on, `key` may sign events, for the log that is called
  // `origin`: best as its tree heads are, so that whoever has a proof has the
  // name. Errors, further to those of Append:
  //   kAlreadyExists    it was added before, and maybe revoked: a key comes and
  //                     goes once
  //   kInvalidArgument  an origin that is none, or too long (limits.h)
  virtual absl::StatusOr<AppendResult> AddProducer(
      const audit::VerifierKey& key, std::string_view origin) = 0;

  // From the next event on, no event may be signed with that key. Errors,
  // further to those of Append: kNotFound if it was never added,
  // kFailedPrecondition if it is revoked already.
  virtual absl::StatusOr<AppendResult> RevokeProducer(
      std::string_view key_name, uint32_t key_id, std::string_view reason) = 0;

  // From the next event on, of all streams whose names begin with `prefix` and
  // with no longer one that has a policy. An empty one is that of all streams
  // but system streams, to which no policy applies. Errors: as Append.
  virtual absl::StatusOr<AppendResult> SetProducerPolicy(
      std::string_view prefix, ProducerPolicy policy) = 0;

  // The keys and policies there are now, or that hold for an event at
  // `position`. Cost: reads `$producers`, an event a change.
  virtual absl::StatusOr<Producers> ReadProducers(
      std::optional<Position> position = std::nullopt) = 0;

  // --- Read -----------------------------------------------------------------

  // The events of one stream in order of revision, as its metadata lets show.
  // Errors: kNotFound if it has no events or is deleted. A range that holds
  // none is an empty cursor, not an error.
  virtual absl::StatusOr<EventCursor> ReadStream(
      std::string_view stream,
      const ReadStreamOptions& options = ReadStreamOptions()) = 0;

  // All events in order of position, system streams' too.
  virtual absl::StatusOr<EventCursor> ReadLog(
      const ReadLogOptions& options = ReadLogOptions()) = 0;

  // The events that match `query`, in order of position. condition() of the
  // cursor is what an append must be given to rest on this read.
  // Errors: kInvalidArgument for a query above the limits.
  virtual absl::StatusOr<EventCursor> ReadQuery(
      const Query& query, const ReadLogOptions& options = ReadLogOptions()) = 0;

  // One event. Errors: kNotFound at or above the head.
  virtual absl::StatusOr<Event> ReadEvent(Position position) = 0;

  // One event by its id. Looks around the time a UUIDv7 bears first, then
  // through the whole log; there is no index of ids.
  virtual absl::StatusOr<Event> FindEvent(const EventId& id) = 0;

  // How many events are committed: the position the next one gets.
  virtual Position Head() = 0;

  // Waits until the event at `position` can be read; OK at once if it can.
  // Errors: kDeadlineExceeded after `timeout`; kUnavailable once closed.
  virtual absl::Status WaitForEvent(Position position,
                                    absl::Duration timeout) = 0;

  // Events below this are on stable storage. Equals Head() under
  // Durability::Sync() and Anchored(). What leaves the store (backups, relays)
  // must stay below it.
  virtual Position DurableHead() = 0;

  // --- Subscriptions (subscription.h) ---------------------------------------

  // Follows the log from some point on. A durable subscription that there is
  // already goes on at its checkpoint.
  //
  // Errors:
  //   kInvalidArgument     a name or filter above the limits, or a durable
  //                        one that would begin beyond the head
  //   kFailedPrecondition  a durable one that is open already, that followed
  //                        other events (SubscribeOptions), or whose checkpoint
  //                        is beyond the head: reset it
  //   kDataLoss            the rows that keep it are damaged: delete it
  //   kUnavailable         the store is closed; otherwise as WriteRows()
  virtual absl::StatusOr<std::unique_ptr<Subscription>> Subscribe(
      const SubscribeOptions& options = SubscribeOptions()) = 0;

  // Waits until the durable subscription `name`, which need not be open now,
  // has acknowledged the event at `position`, or passed it as one that it does
  // not want: the confirmation for whoever appended it. It may be handled once
  // more after a crash (Subscription::Acknowledge()). Errors: kNotFound if
  // there is no such subscription, or not any more; kDeadlineExceeded after
  // `timeout`, with how far it is; kUnavailable once closed.
  virtual absl::Status WaitHandled(std::string_view name, Position position,
                                   absl::Duration timeout) = 0;

  // The durable ones, in byte order of their names.
  virtual absl::StatusOr<std::vector<SubscriptionInfo>> ListSubscriptions() = 0;
  // Errors: kNotFound.
  virtual absl::StatusOr<SubscriptionInfo> GetSubscription(
      std::string_view name) = 0;

  // From now on `position` is the first event that it will be given, forward or
  // back. Errors: kNotFound; kFailedPrecondition while it is open;
  // kInvalidArgument beyond the head; otherwise as WriteRows().
  virtual absl::Status ResetSubscription(std::string_view name,
                                         Position position) = 0;
  // Forgets it. Errors: kNotFound; kFailedPrecondition while it is open;
  // otherwise as WriteRows().
  virtual absl::Status DeleteSubscription(std::string_view name) = 0;

  // --- Rows (rows.h) --------------------------------------------------------

  // The rows as of now. Of rows that ride on appends: a read of events that was
  // made before shows no event that they do not have. Close() waits for it.
  // Errors: kUnavailable once closed.
  virtual absl::StatusOr<std::unique_ptr<RowReader>> ReadRows() = 0;

  // Makes all changes or none. Visible at once; on stable storage with the
  // next append or Sync(), after all events that were visible before.
  // Errors: kInvalidArgument for a key, value or batch above the limits;
  // kFailedPrecondition after a failed write, kUnavailable once closed, as
  // Append(); kUnknown when the write failed: some later read tells.
  virtual absl::Status WriteRows(const RowBatch& batch) = 0;

  // Errors: kUnavailable once closed; see RowLoader.
  virtual absl::StatusOr<std::unique_ptr<RowLoader>> LoadRows() = 0;

  // From now on `participant` joins every append. `catch_up` is called once
  // before, with the head, while no append is under way: what it does is done
  // between two appends, and what it returns is returned. It may read and may
  // write rows, and must not append. Attaching to a store with much to catch up
  // with is quick if that was done, up to a few events, before. Not attached
  // unless OK is returned. Attached to this open store only: after reopening it
  // must be attached again. Errors further to those of `catch_up`: kUnavailable
  // once closed.
  virtual absl::Status Attach(
      std::shared_ptr<AppendParticipant> participant,
      absl::FunctionRef<absl::Status(Position head)> catch_up) = 0;
  // Once it returns, `participant` is not called any more. Does nothing for one
  // that is not attached. Waits for the group under way: must not be called by
  // a participant or from AppendDone.
  virtual void Detach(const AppendParticipant* participant) = 0;

  // --- Audit (audit.h) ------------------------------------------------------

  // The audit tree over everything committed: its size is Head() of that
  // moment. Whoever signs it or gives it away waits until DurableHead() is not
  // below the size.
  // Errors: kUnavailable once closed.
  // Cost: none; it is made when events are appended.
  virtual absl::StatusOr<TreeState> Tree() = 0;

  // The same with what is in it. Errors: as Tree().
  virtual absl::StatusOr<std::unique_ptr<TreeReader>> ReadTree() = 0;

  // Makes the leaves of the events at [from, to) again from what is stored, and
  // compares them with the tree. Gives the tree below `to`, to be compared with
  // a root that was kept elsewhere: without one, this finds what was damaged or
  // changed, but not what was changed together with the whole tree. What is
  // below `from` is taken as it is.
  //
  // Errors: kDataLoss with the first position that is not as the tree says
  // (GetDamage()); kInvalidArgument unless from <= to <= Head(); otherwise as
  // Tree().
  // Cost: some microseconds an event, and a look-up in the index for each
  // stream that has events below `from` too; some hundred bytes of memory a
  // stream. Appends go on meanwhile. Without the index, and on a store that
  // does not open: verify.h.
  virtual absl::StatusOr<TreeState> CheckTree(Position from, Position to) = 0;

  // Makes a head of the tree as it is, syncing first; checks and keeps it as
  // TreeHeadOptions say. Gives back the last one if nothing was appended since.
  // Without a key, on a store with signed heads: a head that is not kept.
  //
  // Errors:
  //   kDataLoss     what is stored is not what the tree says, or the tree does
  //                 not continue a head that is kept: no head was made
  //   kUnavailable, kPermissionDenied, kResourceExhausted   it is kept, but for
  //                 the file that the message names: mend that, ask again
  //   otherwise as Sync()
  virtual absl::StatusOr<KeptTreeHead> MakeTreeHead() = 0;

  // The heads that were kept, oldest first. Errors: kDataLoss.
  virtual absl::StatusOr<std::vector<KeptTreeHead>> TreeHeads() = 0;

  // --- Keeping house --------------------------------------------------------

  // Makes a copy of this store in `folder`, which must not exist: everything
  // committed up to now, rows too, under a store id of its own. What follows
  // here is not in the copy, and the other way round. Appends go on meanwhile.
  // Files that no longer change are shared as hard links where both folders are
  // on one file system, and copied otherwise. `folder` is there whole or not at
  // all; while it is made it lies beside its place under another name.
  // Errors: kAlreadyExists; kFailedPrecondition after a failed write, or in the
  // store's own folder; kUnimplemented in memory; what the file system says.
  virtual absl::Status Branch(const std::string& folder) = 0;

  // Makes a backup of this store in `folder` (backup.h), which holds nothing or
  // earlier backups of it: everything committed up to some moment during the
  // call. Appends go on meanwhile, but for a flush of what is in memory: half a
  // second at most, where it was measured. Files that an earlier backup has are
  // not written again, and read again only if somebody wrote to them since, or
  // if it is their turn: each once in 32 backups. One that is damaged then is
  // copied again (CreatedBackup::mended_count). On error there is no backup.
  // Must not be called by a participant or from AppendDone.
  // Errors:
  //   kFailedPrecondition  `folder` lies in the store's own, holds something
  //                        else, or backups of another
  //                        store or of events that this one does not have: name
  //                        another folder; another process is at work there; or
  //                        a write failed earlier and the store must be
  //                        reopened
  //   kResourceExhausted   not enough room there
  //   kDataLoss            a file of this store is damaged
  //   kUnimplemented       for a store in memory
  //   otherwise what the file system says.
  virtual absl::StatusOr<CreatedBackup> Backup(
      const std::string& folder,
      const BackupOptions& options = BackupOptions()) = 0;

  // Makes everything committed so far durable, whatever the durability.
  virtual absl::Status Sync() = 0;

  // Waits until every index has caught up with the head at the call.
  // Errors: kDeadlineExceeded.
  virtual absl::Status WaitForIndexes(absl::Duration timeout) = 0;

  // Appends an event that says what an operator did to `$operations`.
  virtual absl::StatusOr<AppendResult> RecordOperation(
      const Operation& operation) = 0;

  // For importers that give back an exported store: appends with the recorded
  // time, ids and system streams as given, keeping one append one append.
  // `recorded_at` must not be before the last. Expectations and condition are
  // not looked at; ids must be given. Positions follow from the order of
  // calls. `fingerprint` is what ExportAppend gave, or empty. Signatures are
  // stored as they are, with their salts; VerifyStore() judges them. Where all
  // events come with the salts of their leaves (NewSignature, StoredLeaf), the
  // audit tree gets the root that it had, and heads and proofs hold.
  virtual absl::StatusOr<AppendResult> Restore(
      const AppendRequest& request, absl::Time recorded_at,
      std::string_view fingerprint) = 0;

  // The parts of a keyed append that events don't show: what Restore needs.
  struct ExportedAppend {
    std::string key;
    std::string fingerprint;  // 16 bytes
    std::string result;
  };
  // Errors: kNotFound when no append starts at `first`.
  virtual absl::StatusOr<ExportedAppend> ExportAppend(Position first) = 0;

  virtual StoreStatus Status() = 0;

  // Refuses new appends, finishes the queued ones, makes everything durable,
  // and lets go of the folder. Appends that are still queued after `grace`
  // end with kUnavailable. Idempotent; later calls of anything else fail with
  // kUnavailable.
  // Errors: kDeadlineExceeded if cursors are still open after `grace`: the
  // folder is let go when the last one is destroyed.
  virtual absl::Status Close(absl::Duration grace) = 0;

 protected:
  EventStore() = default;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_EVENT_STORE_H_
