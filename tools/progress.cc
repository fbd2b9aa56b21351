#include "tools/progress.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "tools/text.h"

namespace daybook::tools {
namespace {

constexpr absl::Duration kRedraw = absl::Milliseconds(100);
constexpr size_t kBarColumns = 24;

}  // namespace

Progress::Progress(const CommandContext& context, std::string_view label,
                   std::optional<uint64_t> total, Unit unit)
    : context_(context),
      label_(label),
      total_(total),
      unit_(unit),
      start_(absl::Now()),
      next_draw_(start_ + kRedraw) {}

void Progress::Update(uint64_t done) {
  if (!context_.terminal.error_is_terminal) return;
  const absl::Time now = absl::Now();
  if (now < next_draw_) return;
  next_draw_ = now + kRedraw;
  drawn_ = true;
  context_.err->Write(Concat("\r", Line(done, now - start_), "\033[K"));
}

void Progress::Clear() {
  if (!drawn_) return;
  drawn_ = false;
  context_.err->Write("\r\033[K");
}

std::string Progress::Line(uint64_t done, absl::Duration elapsed) const {
  const auto amount = [this](uint64_t n) {
    return unit_ == Unit::kBytes ? Bytes(n) : Grouped(n);
  };
  const double seconds = std::max(absl::ToDoubleSeconds(elapsed), 1e-3);
  const double rate = static_cast<double>(done) / seconds;
  const std::string rate_text =
      Concat(amount(static_cast<uint64_t>(rate)), "/s");
  if (!total_.has_value() || *total_ == 0) {
    return Concat(label_, "  ", amount(done), "  ", rate_text);
  }
  const double part =
      std::min(1.0, static_cast<double>(done) / static_cast<double>(*total_));
  const auto filled = static_cast<size_t>(part * kBarColumns);
  const std::string bar =
      std::string(filled, '#') + std::string(kBarColumns - filled, '-');
  std::string line =
      Concat(label_, "  [", bar, "]  ",
             absl::StrFormat("%3d", static_cast<int>(part * 100)), " %  ",
             amount(done), " / ", amount(*total_), "  ", rate_text);
  if (done > 0 && part < 1) {
    line += Concat("  ETA ", Elapsed(elapsed * (1 / part - 1)));
  }
  return line;
}

}  // namespace daybook::tools
