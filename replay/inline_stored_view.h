// An inline view as Views keeps it: attached to every append.

#ifndef DAYBOOK_REPLAY_INLINE_STORED_VIEW_H_
#define DAYBOOK_REPLAY_INLINE_STORED_VIEW_H_

#include <memory>
#include <string_view>

#include "absl/base/thread_annotations.h"
#include "replay/inline_view.h"
#include "replay/stored_view.h"

namespace daybook {

class InlineStoredView final : public StoredView {
 public:
  InlineStoredView(ViewsShared* shared,
                   std::shared_ptr<const AnyProjection> projection);
  ~InlineStoredView() override { Stop(); }

  absl::Status Start() override;
  void Stop() override;
  absl::Status WaitFor(Position position, absl::Duration timeout) override;
  // Nothing of an inline view is ever parked.
  absl::Status Resume(std::string_view key) override;

 protected:
  absl::Status TakeOver(std::unique_ptr<ViewTable> table) override;

 private:
  Mutex attach_mutex_;
  std::shared_ptr<InlineView> attached_ ABSL_GUARDED_BY(attach_mutex_);
};

}  // namespace daybook

#endif  // DAYBOOK_REPLAY_INLINE_STORED_VIEW_H_
