// How consumer groups are kept among the rows of a store: store/FORMAT.md.

#ifndef DAYBOOK_BUS_GROUP_ROWS_H_
#define DAYBOOK_BUS_GROUP_ROWS_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "daybook/bus/consumer_group.h"
#include "daybook/bus/groups.h"
#include "daybook/store/numbers.h"
#include "daybook/store/rows.h"

namespace daybook {

// What a group is: without functions, `from` and what is no part of it.
struct GroupDefinition {
  GroupOptions options;
  absl::Time created_at;
};

// Positions in ascending order, as stretches.
class PositionRuns {
 public:
  struct Run {
    uint64_t begin;
    uint64_t end;  // exclusive
  };

  // REQUIRES: above all others.
  void Add(Position position) {
    AddRun({position.value(), position.value() + 1});
  }
  void AddRun(Run run);
  bool Has(Position position) const;
  const std::vector<Run>& runs() const { return runs_; }
  uint64_t count() const { return count_; }

 private:
  std::vector<Run> runs_;
  uint64_t count_ = 0;
};

// How far it has come.
struct GroupProgress {
  Position next_position;
  PositionRuns outstanding;

  bool IsDone(Position position) const {
    return position < next_position && !outstanding.Has(position);
  }
  // Every event below is done.
  Position checkpoint() const {
    return outstanding.runs().empty()
               ? next_position
               : Position(outstanding.runs().front().begin);
  }
};

struct FailedAttempts {
  uint32_t count = 0;
  std::string cause;
};

absl::Status ValidateGroupName(std::string_view name);

void PutGroup(std::string_view name, const GroupDefinition& definition,
              RowBatch* batch);
void PutProgress(std::string_view name, const GroupProgress& progress,
                 RowBatch* batch);
void PutAttempts(std::string_view name, Position position,
                 const FailedAttempts& attempts, RowBatch* batch);
void DeleteAttempts(std::string_view name, Position position, RowBatch* batch);
void DeleteAllAttempts(std::string_view name, RowBatch* batch);
void PutParked(std::string_view name, const ParkedEvent& parked,
               RowBatch* batch);
void DeleteParked(std::string_view name, Position position, RowBatch* batch);
// Those at `from` and above.
void DeleteParkedFrom(std::string_view name, Position from, RowBatch* batch);
// All there is of it.
void DeleteGroup(std::string_view name, RowBatch* batch);

// In byte order. Errors: kDataLoss.
absl::StatusOr<std::vector<std::string>> ReadGroupNames(const RowReader& rows);
// Errors: kNotFound if there is none of that name; kDataLoss.
absl::StatusOr<GroupDefinition> ReadGroup(const RowReader& rows,
                                          std::string_view name);
// Errors: kDataLoss. REQUIRES: there is one of that name.
absl::StatusOr<GroupProgress> ReadProgress(const RowReader& rows,
                                           std::string_view name);
absl::StatusOr<std::map<Position, FailedAttempts>> ReadAttempts(
    const RowReader& rows, std::string_view name);
// Errors: kNotFound; kDataLoss.
absl::StatusOr<ParkedEvent> ReadParked(const RowReader& rows,
                                       std::string_view name,
                                       Position position);
absl::StatusOr<std::vector<ParkedEvent>> ReadParked(const RowReader& rows,
                                                    std::string_view name,
                                                    Position from,
                                                    size_t count_max);
absl::StatusOr<uint64_t> CountParked(const RowReader& rows,
                                     std::string_view name);

}  // namespace daybook

#endif  // DAYBOOK_BUS_GROUP_ROWS_H_
