#include "store/log_source.h"

#include <algorithm>
#include <optional>

#include "store/status_macros.h"

namespace daybook {
namespace {

class LogSource final : public EventCursor::Source {
 public:
  LogSource(const std::shared_ptr<StoreCore>& core, const LogRange& range)
      : core_(core), reader_(*core->log), range_(range) {}

  bool Next(EventView* event) override {
    if (range_.empty() || range_.limit == 0) return false;
    const uint64_t position = range_.start();
    if (!reader_.Read(Position(position), event)) {
      range_.limit = 0;
      return false;
    }
    range_.Pass(position);
    --range_.limit;
    return true;
  }
  const absl::Status& status() const override { return reader_.status(); }

 private:
  CoreReference core_;
  LogReader reader_;
  LogRange range_;
};

// The first microsecond at or after `time`.
int64_t CeilMicros(absl::Time time) {
  const int64_t micros = absl::ToUnixMicros(time);
  return absl::FromUnixMicros(micros) < time ? micros + 1 : micros;
}

}  // namespace

absl::StatusOr<LogRange> ResolveRange(const ReadLogOptions& options,
                                      const RocksDb& log, Position head) {
  LogRange range;
  range.direction = options.direction;
  range.limit = options.limit;
  range.end = head.value();
  if (options.from.has_value()) range.begin = options.from->value();
  if (options.to.has_value() && *options.to < head) {
    range.end = options.to->value() + 1;
  }
  std::optional<LogReader> reader;
  if (options.from_time.has_value() || options.to_time.has_value()) {
    reader.emplace(log);
  }
  if (options.from_time.has_value() &&
      *options.from_time > absl::InfinitePast()) {
    if (*options.from_time == absl::InfiniteFuture()) {
      range.end = 0;
      return range;
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        const Position first,
        FindRecordedAt(*reader, CeilMicros(*options.from_time), head));
    range.begin = std::max(range.begin, first.value());
  }
  if (options.to_time.has_value() &&
      *options.to_time < absl::InfiniteFuture()) {
    if (*options.to_time == absl::InfinitePast()) {
      range.end = 0;
      return range;
    }
    DAYBOOK_ASSIGN_OR_RETURN(
        const Position after,
        FindRecordedAt(*reader, absl::ToUnixMicros(*options.to_time) + 1,
                       head));
    range.end = std::min(range.end, after.value());
  }
  return range;
}

std::unique_ptr<EventCursor::Source> MakeLogSource(
    const std::shared_ptr<StoreCore>& core, const LogRange& range) {
  return std::make_unique<LogSource>(core, range);
}

}  // namespace daybook
