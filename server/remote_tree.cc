#include "server/remote_tree.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "server/remote_session.h"
#include "server/wire.h"
#include "server/wire_info.h"
#include "server/wire_status.h"
#include "store/status_macros.h"

namespace daybook {
namespace {

using Stub = v1::StoreService::Stub;
using Session = RemoteSession<v1::ReadTreeRequest, v1::ReadTreeReply>;

class RemoteTreeReader final : public TreeReader, private audit::TileSource {
 public:
  RemoteTreeReader(const TreeState& state, std::unique_ptr<Session> session)
      : TreeReader(state), session_(std::move(session)) {}

  audit::TileSource& tiles() override { return *this; }

  absl::Status VisitLeaves(Position from, Position to, Visit visit) override {
    v1::ReadTreeRequest request;
    request.mutable_leaves()->set_from(from.value());
    request.mutable_leaves()->set_to(to.value());
    return VisitAll(std::move(request), visit);
  }
  absl::Status VisitStream(std::string_view stream, Visit visit) override {
    v1::ReadTreeRequest request;
    request.mutable_leaves()->set_stream(std::string(stream));
    return VisitAll(std::move(request), visit);
  }

 private:
  absl::Status ReadTile(const audit::TileId& tile,
                        std::span<audit::Hash> hashes) override {
    v1::ReadTreeRequest request;
    request.mutable_tile()->set_level(tile.level);
    request.mutable_tile()->set_index(tile.index);
    request.mutable_tile()->set_width(tile.width);
    v1::ReadTreeReply reply;
    DAYBOOK_RETURN_IF_ERROR(session_->Ask(request, &reply));
    if (reply.has_error()) return wire::FromMessage(reply.error());
    std::string_view bytes = reply.hashes();
    for (audit::Hash& hash : hashes) {
      const std::optional<audit::Hash> read =
          audit::Hash::FromBytes(bytes.substr(0, audit::Hash::kSize));
      if (!read.has_value()) {
        return absl::InternalError("the server sent too few hashes");
      }
      hash = *read;
      bytes.remove_prefix(audit::Hash::kSize);
    }
    return absl::OkStatus();
  }

  absl::Status VisitAll(v1::ReadTreeRequest request, Visit visit) {
    v1::ReadTreeReply reply;
    do {
      DAYBOOK_RETURN_IF_ERROR(session_->Ask(request, &reply));
      for (const v1::ReadTreeReply::Leaf& leaf : reply.leaves()) {
        const StoredLeaf stored{
            .position = Position(leaf.position()),
            .bytes = leaf.bytes(),
            .payload_salt =
                wire::ToSalt(leaf.payload_salt()).value_or(audit::Salt()),
            .metadata_salt =
                wire::ToSalt(leaf.metadata_salt()).value_or(audit::Salt())};
        if (!visit(stored)) return absl::OkStatus();
        request.mutable_leaves()->set_from(leaf.position() + 1);
      }
      if (reply.has_error()) return wire::FromMessage(reply.error());
    } while (reply.more());
    return absl::OkStatus();
  }

  const std::unique_ptr<Session> session_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<TreeReader>> ReadRemoteTree(
    Connector& connector) {
  DAYBOOK_ASSIGN_OR_RETURN(std::shared_ptr<Connection> connection,
                           connector.Use());
  auto session = std::make_unique<Session>(connector, std::move(connection));
  v1::ReadTreeReply reply;
  DAYBOOK_RETURN_IF_ERROR(session->Start(&Stub::ReadTree, &reply));
  return std::make_unique<RemoteTreeReader>(wire::FromMessage(reply.state()),
                                            std::move(session));
}

}  // namespace daybook
