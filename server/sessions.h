// What a client does with one moment of the store over several requests: reads
// rows, loads rows, reads the audit tree. Without gRPC.

#ifndef DAYBOOK_SERVER_SESSIONS_H_
#define DAYBOOK_SERVER_SESSIONS_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "daybook/store/audit.h"
#include "daybook/store/event_store.h"
#include "daybook/store/rows.h"
#include "daybook/v1/service.pb.h"

namespace daybook {

// Each answers one request at a time; the first is null. An error ends the
// session. The store must outlive them.

class RowReadSession {
 public:
  explicit RowReadSession(EventStore& store) : store_(store) {}
  absl::Status Answer(const v1::ReadRowsRequest* request,
                      v1::ReadRowsReply* reply);

 private:
  absl::Status Get(const std::string& key, v1::ReadRowsReply* reply) const;
  absl::Status Scan(const v1::ReadRowsRequest::Scan& scan,
                    v1::ReadRowsReply* reply) const;

  EventStore& store_;
  std::unique_ptr<RowReader> rows_;
};

class RowLoadSession {
 public:
  explicit RowLoadSession(EventStore& store) : store_(store) {}
  absl::Status Answer(const v1::LoadRowsRequest* request, v1::Done* reply);

 private:
  EventStore& store_;
  std::unique_ptr<RowLoader> loader_;
};

class TreeSession {
 public:
  // Keeps as many positions of a stream's leaves, 8 bytes each. What lies
  // behind them costs a walk over the stream from its beginning.
  static constexpr size_t kPositionsMax = 1 << 20;

  explicit TreeSession(EventStore& store, size_t positions_max = kPositionsMax)
      : store_(store), positions_max_(positions_max) {}
  absl::Status Answer(const v1::ReadTreeRequest* request,
                      v1::ReadTreeReply* reply);

 private:
  absl::Status ReadTile(const v1::ReadTreeRequest::Tile& asked,
                        v1::ReadTreeReply* reply);
  absl::Status ReadLeaves(const v1::ReadTreeRequest::Leaves& asked,
                          v1::ReadTreeReply* reply);

  // The positions of the leaves of a stream that come next from `from` on, as
  // many as are kept, and maybe some before. Whoever reads it asks for some at
  // a time; from its beginning each time would take for ever.
  const std::vector<Position>& PositionsFrom(const std::string& stream,
                                             Position from);

  EventStore& store_;
  const size_t positions_max_;
  std::unique_ptr<TreeReader> tree_;
  // Of the stream that was asked for last, from this position on.
  std::optional<std::string> stream_;
  Position positions_from_;
  std::vector<Position> positions_;
  // Whether there are more than those; if not, why.
  bool has_more_positions_ = false;
  absl::Status positions_end_;
};

}  // namespace daybook

#endif  // DAYBOOK_SERVER_SESSIONS_H_
