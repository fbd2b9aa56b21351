// The socket: where it is, who may use it, and what becomes of what is no
// request.

#include "server/socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <string>

#include "absl/strings/str_cat.h"
#include "daybook/store/errors.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/connection.h"
#include "server/grpc_status.h"
#include "server/remote_appender.h"
#include "tests/server/remote_engine.h"
#include "tests/testing/status_matchers.h"
#include "tests/testing/temporary_folder.h"

namespace daybook {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using testing::IsOk;
using testing::RemoteEngine;
using testing::StatusIs;
using testing::TemporaryFolder;

constexpr uid_t kNobody = 65534;

sockaddr_un AddressOf(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  return address;
}

int ConnectRaw(const std::string& path) {
  const int file = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_un address = AddressOf(path);
  if (connect(file, reinterpret_cast<const sockaddr*>(&address),
              sizeof(address)) != 0) {
    close(file);
    return -errno;
  }
  return file;
}

// What another user gets who connects: 0 for a connection that is closed at
// once, an errno for none.
int ConnectAsNobody(const std::string& path) {
  const pid_t child = fork();
  if (child == 0) {
    if (setgid(kNobody) != 0 || setuid(kNobody) != 0) _exit(99);
    const int file = ConnectRaw(path);
    if (file < 0) _exit(-file);
    char byte;
    _exit(read(file, &byte, 1) == 0 ? 0 : 98);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class SocketTest : public ::testing::Test {
 protected:
  std::string Socket() { return engine_.path() + "/" + kSocketName; }
  absl::Status Append() {
    return engine_.store()
        .Append("a", ExpectedRevision::Any(), {{.type = "t"}})
        .status();
  }

  RemoteEngine engine_{StoreOptions()};
};

TEST_F(SocketTest, IsOfItsUserAlone) {
  struct stat found {};
  ASSERT_EQ(stat(Socket().c_str(), &found), 0);
  EXPECT_TRUE(S_ISSOCK(found.st_mode));
  EXPECT_EQ(found.st_mode & 0777, 0600u);
}

TEST_F(SocketTest, IsGoneOnceNobodyServes) {
  engine_.StopServing();
  EXPECT_NE(access(Socket().c_str(), F_OK), 0);
  EXPECT_THAT(RemoteStore::Connect(engine_.path()),
              StatusIs(absl::StatusCode::kNotFound));
}

TEST_F(SocketTest, LeftByAKilledProcessIsReplaced) {
  engine_.StopServing();
  ASSERT_OK(ListenIn(*OpenFolder(engine_.path())));  // closed, and left there
  EXPECT_THAT(RemoteStore::Connect(engine_.path()),
              StatusIs(absl::StatusCode::kUnavailable));

  engine_.Serve();
  EXPECT_OK(RemoteStore::Connect(engine_.path()));
}

TEST_F(SocketTest, OtherUsersAreTurnedAway) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  const std::string folder = engine_.path();
  chmod(folder.substr(0, folder.rfind('/')).c_str(), 0755);
  chmod(folder.c_str(), 0755);
  EXPECT_EQ(ConnectAsNobody(Socket()), EACCES);

  // Even where the file lets them.
  chmod(Socket().c_str(), 0666);
  EXPECT_EQ(ConnectAsNobody(Socket()), 0);
  EXPECT_OK(Append());
}

TEST_F(SocketTest, OfAnotherUserIsNotTrusted) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  EXPECT_OK(CheckPeer(pair[0], geteuid()));
  if (geteuid() != 0) {
    EXPECT_THAT(CheckPeer(pair[0], geteuid() + 1),
                StatusIs(absl::StatusCode::kPermissionDenied));
  }
  close(pair[0]);
  close(pair[1]);
}

TEST(SocketOfOwnerTest, RootTrustsTheOwnerOfTheFolderAndNoOther) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can be somebody else";
  const TemporaryFolder folder;
  const std::string& path = folder.path();
  for (const uid_t owner : {kNobody, kNobody - 1}) {
    ASSERT_EQ(chmod(path.c_str(), 0777), 0);
    ASSERT_EQ(chown(path.c_str(), owner, owner), 0);
    ASSERT_EQ(seteuid(kNobody), 0);
    const absl::StatusOr<OwnedFile> listening = ListenIn(*OpenFolder(path));
    ASSERT_EQ(seteuid(0), 0);
    ASSERT_OK(listening);
    const absl::Status connected = ConnectTo(path).status();
    if (owner == kNobody) {
      EXPECT_OK(connected);
    } else {
      EXPECT_THAT(connected, StatusIs(absl::StatusCode::kPermissionDenied));
    }
    RemoveSocket(*OpenFolder(path), *FindSocket(*OpenFolder(path)));
  }
}

