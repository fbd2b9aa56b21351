// Several appends with one signature: for producers at high rates.
//
//   std::vector<AppendRequest> sales = ...;
//   if (auto made = SignBatch(signer, "shop.example/log", sales); !made.ok())
//     return made;
//   for (const AppendRequest& sale : sales) store.AppendAsync(sale, ...);

#ifndef DAYBOOK_STORE_SIGN_BATCH_H_
#define DAYBOOK_STORE_SIGN_BATCH_H_

#include <span>
#include <string_view>

#include "absl/status/status.h"
#include "daybook/audit/note_key.h"
#include "daybook/store/append.h"

namespace daybook {

// As SignEvents() (producers.h) for each of the requests, with one signature
// for all their events together: any of them may be appended without the
// others, in any order. Errors: as SignEvents(), and then none is signed. Cost:
// one Ed25519 signature, and for each event of n some hashes, and log2(n) times
// 32 bytes beside it.
absl::Status SignBatch(const audit::NoteSigner& signer, std::string_view origin,
                       std::span<AppendRequest> requests);

}  // namespace daybook

#endif  // DAYBOOK_STORE_SIGN_BATCH_H_
