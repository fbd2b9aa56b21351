#include "server/remote_engine.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daybook/store/limits.h"
#include "daybook/store/runtime.h"
#include "server/remote_read.h"
#include "server/remote_rows.h"
#include "server/remote_tree.h"
#include "server/wire.h"
#include "server/wire_info.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

using Stub = v1::StoreService::Stub;

constexpr absl::Duration kDestructorGrace = absl::Seconds(10);
// How long Close() waits to know where the log ends.
constexpr absl::Duration kLastLookTimeout = absl::Seconds(1);

absl::Status TooLargeError(std::string_view what, size_t bytes, size_t limit) {
  return absl::InvalidArgumentError(absl::StrCat(
      ToAbsl(what), " is ", bytes, " bytes, the limit is ", limit));
}

// Makes `*number` at least `value`.
void Raise(uint64_t value, std::atomic<uint64_t>* number) {
  uint64_t known = *number;
  while (known < value && !number->compare_exchange_weak(known, value)) {
  }
}

std::string Absolute(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path path = std::filesystem::absolute(folder, error);
  return error ? folder : path.string();
}

}  // namespace

// --- Beginning and end

absl::StatusOr<std::unique_ptr<EventStore>> RemoteStore::Connect(
    const std::string& folder, const RemoteOptions& options) {
  auto connector = std::make_shared<Connector>(folder, options);
  DAYBOOK_RETURN_IF_ERROR(connector->Use().status());
  return std::make_unique<RemoteEngine>(std::move(connector));
}

bool RemoteStore::Is(const EventStore& store) {
  return dynamic_cast<const RemoteEngine*>(&store) != nullptr;
}

RemoteEngine::~RemoteEngine() { Close(kDestructorGrace).IgnoreError(); }

absl::Status RemoteEngine::Close(absl::Duration grace) {
  const absl::Duration deadline = Clock::System()->Monotonic() + grace;
  const auto left = [deadline] {
    return deadline - Clock::System()->Monotonic();
  };
  const std::shared_ptr<Connection> connection = connector_->Current();
  // First: nobody begins anything any more.
  connector_->Close(deadline);
  calls_.CancelWaits();
  std::vector<std::shared_ptr<RemoteAppender>> appenders;
  {
    MutexLock lock(&mutex_);
    appenders.swap(replaced_);
    if (appender_ != nullptr) appenders.push_back(std::move(appender_));
    appender_ = nullptr;
  }
  // For those who ask afterwards.
  if (connection != nullptr) {
    grpc::ClientContext context;
    context.set_deadline(
        std::chrono::system_clock::now() +
        absl::ToChronoMicroseconds(std::min(left(), kLastLookTimeout)));
    v1::HelloReply reply;
    if (connection->stub().Hello(&context, wire::HelloRequest(), &reply).ok()) {
      RaiseHeads(reply);
    }
  }
  for (const auto& appender : appenders) appender->Stop(left());
  if (connector_->open().AwaitNone(left())) {
    return absl::OkStatus();
  }
  return absl::DeadlineExceededError("cursors are still open");
}

absl::Status RemoteEngine::Attach(
    std::shared_ptr<AppendParticipant> /*participant*/,
    absl::FunctionRef<absl::Status(Position head)> /*catch_up*/) {
  if (connector_->is_closed()) {
    return absl::UnavailableError("the store is closed");
  }
  return absl::UnimplementedError(
      "another process holds the store: what takes part in its appends, such "
      "as an inline view, must run there");
}

// --- Where the log ends

void RemoteEngine::RaiseHead(Position head) { Raise(head.value(), &head_); }

void RemoteEngine::RaiseHeads(const v1::HelloReply& reply) {
  // Answers may come in another order than they were given in.
  Raise(reply.head(), &head_);
  Raise(reply.durable_head(), &durable_head_);
}

void RemoteEngine::LookAtHeads() {
  v1::HelloReply reply;
  if (calls_.Call(&Stub::Hello, wire::HelloRequest(), &reply).ok()) {
    RaiseHeads(reply);
  }
}

Position RemoteEngine::Head() {
  LookAtHeads();
  return Position(head_);
}

Position RemoteEngine::DurableHead() {
  LookAtHeads();
  return Position(durable_head_);
}

// --- Rows

absl::StatusOr<std::unique_ptr<RowReader>> RemoteEngine::ReadRows() {
  return ReadRemoteRows(*connector_);
}

