#include "store/participants.h"

#include "store/caught.h"

namespace daybook {

void Participants::Add(std::shared_ptr<AppendParticipant> participant) {
  participants_.push_back(std::move(participant));
}

void Participants::Remove(const AppendParticipant* participant) {
  std::erase_if(participants_, [participant](const auto& attached) {
    return attached.get() == participant;
  });
}

absl::Status Participants::Join(std::span<const EventView> events) {
  for (const auto& participant : participants_) {
    const absl::Status status = Caught(
        "a participant", [&] { return participant->Join(events, rows_); });
    if (!status.ok()) {
      rows_.Forget();
      return status;
    }
  }
  return rows_.Accept();
}

}  // namespace daybook