TEST_F(SocketTest, GarbageHarmsNobodyElse) {
  for (const std::string& garbage :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(100'000, '\xff'),
        std::string("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") +
            std::string(1000, '\x7f')}) {
    const int file = ConnectRaw(Socket());
    ASSERT_GE(file, 0);
    EXPECT_GT(send(file, garbage.data(), garbage.size(), MSG_NOSIGNAL), 0);
    EXPECT_OK(Append());
    close(file);
  }
  EXPECT_OK(Append());
}

TEST(SocketPathTest, WhereAHolderWasItRemovesNobodyElsesSocket) {
  const TemporaryFolder folder;
  const std::string store = folder / "store";
  std::filesystem::create_directory(store);
  const auto moved = OpenFolder(store);
  ASSERT_OK(moved);
  const auto listening = ListenIn(*moved);
  ASSERT_OK(listening);
  std::filesystem::rename(store, folder / "elsewhere");
  std::filesystem::create_directory(store);
  const auto other = ListenIn(*OpenFolder(store));
  ASSERT_OK(other);

  RemoveSocket(*moved, *FindSocket(*moved));

  EXPECT_OK(ConnectTo(store));
  EXPECT_FALSE(std::filesystem::exists(folder / "elsewhere/SOCKET"));
}

TEST(SocketPathTest, AStoreIsNotServedInTheFolderOfAnother) {
  const TemporaryFolder folder;
  const auto one = EventStore::Open(folder / "one", {});
  ASSERT_OK(one);
  const auto other = EventStore::Open(folder / "other", {});
  ASSERT_OK(other);

  EXPECT_THAT(StoreServer::Start(**one, folder / "other"),
              StatusIs(absl::StatusCode::kInvalidArgument));
}

TEST(SocketPathTest, AFolderMayHaveALongerNameThanASocket) {
  const TemporaryFolder folder;
  const std::string path = folder / (std::string(200, 'd') + "/store");
  auto held = EventStore::Open(path, {});
  ASSERT_OK(held);
  auto server = StoreServer::Start(**held, path);
  ASSERT_OK(server);
  auto store = RemoteStore::Connect(path);
  ASSERT_OK(store);
  EXPECT_EQ((*store)->Status().path, path);
}

// --- Requests

class RequestTest : public SocketTest {
 protected:
  RequestTest()
      : connection_(*Connection::Open(engine_.path(), RemoteOptions())) {}

  absl::Status Hello(uint32_t first, uint32_t last) {
    v1::HelloRequest request;
    request.set_protocol_min(first);
    request.set_protocol_max(last);
    request.set_version("9.9");
    v1::HelloReply reply;
    grpc::ClientContext context;
    return FromGrpc(connection_->stub().Hello(&context, request, &reply));
  }
  // What a subscription's call ends with.
  absl::Status Subscribe(const v1::SubscribeRequest& request) {
    grpc::ClientContext context;
    auto call = connection_->stub().Subscribe(&context);
    call->Write(request);
    v1::SubscribeReply reply;
    while (call->Read(&reply)) {
    }
    return FromGrpc(call->Finish());
  }

  std::shared_ptr<Connection> connection_;
};

TEST_F(RequestTest, AnotherProtocolIsRefusedAndNamed) {
  EXPECT_OK(Hello(1, 1));
  EXPECT_OK(Hello(1, 7));
  EXPECT_THAT(Hello(2, 3),
              StatusIs(absl::StatusCode::kFailedPrecondition,
                       AllOf(HasSubstr("speaks protocol 1"),
                             HasSubstr("daybook 9.9 wants protocol 2 to 3"))));
  EXPECT_THAT(Hello(0, 0), StatusIs(absl::StatusCode::kFailedPrecondition,
                                    HasSubstr("use the same release")));
}

TEST_F(RequestTest, WhatWasCancelledSaysNothingOfTheConnection) {
  connection_->Judge({grpc::StatusCode::CANCELLED, "here"}).IgnoreError();
  EXPECT_FALSE(connection_->is_broken());
  connection_->Judge({grpc::StatusCode::UNAVAILABLE, "gone"}).IgnoreError();
  EXPECT_TRUE(connection_->is_broken());
}

TEST_F(RequestTest, WhoAppendsWritesWhereThereIsNoThreadThatDoes) {
  v1::AppendCall call;
  v1::NewEvent& event = *call.mutable_request()->add_events();
  event.set_stream("a");
  event.set_type("t");
  const std::string bytes = call.SerializeAsString();
  const auto appender =
      RemoteAppender::Start(connection_, RemoteOptions(), /*writer=*/nullptr);

  std::atomic<int> appended = 0;
  for (int i = 0; i < 10; ++i) {
    appender->Add(bytes, absl::InfiniteDuration(),
                  [&](const absl::StatusOr<AppendResult>& result) {
                    if (result.ok()) ++appended;
                  });
  }
  appender->Stop(absl::InfiniteDuration());

  EXPECT_EQ(appended, 10);
}

