// Unique username (https://dcb.events/examples/unique-username): no two
// accounts have one name at the same time. No table of names is locked: the
// decision rests on the events that bear the name as a tag.

#ifndef DAYBOOK_EXAMPLES_DCB_UNIQUE_USERNAME_H_
#define DAYBOOK_EXAMPLES_DCB_UNIQUE_USERNAME_H_

#include <string>

#include "absl/status/status.h"
#include "daybook/replay/transact.h"
#include "examples/dcb/events.pb.h"

namespace example::dcb {

struct Usernames {
  using State = v1::UsernameState;
  using Events = daybook::EventSet<v1::AccountRegistered, v1::UsernameChanged>;
  static constexpr int kRevision = 1;

  static void Evolve(State& state, const v1::AccountRegistered& registered) {
    (*state.mutable_is_taken())[registered.username()] = true;
  }
  static void Evolve(State& state, const v1::UsernameChanged& changed) {
    (*state.mutable_is_taken())[changed.from()] = false;
    (*state.mutable_is_taken())[changed.to()] = true;
  }
};

inline bool IsTaken(const v1::UsernameState& names, const std::string& name) {
  const auto found = names.is_taken().find(name);
  return found != names.is_taken().end() && found->second;
}

// Decides whether `account` may be called `username`.
inline auto Register(const std::string& account, const std::string& username) {
  return [=](const v1::UsernameState& names,
             daybook::EmitTo<Usernames>& emit) -> absl::Status {
    if (IsTaken(names, username)) {
      return absl::AlreadyExistsError("the name is taken");
    }
    v1::AccountRegistered registered;
    registered.set_username(username);
    emit("account-" + account, registered);
    return absl::OkStatus();
  };
}

inline absl::Status RegisterAccount(daybook::EventStore& store,
                                    const std::string& account,
                                    const std::string& username) {
  return daybook::Transact<Usernames>(
             store, {.items = {{.tags = {"username:" + username}}}},
             Register(account, username), {.attempts = 100})
      .status();
}

// Decides whether the account that is called `from` may be called `to`.
inline auto Rename(const std::string& account, const std::string& from,
                   const std::string& to) {
  return [=](const v1::UsernameState& names,
             daybook::EmitTo<Usernames>& emit) -> absl::Status {
    if (!IsTaken(names, from)) return absl::NotFoundError("no such account");
    if (IsTaken(names, to)) {
      return absl::AlreadyExistsError("the name is taken");
    }
    v1::UsernameChanged changed;
    changed.set_from(from);
    changed.set_to(to);
    emit("account-" + account, changed);
    return absl::OkStatus();
  };
}

inline absl::Status RenameAccount(daybook::EventStore& store,
                                  const std::string& account,
                                  const std::string& from,
                                  const std::string& to) {
  return daybook::Transact<Usernames>(store,
                                      {.items = {{.tags = {"username:" + from}},
                                                 {.tags = {"username:" + to}}}},
                                      Rename(account, from, to),
                                      {.attempts = 100})
      .status();
}

}  // namespace example::dcb

#endif  // DAYBOOK_EXAMPLES_DCB_UNIQUE_USERNAME_H_