absl::Status RemoteEngine::WriteRows(const RowBatch& batch) {
  using Change = v1::WriteRowsRequest::Change;
  if (batch.bytes() > kRowBatchBytesMax) {
    return TooLargeError("the batch of rows", batch.bytes(), kRowBatchBytesMax);
  }
  v1::WriteRowsRequest request;
  for (const RowBatch::Change& change : batch.changes()) {
    Change& added = *request.add_changes();
    switch (change.kind) {
      case RowBatch::Kind::kPut:
        added.set_kind(Change::KIND_PUT);
        break;
      case RowBatch::Kind::kDelete:
        added.set_kind(Change::KIND_DELETE);
        break;
      case RowBatch::Kind::kDeleteRange:
        added.set_kind(Change::KIND_DELETE_RANGE);
        break;
    }
    added.set_key(change.key);
    added.set_value(change.value);
  }
  v1::Done reply;
  return calls_.Call(&Stub::WriteRows, request, &reply);
}

absl::StatusOr<std::unique_ptr<RowLoader>> RemoteEngine::LoadRows() {
  return LoadRemoteRows(*connector_);
}

// --- Audit

absl::StatusOr<TreeState> RemoteEngine::Tree() {
  v1::TreeState reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::Tree, v1::TreeRequest(), &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<std::unique_ptr<TreeReader>> RemoteEngine::ReadTree() {
  return ReadRemoteTree(*connector_);
}

absl::StatusOr<TreeState> RemoteEngine::CheckTree(Position from, Position to) {
  v1::CheckTreeRequest request;
  request.set_from(from.value());
  request.set_to(to.value());
  v1::TreeState reply;
  DAYBOOK_RETURN_IF_ERROR(calls_.Call(&Stub::CheckTree, request, &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<KeptTreeHead> RemoteEngine::MakeTreeHead() {
  v1::KeptTreeHead reply;
  DAYBOOK_RETURN_IF_ERROR(
      calls_.Call(&Stub::MakeTreeHead, v1::MakeTreeHeadRequest(), &reply));
  return wire::FromMessage(reply);
}

absl::StatusOr<std::vector<KeptTreeHead>> RemoteEngine::TreeHeads() {
  return ReadAll<KeptTreeHead, v1::KeptTreeHead>(*connector_, &Stub::TreeHeads,
                                                 v1::TreeHeadsRequest());
}

// --- Keeping house

absl::Status RemoteEngine::Branch(const std::string& folder) {
  v1::BranchRequest request;
  request.set_folder(Absolute(folder));
  v1::Done reply;
  return calls_.Call(&Stub::Branch, request, &reply);
}

absl::StatusOr<CreatedBackup> RemoteEngine::Backup(
    const std::string& folder, const BackupOptions& options) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector_->Use());
  v1::BackupRequest request;
  request.set_folder(Absolute(folder));
  ReplyReader<v1::BackupReply> reader(*connector_, std::move(connection));
  reader.Start(&Stub::Backup, request);
  v1::BackupReply reply;
  while (reader.Next(&reply)) {
    if (reply.has_created()) return wire::FromMessage(reply.created());
    if (options.progress != nullptr &&
        !options.progress(reply.progress().done(), reply.progress().total())) {
      return absl::CancelledError("the backup was cancelled");
    }
  }
  DAYBOOK_RETURN_IF_ERROR(reader.status());
  return absl::InternalError("the server did not say what it made");
}

absl::Status RemoteEngine::Sync() {
  v1::Done reply;
  return calls_.Call(&Stub::Sync, v1::SyncRequest(), &reply);
}

absl::Status RemoteEngine::WaitForIndexes(absl::Duration timeout) {
  v1::WaitForIndexesRequest request;
  request.set_timeout(wire::ToMicros(timeout));
  return calls_.Wait(&Stub::WaitForIndexes, request);
}

StoreStatus RemoteEngine::Status() {
  v1::StoreStatus reply;
  StoreStatus status;
  if (const absl::Status called =
          calls_.Call(&Stub::Status, v1::StatusRequest(), &reply);
      called.ok()) {
    status = wire::FromMessage(reply);
  } else {
    status.health = called;
    status.head = Position(head_);
    status.durable_head = Position(durable_head_);
  }
  // As this process names it.
  status.path = connector_->folder();
  return status;
}

}  // namespace daybook
