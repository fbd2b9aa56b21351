#include "store/log_prefix.h"

#include <memory>
#include <optional>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

// How many events are read between two reports of progress.
constexpr uint64_t kProgressCount = 1 << 12;

}  // namespace

std::string PrefixCheck::Take(const LogSalvage& log) {
  const EventView& event = log.event();
  if (event.position != next_) {
    for (const SalvageGap& gap : log.gaps()) {
      if (gap.from <= next_ && next_ < gap.to) return gap.why;
    }
    return "it is missing";
  }
  // An append begins where the one before ended.
  if (event.append.first_position != end_) {
    return "it is of an append that is not whole";
  }
  StreamEnd& stream = streams_[ToAbsl(event.stream)];
  if (event.revision.value() != stream.next_revision) {
    return absl::StrCat("stream ", Quoted(event.stream), " goes on with ",
                        event.revision.value(), " where ", stream.next_revision,
                        " belongs");
  }
  if (!log.chunk().has_audits()) return "the event has no leaf";
  const EventAudit audit = log.chunk().Audit(log.place());
  const std::optional<audit::Hash> made = leaves_.HashOf(
      event, log.chunk().AppendOf(log.place()), audit, stream.last_leaf);
  if (made != audit.leaf) {
    return "the event is not as its leaf in the audit tree says";
  }
  ++stream.next_revision;
  stream.last_leaf = audit.leaf;
  tree_.Append(audit.leaf);
  next_ = Position(next_.value() + 1);
  if (next_.value() - event.append.first_position.value() ==
      event.append.count) {
    end_ = next_;
  }
  return "";
}

absl::StatusOr<LogPrefix> FindLogPrefix(
    const std::string& path, const std::vector<uint64_t>& sizes,
    const std::function<absl::Status(uint64_t count)>& progress) {
  DAYBOOK_ASSIGN_OR_RETURN(const std::unique_ptr<LogSalvage> log,
                           LogSalvage::Open(path));
  LogPrefix prefix;
  PrefixCheck check;
  uint64_t count = 0;
  while (log->Next()) {
    if (progress && count % kProgressCount == 0) {
      DAYBOOK_RETURN_IF_ERROR(progress(count));
    }
    ++count;
    if (!prefix.why.empty()) continue;
    const Position at = check.next();
    const std::string wrong = check.Take(*log);
    if (!wrong.empty()) {
      prefix.why = wrong;
      prefix.first_damage = at;
    } else if (absl::c_linear_search(sizes, check.tree().size())) {
      prefix.roots.emplace(check.tree().size(), check.tree().Root());
    }
  }
  DAYBOOK_RETURN_IF_ERROR(log->status());
  prefix.end = check.end();
  // All below was read too.
  prefix.readable_count = count - prefix.end.value();
  prefix.readable_end = log->next();
  if (prefix.why.empty() && check.next() != check.end()) {
    prefix.why = "the append's other events are missing";
    prefix.first_damage = check.next();
  }
  return prefix;
}

}  // namespace daybook
