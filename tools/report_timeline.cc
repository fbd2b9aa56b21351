#include "tools/report_timeline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "tools/html_text.h"
#include "tools/text.h"
#include "tools/time_text.h"

namespace daybook::tools {
namespace {

// In units of the picture, which is scaled to the page.
constexpr size_t kWidth = 1000;
constexpr size_t kLeft = 190;
constexpr size_t kRight = 20;
constexpr size_t kLaneHeight = 24;
constexpr size_t kAxisHeight = 34;
constexpr double kRadiusMin = 3;
constexpr double kRadiusMax = 9;

// Lines; what has no line of its own is on the last one.
constexpr size_t kLanesMax = 12;
constexpr size_t kDotsOfLaneMax = 200;
constexpr size_t kTicks = 4;
constexpr size_t kLabelColumnsMax = 26;

struct Dot {
  uint64_t count = 0;
  Position first;
  absl::Time from;
  absl::Time to;
};

struct Lane {
  std::string label;
  std::array<Dot, kDotsOfLaneMax> dots;
};

// The most frequent types have lanes; gives the lane of each type.
std::vector<size_t> LanesOf(const AuditReport& report,
                            std::vector<Lane>* lanes) {
  std::vector<uint64_t> counts(report.types().size());
  for (const AuditReport::Entry& entry : report.entries()) ++counts[entry.type];
  std::vector<size_t> order(counts.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::ranges::stable_sort(
      order, [&](size_t a, size_t b) { return counts[a] > counts[b]; });
  std::vector<size_t> lane_of(counts.size());
  const bool all = order.size() <= kLanesMax;
  for (size_t rank = 0; rank < order.size(); ++rank) {
    const size_t lane = all ? rank : std::min(rank, kLanesMax - 1);
    lane_of[order[rank]] = lane;
    if (lane < lanes->size()) continue;
    lanes->emplace_back();
    lanes->back().label = !all && lane == kLanesMax - 1
                              ? "other types"
                              : report.types()[order[rank]];
  }
  return lane_of;
}

double XOf(double share) {
  return kLeft + share * static_cast<double>(kWidth - kLeft - kRight);
}

class Picture {
 public:
  Picture(absl::Time from, absl::Time to, size_t lanes)
      : from_(from), span_(to - from), bottom_(lanes * kLaneHeight) {}

  // Which of `count` equal parts of the time `time` is in.
  size_t PartOf(absl::Time time, size_t count) const {
    if (span_ <= absl::ZeroDuration()) return count / 2;
    const double share = absl::FDivDuration(time - from_, span_);
    return std::min(count - 1,
                    static_cast<size_t>(share * static_cast<double>(count)));
  }

  void Begin(std::string_view title) {
    absl::StrAppend(&svg_, "<svg viewBox=\"0 0 ", kWidth, " ",
                    bottom_ + kAxisHeight, "\" role=\"img\" aria-label=\"",
                    HtmlText(title), "\">\n");
    const bool is_moment = span_ <= absl::ZeroDuration();
    for (size_t tick = 0; tick <= kTicks; ++tick) {
      if (is_moment && tick != kTicks / 2) continue;
      const double share = static_cast<double>(tick) / kTicks;
      const std::string_view anchor =
          tick == 0 ? "start" : (tick == kTicks ? "end" : "middle");
      absl::StrAppendFormat(
          &svg_,
          "<line class=\"grid\" x1=\"%.1f\" y1=\"0\" x2=\"%.1f\" "
          "y2=\"%d\"/><text x=\"%.1f\" y=\"%d\" text-anchor=\"%s\">%s</text>\n",
          XOf(share), XOf(share), bottom_, XOf(share),
          bottom_ + kAxisHeight / 2, std::string(anchor),
          AxisText(from_ + span_ * share));
    }
  }

  void Draw(size_t number, const Lane& lane) {
    const size_t middle = number * kLaneHeight + kLaneHeight / 2;
    absl::StrAppendFormat(
        &svg_,
        "<text x=\"%d\" y=\"%d\" text-anchor=\"end\" "
        "dominant-baseline=\"central\">%s</text><line class=\"lane\" "
        "x1=\"%d\" y1=\"%d\" x2=\"%d\" y2=\"%d\"/>\n",
        kLeft - 14, middle,
        HtmlText(Fitted(Escaped(lane.label), kLabelColumnsMax)), kLeft, middle,
        kWidth - kRight, middle);
    for (size_t part = 0; part < kDotsOfLaneMax; ++part) {
      const Dot& dot = lane.dots[part];
      if (dot.count == 0) continue;
      const double radius =
          std::min(kRadiusMax,
                   kRadiusMin + std::log2(static_cast<double>(dot.count)) / 2);
      const double x = XOf((static_cast<double>(part) + 0.5) / kDotsOfLaneMax);
      absl::StrAppendFormat(
          &svg_,
          "<a href=\"#p%d\"><circle cx=\"%.1f\" cy=\"%d\" r=\"%.1f\"><title>%s"
          "</title></circle></a>\n",
          dot.first.value(), x, middle, radius, HtmlText(TitleOf(lane, dot)));
    }
  }

  std::string Finish() { return svg_ + "</svg>\n"; }

 private:
  // As exact as the length of the whole asks for.
  std::string AxisText(absl::Time time) const {
    const char* const format = span_ > absl::Hours(48)    ? "%Y-%m-%d"
                               : span_ > absl::Minutes(2) ? "%m-%d %H:%M"
                                                          : "%H:%M:%E3S";
    return absl::FormatTime(format, time, absl::UTCTimeZone());
  }

  static std::string TitleOf(const Lane& lane, const Dot& dot) {
    if (dot.count == 1) {
      return Concat(lane.label, " at position ", dot.first.value(), ", ",
                    TimeText(dot.from));
    }
    return Concat(Grouped(dot.count), " of ", lane.label, ", ",
                  TimeText(dot.from), " to ", TimeText(dot.to));
  }

  const absl::Time from_;
  const absl::Duration span_;
  const size_t bottom_;
  std::string svg_;
};

}  // namespace

std::string ReportTimeline(const AuditReport& report) {
  const std::vector<AuditReport::Entry>& entries = report.entries();
  if (entries.empty()) return "";
  std::vector<Lane> lanes;
  const std::vector<size_t> lane_of = LanesOf(report, &lanes);
  // Times at which events happened go up and down along positions.
  const auto [first, last] =
      std::ranges::minmax_element(entries, {}, &AuditReport::Entry::time);
  Picture picture(first->time, last->time, lanes.size());
  for (const AuditReport::Entry& entry : entries) {
    Lane& lane = lanes[lane_of[entry.type]];
    Dot& dot = lane.dots[picture.PartOf(entry.time, kDotsOfLaneMax)];
    if (dot.count++ == 0) {
      dot.first = entry.position;
      dot.from = dot.to = entry.time;
    }
    dot.from = std::min(dot.from, entry.time);
    dot.to = std::max(dot.to, entry.time);
  }
  picture.Begin("events by type and time");
  for (size_t i = 0; i < lanes.size(); ++i) picture.Draw(i, lanes[i]);
  return picture.Finish();
}

}  // namespace daybook::tools
