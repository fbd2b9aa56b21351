// The call Backup(): tells now and then how far it is, then what was made. A
// client that goes ends the backup.

#ifndef DAYBOOK_SERVER_BACKUP_CALL_H_
#define DAYBOOK_SERVER_BACKUP_CALL_H_

#include <atomic>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/status/statusor.h"
#include "daybook/v1/service.pb.h"
#include "grpcpp/support/server_callback.h"
#include "server/grpc_status.h"
#include "server/served_store.h"
#include "server/wire_info.h"
#include "store/mutex.h"

namespace daybook {

class BackupCall final : public grpc::ServerWriteReactor<v1::BackupReply> {
 public:
  BackupCall(ServedStore& served, std::string folder)
      : served_(served), folder_(std::move(folder)) {
    served_.slow_workers().Schedule([this] { Run(); });
  }

  void OnCancel() override { cancelled_ = true; }
  void OnDone() override { delete this; }
  void OnWriteDone(bool ok) override {
    bool last = false;
    {
      MutexLock lock(&mutex_);
      is_writing_ = false;
      last = is_made_;
    }
    if (!ok) cancelled_ = true;
    if (last) WriteLast();
  }

 private:
  void Run() {
    BackupOptions options;
    options.progress = [this](uint64_t done, uint64_t total) {
      Tell(done, total);
      return !cancelled_;
    };
    made_ = served_.store.Backup(folder_, options);
    {
      MutexLock lock(&mutex_);
      is_made_ = true;
      if (is_writing_) return;  // then OnWriteDone() goes on
    }
    WriteLast();
  }

  // Left out while the last one is on its way.
  void Tell(uint64_t done, uint64_t total) {
    {
      MutexLock lock(&mutex_);
      if (is_writing_ || cancelled_) return;
      is_writing_ = true;
    }
    reply_.mutable_progress()->set_done(done);
    reply_.mutable_progress()->set_total(total);
    StartWrite(&reply_);
  }

  void WriteLast() {
    if (!made_.ok()) {
      Finish(ToGrpc(made_.status()));
      return;
    }
    wire::ToMessage(*made_, reply_.mutable_created());
    StartWriteAndFinish(&reply_, grpc::WriteOptions(), grpc::Status::OK);
  }

  ServedStore& served_;
  const std::string folder_;
  std::atomic<bool> cancelled_ = false;
  absl::StatusOr<CreatedBackup> made_;
  v1::BackupReply reply_;
  Mutex mutex_;
  bool is_writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool is_made_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_BACKUP_CALL_H_
