#include "policy/backoff.hpp"

#include "support/catch.hpp"

#include <limits>

using namespace std::chrono_literals;
using tandem::base::duration;
using tandem::policy::backoff;

namespace {

constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();

}  // namespace

TEST_CASE("the whole pause doubles with every failure and stops at the maximum") {
  backoff const policy(50ms, 2000ms);
  CHECK(policy.pause(0, most) == 50ms);
  CHECK(policy.pause(1, most) == 100ms);
  CHECK(policy.pause(2, most) == 200ms);
  CHECK(policy.pause(5, most) == 1600ms);
  CHECK(policy.pause(6, most) == 2000ms);
  CHECK(policy.pause(7, most) == 2000ms);
}

TEST_CASE("the random part is the upper half, evenly") {
  backoff const policy(100ms, 1000ms);
  CHECK(policy.pause(0, 0) == 50ms);
  CHECK(policy.pause(3, 0) == 400ms);
  duration const middle = policy.pause(0, most / 2);
  CHECK(middle > 74ms);
  CHECK(middle < 76ms);
  CHECK(policy.pause(0, 1000) <= policy.pause(0, 1'000'000'000));
}

TEST_CASE("any number of failures gives a pause within the bounds") {
  backoff const policy(1ms, 24h * 365);
  for (unsigned const failures : {30U, 31U, 63U, 64U, 1000U, std::numeric_limits<unsigned>::max()}) {
    CHECK(policy.pause(failures, most) <= 24h * 365);
    CHECK(policy.pause(failures, 0) > 1h);
  }
}

TEST_CASE("equal bounds give a pause of that length, but for the jitter") {
  backoff const policy(80ms, 80ms);
  CHECK(policy.pause(0, most) == 80ms);
  CHECK(policy.pause(9, most) == 80ms);
  CHECK(policy.pause(9, 0) == 40ms);
}

TEST_CASE("a minimum above the maximum gives the maximum") {
  CHECK(backoff(500ms, 100ms).pause(0, most) == 100ms);
}
