// Puts a store that was made in a folder inside a damaged one in its place.
//
//   recover-making/  the new store while it is made; worth nothing
//   recovered-N/     the new store when it is ready
//   damaged-N/       what was in use before
//
// The moment that counts is when `log` goes to damaged-N: before it the old
// store is there, all but its STORE if that was damaged, and a recovered-N is
// worth nothing, since the old one may have gone on. After it there is no
// `log`, so that Open() refuses the folder, until the last step, which puts the
// new `log` there. Where there was no `log`, the moment is when damaged-N is
// made.

#ifndef DAYBOOK_STORE_EXCHANGE_STORE_H_
#define DAYBOOK_STORE_EXCHANGE_STORE_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace daybook {

// REQUIRES throughout: the folder is held.
class StoreExchange {
 public:
  // An exchange in the store's folder `path` that was begun and not finished.
  static absl::StatusOr<std::optional<StoreExchange>> FindBegun(
      const std::string& path);

  // Removes what earlier ones that were not begun left behind, and chooses N.
  static absl::StatusOr<StoreExchange> Prepare(const std::string& path);

  // Where the new store is to be made; does not exist.
  std::string making_folder() const;
  std::string damaged_folder() const;

  // The new store is closed and ready.
  absl::Status Begin() const;
  // Does what is left of the exchange.
  absl::Status Finish() const;

 private:
  StoreExchange(std::string path, uint64_t number);
  std::string ready_folder() const;
  // Puts STORE in its place, where the new store is another one.
  absl::Status PutIdentity() const;

  std::string path_;
  uint64_t number_;
};

}  // namespace daybook

#endif  // DAYBOOK_STORE_EXCHANGE_STORE_H_
