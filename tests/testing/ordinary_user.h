// Lets tests that root runs see files that can't be read or written.

#ifndef DAYBOOK_TESTS_TESTING_ORDINARY_USER_H_
#define DAYBOOK_TESTS_TESTING_ORDINARY_USER_H_

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "gtest/gtest.h"

namespace daybook::testing {

// Until it goes, this thread may do with files what their permissions say, also
// where it is root's. Other threads go on as they are.
class OrdinaryUser {
 public:
  OrdinaryUser() {
    EXPECT_EQ(syscall(SYS_capget, &header_, before_.data()), 0);
    Capabilities less = before_;
    for (const int power : {CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH}) {
      less[0].effective &= ~CAP_TO_MASK(power);
    }
    EXPECT_EQ(syscall(SYS_capset, &header_, less.data()), 0);
  }
  ~OrdinaryUser() {
    EXPECT_EQ(syscall(SYS_capset, &header_, before_.data()), 0);
  }
  OrdinaryUser(const OrdinaryUser&) = delete;
  OrdinaryUser& operator=(const OrdinaryUser&) = delete;

 private:
  using Capabilities = std::array<__user_cap_data_struct, 2>;

  __user_cap_header_struct header_ = {_LINUX_CAPABILITY_VERSION_3, 0};
  Capabilities before_ = {};
};

}  // namespace daybook::testing

#endif  // DAYBOOK_TESTS_TESTING_ORDINARY_USER_H_