TEST_F(RequestTest, WhatIsMalformedIsInvalid) {
  constexpr auto kInvalid = absl::StatusCode::kInvalidArgument;
  v1::SubscribeRequest request;
  EXPECT_THAT(Subscribe(request), StatusIs(kInvalid, HasSubstr("without")));
  request.mutable_pull()->set_number(1);
  EXPECT_THAT(Subscribe(request), StatusIs(kInvalid, HasSubstr("not started")));
  request.mutable_acknowledge()->set_position(1);
  EXPECT_THAT(Subscribe(request), StatusIs(kInvalid, HasSubstr("not started")));

  v1::AppendCall append;
  append.mutable_request()->add_events()->set_id("short");
  v1::AppendResult result;
  grpc::ClientContext context;
  const absl::Status refused =
      FromGrpc(connection_->stub().Append(&context, append, &result));
  EXPECT_THAT(refused, StatusIs(kInvalid, HasSubstr("16 bytes")));
  EXPECT_EQ(GetAppendOutcome(refused), AppendOutcome::kNotAppended);

  v1::ReadTreeRequest tile;
  tile.mutable_tile()->set_width(1'000'000);
  grpc::ClientContext tree_context;
  auto tree = connection_->stub().ReadTree(&tree_context);
  v1::ReadTreeReply reply;
  ASSERT_TRUE(tree->Read(&reply));
  ASSERT_TRUE(tree->Write(tile));
  ASSERT_TRUE(tree->Read(&reply));
  EXPECT_EQ(reply.error().code(), static_cast<int>(kInvalid));
  tree->WritesDone();
  EXPECT_TRUE(tree->Finish().ok());
  EXPECT_OK(Append());
}

TEST_F(RequestTest, ACallOfItsOwnAppendsToo) {
  v1::AppendCall append;
  v1::NewEvent& event = *append.mutable_request()->add_events();
  event.set_stream("a");
  event.set_type("t");
  append.set_queue_timeout(1'000'000);
  v1::AppendResult result;
  grpc::ClientContext context;
  EXPECT_OK(FromGrpc(connection_->stub().Append(&context, append, &result)));
  EXPECT_EQ(engine_.held().Head(), Position(1));
}

TEST(RequestLimitTest, ALargerRequestIsRefusedAndOthersGoOn) {
  RemoteEngine engine({}, {.request_bytes_max = 1 << 20});
  const auto append = [&](size_t bytes) {
    return engine.store()
        .Append("a", ExpectedRevision::Any(),
                {{.type = "t", .payload = std::string(bytes, 'x')}})
        .status();
  };
  EXPECT_OK(append(1000));
  RowBatch rows;
  rows.Put("\x90key", std::string(2 << 20, 'x'));
  EXPECT_THAT(engine.store().WriteRows(rows),
              StatusIs(absl::StatusCode::kInvalidArgument,
                       HasSubstr("in one message")));
  EXPECT_OK(append(1000));
}

TEST(RequestLimitTest, AnAppendAboveItEndsNoOther) {
  RemoteEngine engine({}, {.request_bytes_max = 1 << 20});
  std::atomic<int> appended = 0;
  absl::Status refused;
  const auto append = [&](size_t bytes) {
    AppendRequest request;
    request.events = {{"a", {.type = "t", .payload = std::string(bytes, 'x')}}};
    engine.store().AppendAsync(request,
                               [&](const absl::StatusOr<AppendResult>& result) {
                                 if (result.ok()) {
                                   ++appended;
                                 } else {
                                   refused = result.status();
                                 }
                               });
  };
  // Those of half the size do not fit into one message.
  for (int i = 0; i < 10; ++i) append(1 << 19);
  append(2 << 20);
  append(1 << 19);
  EXPECT_OK(engine.store().Close(absl::Minutes(1)));
  EXPECT_EQ(appended, 11);
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument,
                                HasSubstr("in one message")));
  EXPECT_EQ(GetAppendOutcome(refused), AppendOutcome::kNotAppended);
}

TEST(RequestLimitTest, OtherCallsThatAppendSayThatTheyDidNot) {
  RemoteEngine engine({}, {.request_bytes_max = 1 << 20});
  const absl::Status refused =
      engine.store()
          .RecordOperation({.user = std::string(2 << 20, 'x')})
          .status();
  EXPECT_THAT(refused, StatusIs(absl::StatusCode::kInvalidArgument));
  EXPECT_EQ(GetAppendOutcome(refused), AppendOutcome::kNotAppended);
}

}  // namespace
}  // namespace daybook
