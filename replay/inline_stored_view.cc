#include "replay/inline_stored_view.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "store/status_macros.h"
#include "store/strings.h"

namespace daybook {
namespace {

absl::Status CatchUp(ViewTable* table, Position head) {
  while (table->next_position() < head) {
    DAYBOOK_RETURN_IF_ERROR(table->ApplyNext(head));
  }
  return absl::OkStatus();
}

}  // namespace

InlineStoredView::InlineStoredView(
    ViewsShared* shared, std::shared_ptr<const AnyProjection> projection)
    : StoredView(shared, std::move(projection), ViewMode::kInline) {}

absl::Status InlineStoredView::Start() {
  DAYBOOK_RETURN_IF_ERROR(Open());
  SetState(ViewState::kRunning);
  return absl::OkStatus();
}

void InlineStoredView::Stop() {
  MutexLock lock(&attach_mutex_);
  if (attached_ != nullptr) store().Detach(attached_.get());
  attached_ = nullptr;
}

absl::Status InlineStoredView::TakeOver(std::unique_ptr<ViewTable> table) {
  MutexLock lock(&attach_mutex_);
  auto view =
      std::make_shared<InlineView>(shared_projection(), table->number());
  const auto catch_up = [&](Position head) -> absl::Status {
    const absl::Status status = CatchUp(table.get(), head);
    return status.ok() ? Show(*table) : status;
  };
  DAYBOOK_RETURN_IF_ERROR(store().Attach(view, catch_up));
  // Until here both were changed.
  if (attached_ != nullptr) store().Detach(attached_.get());
  attached_ = std::move(view);
  return absl::OkStatus();
}

absl::Status InlineStoredView::WaitFor(Position position,
                                       absl::Duration timeout) {
  // Rows have whatever can be read.
  return store().WaitForEvent(position, timeout);
}

absl::Status InlineStoredView::Resume(std::string_view key) {
  if (key.empty()) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("no row of the inline view ",
                                          Quoted(projection().name()),
                                          " is ever parked"));
}

}  // namespace daybook
