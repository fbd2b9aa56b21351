// What a process that opens damaged files dies of, and what it does not say.

#include "store/run_apart.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): POSIX's
#include <sys/resource.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

#include "absl/status/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/testing/status_matchers.h"

namespace daybook {
namespace {

using ::testing::HasSubstr;
using testing::IsOkAndHolds;
using testing::StatusIs;

TEST(RunApartTest, GivesWhatTheWorkGave) {
  EXPECT_THAT(RunApart([] { return std::string("12\n"); }),
              IsOkAndHolds("12\n"));
  EXPECT_THAT(RunApart([]() -> absl::StatusOr<std::string> {
                return absl::NotFoundError("no log");
              }),
              StatusIs(absl::StatusCode::kNotFound, "no log"));
}

TEST(RunApartTest, OneThatDiesOfWhatItReadSaysThatItIsDamaged) {
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS}) {
    EXPECT_THAT(RunApart([signal] {
                  ::signal(signal, SIG_DFL);
                  raise(signal);
                  return std::string();
                }),
                StatusIs(absl::StatusCode::kDataLoss, HasSubstr("signal")));
  }
}

TEST(RunApartTest, OneThatSomebodyEndedSaysNothingOfFiles) {
  for (const int signal : {SIGKILL, SIGTERM}) {
    EXPECT_THAT(RunApart([signal] {
                  ::signal(SIGTERM, SIG_DFL);
                  raise(signal);
                  return std::string();
                }),
                StatusIs(absl::StatusCode::kUnavailable,
                         HasSubstr("ended from outside")));
  }
}

#ifndef __SANITIZE_ADDRESS__

// As under `ulimit -v`. The compiler must not see that nothing comes of it.
void* volatile taken;

TEST(RunApartTest, OneThatIsRefusedMemorySaysNothingOfFiles) {
  EXPECT_THAT(RunApart([] {
                const rlimit little = {size_t{64} << 20, size_t{64} << 20};
                setrlimit(RLIMIT_AS, &little);
                while (true) taken = ::operator new (size_t{1} << 20);
                return std::string();
              }),
              StatusIs(absl::StatusCode::kResourceExhausted,
                       HasSubstr("too little memory")));
}

TEST(RunApartTest, OneThatAsksForMoreThanThereCouldBeReadsADamagedLength) {
  volatile size_t absurd = size_t{1} << 60;
  EXPECT_THAT(RunApart([&absurd] {
                taken = ::operator new(absurd);
                return std::string();
              }),
              StatusIs(absl::StatusCode::kDataLoss));
}

#endif

}  // namespace
}  // namespace daybook
