// Opt-in token (https://dcb.events/examples/opt-in-token): who shows the token
// that was mailed to an address confirms it, once, within an hour. Address and
// token are tags; no table of tokens is kept.

#ifndef DAYBOOK_EXAMPLES_DCB_OPT_IN_TOKEN_H_
#define DAYBOOK_EXAMPLES_DCB_OPT_IN_TOKEN_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "daybook/replay/transact.h"
#include "examples/dcb/events.pb.h"

namespace example::dcb {

inline constexpr absl::Duration kTokenLife = absl::Hours(1);

struct SignUp {
  using State = v1::SignUpState;
  using Events = daybook::EventSet<v1::SignUpInitiated, v1::SignUpConfirmed>;
  static constexpr int kRevision = 1;

  static void Evolve(State& sign_up, const v1::SignUpInitiated& initiated) {
    sign_up.set_is_sent(true);
    sign_up.set_at_seconds(initiated.at_seconds());
  }
  static void Evolve(State& sign_up, const v1::SignUpConfirmed&) {
    sign_up.set_is_used(true);
  }
};

// Decides whether `token`, shown for `email`, confirms it.
inline auto Confirm(const std::string& email, const std::string& token,
                    absl::Time now) {
  return [=](const v1::SignUpState& sign_up,
             daybook::EmitTo<SignUp>& emit) -> absl::Status {
    if (!sign_up.is_sent()) {
      return absl::NotFoundError("no such token was sent to that address");
    }
    if (sign_up.is_used()) {
      return absl::FailedPreconditionError("the token was used");
    }
    if (now - absl::FromUnixSeconds(sign_up.at_seconds()) > kTokenLife) {
      return absl::FailedPreconditionError("the token is too old");
    }
    v1::SignUpConfirmed confirmed;
    confirmed.set_email(email);
    confirmed.set_token(token);
    emit("account-" + email, confirmed);
    return absl::OkStatus();
  };
}

inline absl::Status ConfirmSignUp(daybook::EventStore& store,
                                  const std::string& email,
                                  const std::string& token, absl::Time now) {
  return daybook::Transact<SignUp>(
             store, {.items = {{.tags = {"email:" + email, "token:" + token}}}},
             Confirm(email, token, now), {.attempts = 100})
      .status();
}

}  // namespace example::dcb

#endif  // DAYBOOK_EXAMPLES_DCB_OPT_IN_TOKEN_H_
