#include "server/sessions.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "server/wire.h"
#include "server/wire_info.h"
#include "server/wire_status.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

// A reply is full then; one row or leaf may be larger.
constexpr size_t kReplyBytesMax = 256 << 10;

// What a session survives is told in the reply.
template <typename Reply>
absl::Status Tell(const absl::Status& status, Reply* reply) {
  if (!status.ok()) wire::ToMessage(status, reply->mutable_error());
  return absl::OkStatus();
}

}  // namespace

// --- Rows

absl::Status RowReadSession::Answer(const v1::ReadRowsRequest* request,
                                    v1::ReadRowsReply* reply) {
  if (request == nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(rows_, store_.ReadRows());
    return absl::OkStatus();
  }
  switch (request->request_case()) {
    case v1::ReadRowsRequest::kGet:
      return Tell(Get(request->get(), reply), reply);
    case v1::ReadRowsRequest::kScan:
      return Tell(Scan(request->scan(), reply), reply);
    case v1::ReadRowsRequest::REQUEST_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a request without anything in it");
}

absl::Status RowReadSession::Get(const std::string& key,
                                 v1::ReadRowsReply* reply) const {
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                           rows_->Get(key));
  if (!value.has_value()) return absl::OkStatus();
  v1::ReadRowsReply::Row& row = *reply->add_rows();
  row.set_key(key);
  row.set_value(*value);
  return absl::OkStatus();
}

absl::Status RowReadSession::Scan(const v1::ReadRowsRequest::Scan& scan,
                                  v1::ReadRowsReply* reply) const {
  const std::unique_ptr<RowCursor> cursor =
      rows_->Scan({scan.range().begin(), scan.range().end()},
                  scan.backward() ? Direction::kBackward : Direction::kForward);
  size_t bytes = 0;
  while (cursor->Next()) {
    if (bytes >= kReplyBytesMax) {
      reply->set_more(true);
      return absl::OkStatus();
    }
    v1::ReadRowsReply::Row& row = *reply->add_rows();
    row.set_key(std::string(cursor->key()));
    row.set_value(std::string(cursor->value()));
    bytes += row.key().size() + row.value().size();
  }
  return cursor->status();
}

absl::Status RowLoadSession::Answer(const v1::LoadRowsRequest* request,
                                    v1::Done* /*reply*/) {
  if (request == nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(loader_, store_.LoadRows());
    return absl::OkStatus();
  }
  for (const v1::ReadRowsReply::Row& row : request->rows()) {
    DAYBOOK_RETURN_IF_ERROR(loader_->Add(row.key(), row.value()));
  }
  return request->finish() ? loader_->Finish() : absl::OkStatus();
}

// --- The audit tree

absl::Status TreeSession::Answer(const v1::ReadTreeRequest* request,
                                 v1::ReadTreeReply* reply) {
  if (request == nullptr) {
    DAYBOOK_ASSIGN_OR_RETURN(tree_, store_.ReadTree());
    wire::ToMessage(tree_->state(), reply->mutable_state());
    return absl::OkStatus();
  }
  switch (request->request_case()) {
    case v1::ReadTreeRequest::kTile:
      return Tell(ReadTile(request->tile(), reply), reply);
    case v1::ReadTreeRequest::kLeaves:
      return Tell(ReadLeaves(request->leaves(), reply), reply);
    case v1::ReadTreeRequest::REQUEST_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("a request without anything in it");
}

absl::Status TreeSession::ReadTile(const v1::ReadTreeRequest::Tile& asked,
                                   v1::ReadTreeReply* reply) {
  const audit::TileId tile{asked.level(), asked.index(), asked.width()};
  const bool is_tile = tile.level < audit::kTileLevelCount && tile.width > 0 &&
                       tile.width <= audit::kTileWidth;
  const uint64_t count =
      is_tile ? audit::TileHashCount(tree_->state().size, tile.level) : 0;
  if (count < tile.width ||
      tile.index > (count - tile.width) / audit::kTileWidth) {
    return absl::InvalidArgumentError("a tile that the tree does not have");
  }
  std::vector<audit::Hash> hashes(tile.width);
  DAYBOOK_RETURN_IF_ERROR(tree_->tiles().ReadTile(tile, hashes));
  for (const audit::Hash& hash : hashes) {
    reply->mutable_hashes()->append(hash.view());
  }
  return absl::OkStatus();
}

const std::vector<Position>& TreeSession::PositionsFrom(
    const std::string& stream, Position from) {
  const bool is_kept = stream_ == stream && from >= positions_from_ &&
                       (!has_more_positions_ || from <= positions_.back());
  if (is_kept) return positions_;
  stream_ = stream;
  positions_from_ = from;
  positions_.clear();
  has_more_positions_ = false;
  positions_end_ = tree_->VisitStream(stream, [&](const StoredLeaf& leaf) {
    if (leaf.position < from) return true;
    has_more_positions_ = positions_.size() == positions_max_;
    if (has_more_positions_) return false;
    positions_.push_back(leaf.position);
    return true;
  });
  return positions_;
}

absl::Status TreeSession::ReadLeaves(const v1::ReadTreeRequest::Leaves& asked,
                                     v1::ReadTreeReply* reply) {
  size_t bytes = 0;
  const auto take = [&](const StoredLeaf& leaf) {
    if (bytes >= kReplyBytesMax) {
      reply->set_more(true);
      return false;
    }
    v1::ReadTreeReply::Leaf& added = *reply->add_leaves();
    added.set_position(leaf.position.value());
    added.set_bytes(std::string(leaf.bytes));
    added.set_payload_salt(std::string(wire::BytesOf(leaf.payload_salt)));
    added.set_metadata_salt(std::string(wire::BytesOf(leaf.metadata_salt)));
    bytes += added.ByteSizeLong();
    return true;
  };
  if (asked.has_stream()) {
    const Position from(asked.from());
    const std::vector<Position>& positions =
        PositionsFrom(asked.stream(), from);
    for (auto at = std::lower_bound(positions.begin(), positions.end(), from);
         at != positions.end(); ++at) {
      DAYBOOK_RETURN_IF_ERROR(tree_->VisitLeaves(*at, at->Next(), take));
      if (reply->more()) return absl::OkStatus();
    }
    reply->set_more(has_more_positions_);
    return positions_end_;
  }
  if (asked.from() > asked.to() || asked.to() > tree_->state().size) {
    return absl::InvalidArgumentError("leaves that the tree does not have");
  }
  return tree_->VisitLeaves(Position(asked.from()), Position(asked.to()), take);
}

}  // namespace daybook
