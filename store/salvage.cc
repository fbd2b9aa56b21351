#include "daybook/store/salvage.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "store/anchor.h"
#include "store/log_salvage.h"
#include "store/status_macros.h"
#include "store/store_folder.h"

namespace daybook {
namespace {

absl::Status Give(const LogSalvage& log,
                  absl::FunctionRef<absl::Status(const SalvagedEvent&)> found) {
  const AppendHeader& append = log.chunk().AppendOf(log.place());
  SalvagedEvent salvaged = {log.event(), nullptr};
  if (log.chunk().has_audits()) {
    const EventAudit audit = log.chunk().Audit(log.place());
    salvaged.has_salts = true;
    salvaged.payload_salt = audit.payload_salt;
    salvaged.metadata_salt = audit.metadata_salt;
  }
  if (append.key.empty() || append.first_position != log.event().position) {
    return found(salvaged);
  }
  EventStore::ExportedAppend keyed;
  keyed.key.assign(append.key);
  keyed.fingerprint.assign(
      reinterpret_cast<const char*>(append.fingerprint.data()),
      append.fingerprint.size());
  keyed.result.assign(append.result);
  salvaged.keyed_append = &keyed;
  return found(salvaged);
}

}  // namespace

absl::StatusOr<SalvageReport> Salvage(
    const std::string& path,
    absl::FunctionRef<absl::Status(const SalvagedEvent&)> found) {
  DAYBOOK_ASSIGN_OR_RETURN(const FolderLock lock,
                           FolderLock::AcquireToLook(path));
  SalvageReport report;
  if (const auto identity = ReadIdentity(path); identity.ok()) {
    report.store_id = identity->store_id;
  } else {
    report.notes.push_back(
        absl::StrCat("STORE: ", identity.status().message()));
  }
  if (const auto acknowledged = Anchor::Read(path); acknowledged.ok()) {
    report.acknowledged = *acknowledged;
  } else {
    report.notes.push_back(absl::StrCat(acknowledged.status().message()));
  }
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<LogSalvage> log,
                           LogSalvage::Open(path + "/log"));
  while (log->Next()) {
    ++report.event_count;
    DAYBOOK_RETURN_IF_ERROR(Give(*log, found));
  }
  DAYBOOK_RETURN_IF_ERROR(log->status());
  report.end = log->next();
  report.gaps = log->gaps();
  report.gap_count = log->gap_count();
  if (report.acknowledged.has_value() && report.end < *report.acknowledged) {
    ++report.gap_count;
    report.gaps.push_back({report.end, *report.acknowledged,
                           "acknowledged, and nothing of it is there"});
  }
  report.notes.insert(report.notes.end(), log->notes().begin(),
                      log->notes().end());
  return report;
}

}  // namespace daybook
