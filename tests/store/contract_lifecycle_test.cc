// Asynchronous appends, operations, export and restore, status, closing.

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "daybook/v1/system.pb.h"
#include "tests/store/contract.h"

namespace daybook {
namespace {

using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::SizeIs;

// --- Asynchronous appends ---------------------------------------------------

// Collects what asynchronous appends give back, and waits for them.
class Results {
 public:
  EventStore::AppendDone Done() {
    return [this](absl::StatusOr<AppendResult> result) {
      std::lock_guard lock(mutex_);
      results_.push_back(std::move(result));
      changed_.notify_all();
    };
  }
  std::vector<absl::StatusOr<AppendResult>> WaitFor(size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return results_.size() >= count; });
    EXPECT_EQ(results_.size(), count);
    return results_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<absl::StatusOr<AppendResult>> results_;
};

class AppendAsyncTest : public EventStoreContractTest {
 protected:
  Results results_;
};
DAYBOOK_FOR_EVERY_ENGINE(AppendAsyncTest);

TEST_P(AppendAsyncTest, GivesBackWhatAppendWould) {
  AppendRequest request = MakeRequest({{"a", "1"}, {"b", "2"}});
  request.key = "k";
  request.result = "answer";
  store().AppendAsync(request, results_.Done());

  ASSERT_OK_AND_ASSIGN(AppendResult result, results_.WaitFor(1)[0]);
  result.repeated = true;
  EXPECT_THAT(reader().FindAppend("k"), IsOkAndHolds(result));
  EXPECT_THAT(Types(ReadLog()), ElementsAre("1", "2"));
}

TEST_P(AppendAsyncTest, RequestIsNotNeededAfterTheCall) {
  {
    AppendRequest request = MakeRequest({{"a", std::string(200, 'x')}});
    store().AppendAsync(request, results_.Done());
    request.events[0].event.type.assign(200, 'y');
  }
  EXPECT_OK(results_.WaitFor(1)[0]);
  EXPECT_THAT(Types(ReadLog()), ElementsAre(std::string(200, 'x')));
}

TEST_P(AppendAsyncTest, RefusedAppendIsDoneBeforeTheCallReturns) {
  bool done = false;
  store().AppendAsync(AppendRequest(),
                      [&](const absl::StatusOr<AppendResult>& r) {
                        EXPECT_THAT(r, StatusIs(kInvalidArgument));
                        EXPECT_EQ(OutcomeOf(r), AppendOutcome::kNotAppended);
                        done = true;
                      });
  EXPECT_TRUE(done);
}

TEST_P(AppendAsyncTest, FailedExpectationComesBackWithItsConflict) {
  AppendRequest request = MakeRequest({{"a", "1"}});
  request.expectations = {{"a", kExists}};
  store().AppendAsync(request, results_.Done());

  const auto result = results_.WaitFor(1)[0];
  EXPECT_THAT(result, StatusIs(kAborted));
  EXPECT_EQ(GetRevisionConflict(result.status())->stream, "a");
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
}

TEST_P(AppendAsyncTest, ManyInFlightAreAllStoredOnceInOrderOfTheCalls) {
  constexpr int kCount = 2000;
  for (int i = 0; i < kCount; ++i) {
    store().AppendAsync(MakeRequest({{"a", absl::StrCat(i)}}), results_.Done());
  }

  for (const auto& result : results_.WaitFor(kCount)) ASSERT_OK(result);
  const std::vector<Event> events = ReadStream("a");
  ASSERT_THAT(events, SizeIs(kCount));
  for (int i = 0; i < kCount; ++i) {
    ASSERT_EQ(events[i].type, absl::StrCat(i));
  }
}

TEST_P(AppendAsyncTest, EarlierOnesInFlightAreSeenByExpectations) {
  AppendRequest first = MakeRequest({{"a", "1"}});
  first.expectations = {{"a", kNoStream}};
  AppendRequest second = MakeRequest({{"a", "2"}});
  second.expectations = {{"a", At(0)}};
  store().AppendAsync(first, results_.Done());
  store().AppendAsync(second, results_.Done());
  store().AppendAsync(first, results_.Done());

  int failed = 0;
  for (const auto& result : results_.WaitFor(3)) failed += result.ok() ? 0 : 1;
  EXPECT_EQ(failed, 1);
  EXPECT_THAT(Types(ReadStream("a")), ElementsAre("1", "2"));
}

TEST_P(AppendAsyncTest, DoneMayAppendAgain) {
  // Deep enough to show if each nested in the one before; each syncs, and a
  // sync takes milliseconds on some disks.
  constexpr int kCount = 2'000;
  std::function<void(int)> append_next = [&](int left) {
    store().AppendAsync(MakeRequest({{"a", "1"}}),
                        [&, left](absl::StatusOr<AppendResult> result) {
                          if (left == 1 || !result.ok()) {
                            results_.Done()(std::move(result));
                          } else {
                            append_next(left - 1);
                          }
                        },
                        {.queue_timeout = absl::ZeroDuration()});
  };
  append_next(kCount);

  EXPECT_OK(results_.WaitFor(1)[0]);
  EXPECT_EQ(store().Head(), Position(kCount));
}

TEST_P(AppendAsyncTest, CloseFinishesWhatIsQueued) {
  constexpr int kCount = 200;
  for (int i = 0; i < kCount; ++i) {
    store().AppendAsync(MakeRequest({{"a", "1"}}), results_.Done());
  }
  EXPECT_OK(store().Close(absl::Minutes(1)));

  for (const auto& result : results_.WaitFor(kCount)) EXPECT_OK(result);
}

TEST_P(AppendAsyncTest, DestroyedStoreHasFinishedWhatWasQueued) {
  constexpr int kCount = 50;
  for (int i = 0; i < kCount; ++i) {
    store().AppendAsync(MakeRequest({{"a", "1"}}), results_.Done());
  }
  Open();

  for (const auto& result : results_.WaitFor(kCount)) EXPECT_OK(result);
}

// --- Threads ----------------------------------------------------------------

class ThreadsTest : public EventStoreContractTest {
 protected:
  // Reads the whole log while others append two events at a time.
  void ReadADensePrefix() {
    ASSERT_OK_AND_ASSIGN(EventCursor cursor, store().ReadLog());
    uint64_t position = 0;
    std::map<std::string, uint64_t> revisions;
    for (const EventView& event : cursor) {
      ASSERT_EQ(event.position.value(), position++);
      ASSERT_EQ(event.revision.value(), revisions[std::string(event.stream)]++);
    }
    ASSERT_OK(cursor.status());
    ASSERT_EQ(position, cursor.snapshot_head().value());
    ASSERT_EQ(position % 2, 0u);
  }
};
DAYBOOK_FOR_EVERY_ENGINE(ThreadsTest);

TEST_P(ThreadsTest, ReadersSeeADensePrefixOfWholeAppends) {
  constexpr int kReader = 4;
  std::atomic<bool> stop = false;
  RunThreads(kReader + 1, [&](int i) {
    if (i == kReader) {
      for (int round = 0; round < 50; ++round) ReadADensePrefix();
      stop = true;
      return;
    }
    const NewEvent event = MakeEvent("t", {absl::StrCat("writer:", i)});
    for (int count = 0; !stop && count < 3000; ++count) {
      EXPECT_OK(store().Append(absl::StrCat("s-", i), kAny, {event, event}));
    }
  });
}

TEST_P(ThreadsTest, CompareAndAppendLosesNothing) {
  RunThreads(4, [&](int /*writer*/) {
    for (int done = 0; done < 50;) {
      const absl::StatusOr<StreamInfo> info = store().GetStream("counter");
      const ExpectedRevision expected =
          info.ok() ? ExpectedRevision::Exactly(*info->last_revision)
                    : kNoStream;
      const auto result = TryAppend("counter", expected);
      if (result.ok()) {
        ++done;
      } else {
        EXPECT_THAT(result, StatusIs(kAborted));
      }
    }
  });

  EXPECT_THAT(ReadStream("counter"), SizeIs(200));
}

// --- Operations -------------------------------------------------------------

class OperationTest : public EventStoreContractTest {};
DAYBOOK_FOR_EVERY_ENGINE(OperationTest);

TEST_P(OperationTest, IsAnEventInASystemStream) {
  ASSERT_OK_AND_ASSIGN(
      AppendResult result,
      store().RecordOperation({"anna", "daybook reindex", "disk moved"}));
  EXPECT_THAT(result.streams,
              ElementsAre(StreamEnd{"$operations", Revision(0)}));

  const Event event = ReadStream("$operations").at(0);
  EXPECT_EQ(event.type, "$operation");
  EXPECT_EQ(event.content_type, "application/x-protobuf");
  v1::Operation operation;
  ASSERT_TRUE(operation.ParseFromString(event.payload));
  EXPECT_EQ(operation.user(), "anna");
  EXPECT_EQ(operation.command(), "daybook reindex");
  EXPECT_EQ(operation.reason(), "disk moved");
}

// Or an export of the store could not be restored.
TEST_P(OperationTest, OneAboveTheLimitOfAnEventIsRefused) {
  EXPECT_THAT(
      store().RecordOperation({"u", "c", std::string(kEventBytesMax + 1, 'r')}),
      StatusIs(kInvalidArgument));
}

TEST_P(OperationTest, TextThatIsNotUtf8IsRefused) {
  const auto result = store().RecordOperation({"\xff", "c", "r"});
  EXPECT_THAT(result, StatusIs(kInvalidArgument));
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
}

// --- Export and restore -----------------------------------------------------

class RestoreTest : public EventStoreContractTest {
 protected:
  static AppendRequest WithIds(AppendRequest request) {
    const auto ids = IdSource::Seeded(7);
    for (StreamEvent& event : request.events) {
      event.event.id = ids->NewId(testing::FakeClock::Start());
    }
    return request;
  }
  static absl::Time Long() { return absl::FromUnixSeconds(1'000'000'000); }
  absl::StatusOr<AppendResult> Restore(const AppendRequest& request,
                                       absl::Time at = Long()) {
    return store().Restore(request, at, "");
  }
};
DAYBOOK_FOR_EVERY_ENGINE(RestoreTest);

TEST_P(RestoreTest, KeepsTimeIdsAndAppendsAsGiven) {
  const AppendRequest request = WithIds(MakeRequest({{"a", "1"}, {"b", "2"}}));
  ASSERT_OK_AND_ASSIGN(AppendResult result, Restore(request));

  EXPECT_EQ(result.first_position, Position(0));
  EXPECT_EQ(result.recorded_at, Long());
  const Event event = ReadEvent(1);
  EXPECT_EQ(event.recorded_at, Long());
  EXPECT_EQ(event.id, request.events[1].event.id);
  EXPECT_EQ(event.append_first_position, Position(0));
  EXPECT_EQ(event.append_count, 2u);
}

TEST_P(RestoreTest, LooksAtNeitherExpectationsNorCondition) {
  AppendRequest request = WithIds(MakeRequest({{"a", "1"}}));
  request.expectations = {{"a", At(7)}};
  ASSERT_OK(Restore(request));
  request.condition = {Query(), std::nullopt};

  EXPECT_OK(Restore(request));
}

TEST_P(RestoreTest, GivesLeavesTheSaltsTheyHad) {
  options_.source = "/store";
  Open();
  AppendRequest request = WithIds(MakeRequest({{"a", "1"}}));
  NewSignature salts;
  salts.payload_salt.fill(0xa0);
  salts.metadata_salt.fill(0xb0);
  request.events[0].event.signature = salts;

  ASSERT_OK(Restore(request));

  // Closed before the store may be opened anew.
  std::unique_ptr<TreeReader> tree = Value(reader().ReadTree());
  NewSignature stored;
  ASSERT_OK(
      tree->VisitLeaves(Position(0), Position(1), [&](const StoredLeaf& leaf) {
        stored.payload_salt = leaf.payload_salt;
        stored.metadata_salt = leaf.metadata_salt;
        return true;
      }));
  tree = nullptr;
  EXPECT_EQ(stored, salts);
  const Event event = ReadEvent(0);
  EXPECT_EQ(event.signature, "");
  // Else the leaf would be another, whatever the salts.
  EXPECT_EQ(event.source, "");
  EXPECT_THAT(store().Append(request), StatusIs(kInvalidArgument));
}

TEST_P(RestoreTest, NeedsIds) {
  AppendRequest request = WithIds(MakeRequest({{"a", "1"}, {"a", "2"}}));
  request.events[1].event.id.reset();

  const auto result = Restore(request);
  EXPECT_THAT(result, StatusIs(kInvalidArgument));
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
}

TEST_P(RestoreTest, TimeMustNotGoBack) {
  const AppendRequest request = WithIds(MakeRequest({{"a", "1"}}));
  ASSERT_OK(Restore(request));

  EXPECT_THAT(Restore(request, Long() - absl::Microseconds(1)),
              StatusIs(kInvalidArgument));
  EXPECT_OK(Restore(request, Long()));
  EXPECT_THAT(Restore(request, absl::InfiniteFuture()),
              StatusIs(kInvalidArgument));
}

TEST_P(RestoreTest, LaterAppendsAreNotBeforeARestoredTime) {
  const absl::Time future = testing::FakeClock::Start() + absl::Hours(1);
  ASSERT_OK(Restore(WithIds(MakeRequest({{"a", "1"}})), future));

  EXPECT_EQ(Append("a", {"2"}).recorded_at, future);
}

TEST_P(RestoreTest, LimitsHold) {
  AppendRequest request = WithIds(MakeRequest({{"a", "1"}}));
  request.events[0].event.type = "";
  EXPECT_THAT(Restore(request), StatusIs(kInvalidArgument));
  EXPECT_THAT(Restore(AppendRequest()), StatusIs(kInvalidArgument));
}

TEST_P(RestoreTest, FingerprintMustBe16BytesOrNone) {
  AppendRequest request = WithIds(MakeRequest({{"a", "1"}}));
  request.key = "k";
  EXPECT_THAT(store().Restore(request, Long(), "short"),
              StatusIs(kInvalidArgument));
  EXPECT_OK(store().Restore(request, Long(), std::string(16, 'f')));
}

TEST_P(RestoreTest, SystemEventsWithBadPayloadAreRefused) {
  AppendRequest request =
      WithIds(MakeRequest({{"$$a", "$stream-metadata-set"}}));
  request.events[0].event.payload = "\xff";
  EXPECT_THAT(Restore(request), StatusIs(kInvalidArgument));
  request.events[0].event.type = "$of-a-later-version";
  EXPECT_OK(Restore(request));
}

// Gives back one store's whole log to another, append by append.
TEST_P(RestoreTest, ExportedStoreIsRestoredAlike) {
  AppendRequest keyed = MakeRequest({{"a", "1"}, {"b", "2"}});
  keyed.key = "key";
  keyed.result = "answer";
  Append(keyed);
  AppendCounted("a", 2);
  ASSERT_OK(store().SetStreamMetadata("a", {.max_count = 2}));
  ASSERT_OK(store().DeleteStream("b"));
  ASSERT_OK(store().RecordOperation({"u", "c", "r"}));
  ASSERT_OK(store().TombstoneStream("c"));

  const auto copy = testing::MemoryEngineFactory().make(options_);
  const std::vector<Event> log = ReadLog();
  for (size_t i = 0; i < log.size();) {
    ASSERT_OK_AND_ASSIGN(EventStore::ExportedAppend exported,
                         reader().ExportAppend(log[i].position));
    AppendRequest request;
    request.key = exported.key;
    request.result = exported.result;
    const absl::Time recorded_at = log[i].recorded_at;
    const std::string fingerprint = exported.fingerprint;
    for (const size_t end = i + log[i].append_count; i < end; ++i) {
      const Event& event = log[i];
      request.events.push_back(
          {event.stream,
           {event.type, event.payload, event.content_type, event.tags,
            event.metadata, event.occurred_at, event.source, event.id}});
    }
    ASSERT_OK(copy->store().Restore(request, recorded_at, fingerprint));
  }

  EXPECT_TRUE(Drain(copy->store().ReadLog()) == log);
  EXPECT_EQ(copy->store().FindAppend("key"), reader().FindAppend("key"));
  ASSERT_OK_AND_ASSIGN(AppendResult retried, copy->store().Append(keyed));
  EXPECT_TRUE(retried.repeated);
  for (const char* name : {"a", "b", "c"}) {
    EXPECT_EQ(copy->store().GetStream(name), reader().GetStream(name));
  }
}

TEST_P(RestoreTest, ExportNeedsTheFirstPositionOfAnAppend) {
  AppendCounted("a", 2);

  ASSERT_OK_AND_ASSIGN(EventStore::ExportedAppend exported,
                       reader().ExportAppend(Position(0)));
  EXPECT_EQ(exported.key, "");
  EXPECT_EQ(exported.fingerprint, "");
  EXPECT_THAT(reader().ExportAppend(Position(1)), StatusIs(kNotFound));
  EXPECT_THAT(reader().ExportAppend(Position(2)), StatusIs(kNotFound));
}

// --- Status and closing -----------------------------------------------------

class CloseTest : public EventStoreContractTest {};
DAYBOOK_FOR_EVERY_ENGINE(CloseTest);

TEST_P(CloseTest, StatusSaysHowMuchThereIs) {
  AppendCounted("a", 3);
  AppendCounted("a", 1);

  const StoreStatus status = store().Status();
  EXPECT_EQ(status.head, Position(4));
  EXPECT_EQ(status.durable_head, Position(4));
  EXPECT_EQ(status.appends, 2u);
  EXPECT_GE(status.commits, 1u);
  EXPECT_OK(status.health);
  EXPECT_THAT(status.store_id, Not(::testing::IsEmpty()));
}

TEST_P(CloseTest, SyncAndWaitForIndexesSucceed) {
  AppendCounted("a", 3);
  EXPECT_OK(store().Sync());
  EXPECT_OK(store().WaitForIndexes(absl::Minutes(1)));
}

TEST_P(CloseTest, EverythingAfterwardsIsUnavailable) {
  AppendRequest request = MakeRequest({{"a", "1"}});
  request.key = "k";
  Append(request);
  ASSERT_OK(store().Close(absl::Minutes(1)));

  const auto result = TryAppend("a", kAny);
  EXPECT_THAT(result, StatusIs(kUnavailable));
  EXPECT_EQ(OutcomeOf(result), AppendOutcome::kNotAppended);
  EXPECT_THAT(store().FindAppend("k"), StatusIs(kUnavailable));
  EXPECT_THAT(store().SetStreamMetadata("a", {}), StatusIs(kUnavailable));
  EXPECT_THAT(store().DeleteStream("a"), StatusIs(kUnavailable));
  EXPECT_THAT(store().TombstoneStream("a"), StatusIs(kUnavailable));
  EXPECT_THAT(store().GetStream("a"), StatusIs(kUnavailable));
  EXPECT_THAT(store().ListStreams(), StatusIs(kUnavailable));
  EXPECT_THAT(store().ReadStream("a"), StatusIs(kUnavailable));
  EXPECT_THAT(store().ReadLog(), StatusIs(kUnavailable));
  EXPECT_THAT(store().ReadQuery(Query()), StatusIs(kUnavailable));
  EXPECT_THAT(store().ReadEvent(Position(0)), StatusIs(kUnavailable));
  EXPECT_THAT(store().FindEvent(EventId()), StatusIs(kUnavailable));
  EXPECT_THAT(store().Sync(), StatusIs(kUnavailable));
  EXPECT_THAT(store().WaitForIndexes(absl::Seconds(1)), StatusIs(kUnavailable));
  EXPECT_THAT(store().RecordOperation({}), StatusIs(kUnavailable));
  EXPECT_THAT(store().Restore(request, clock_.Now(), ""),
              StatusIs(kUnavailable));
  EXPECT_THAT(store().ExportAppend(Position(0)), StatusIs(kUnavailable));
}

TEST_P(CloseTest, HeadIsStillKnownAfterwards) {
  AppendCounted("a", 3);
  ASSERT_OK(store().Close(absl::Minutes(1)));

  EXPECT_EQ(store().Head(), Position(3));
  EXPECT_EQ(store().DurableHead(), Position(3));
}

TEST_P(CloseTest, AsynchronousAppendAfterwardsIsRefusedAtOnce) {
  ASSERT_OK(store().Close(absl::Minutes(1)));
  absl::StatusCode code = absl::StatusCode::kOk;
  store().AppendAsync(MakeRequest({{"a", "1"}}),
                      [&](const absl::StatusOr<AppendResult>& result) {
                        code = result.status().code();
                      });
  EXPECT_EQ(code, kUnavailable);
}

TEST_P(CloseTest, ClosingTwiceIsFine) {
  EXPECT_OK(store().Close(absl::Minutes(1)));
  EXPECT_OK(store().Close(absl::ZeroDuration()));
}

// Whoever is told that it is closed may open it anew.
TEST_P(CloseTest, ClosingTwiceSaysTwiceThatACursorIsOpen) {
  Append("s", {"e"});
  absl::StatusOr<EventCursor> cursor = store().ReadLog();
  ASSERT_OK(cursor);
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(store().Close(absl::Milliseconds(20)),
                StatusIs(kDeadlineExceeded));
  }

  cursor = absl::UnknownError("let go");

  EXPECT_OK(store().Close(absl::Minutes(1)));
}

TEST_P(CloseTest, OpenCursorRunsOutTheGraceAndStaysUsable) {
  AppendCounted("a", 3);
  ASSERT_OK_AND_ASSIGN(EventCursor cursor, store().ReadLog());
  ASSERT_TRUE(cursor.Next());

  EXPECT_THAT(store().Close(absl::Milliseconds(20)),
              StatusIs(kDeadlineExceeded));
  EXPECT_THAT(TryAppend("a", kAny), StatusIs(kUnavailable));
  EXPECT_THAT(Positions(Drain(std::move(cursor))), ElementsAre(1, 2));
}

TEST_P(CloseTest, CloseWaitsForCursorsOfStreamsToo) {
  AppendCounted("a", 3);
  ASSERT_OK_AND_ASSIGN(StreamCursor cursor, store().ListStreams());

  EXPECT_THAT(store().Close(absl::Milliseconds(20)),
              StatusIs(kDeadlineExceeded));
  EXPECT_TRUE(cursor.Next());
}

TEST_P(CloseTest, CloseGoesOnAsSoonAsTheLastCursorIsGone) {
  AppendCounted("a", 3);
  auto cursor = store().ReadLog();
  ASSERT_OK(cursor);
  std::thread reader_thread([&] {
    absl::SleepFor(absl::Milliseconds(20));
    cursor = absl::UnknownError("gone");
  });

  EXPECT_OK(store().Close(absl::Minutes(1)));
  reader_thread.join();
}

TEST_P(CloseTest, WhatWasAppendedIsThereAfterReopening) {
  if (!Persistent()) GTEST_SKIP() << "skipped: the engine keeps nothing";
  AppendCounted("a", 3);
  ASSERT_OK(store().DeleteStream("a"));
  const std::vector<Event> log = ReadLog();
  const std::string store_id = store().Status().store_id;
  Reopen();

  EXPECT_TRUE(ReadLog() == log);
  EXPECT_EQ(store().Status().store_id, store_id);
  EXPECT_EQ(AppendCounted("a", 1).first_position, Position(4));
}

}  // namespace
}  // namespace daybook
