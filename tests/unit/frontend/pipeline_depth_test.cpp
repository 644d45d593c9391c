#include "frontend/pipeline_depth.hpp"

#include "support/catch.hpp"

namespace tandem::frontend {

using namespace std::chrono_literals;

TEST_CASE(
    "a client has more in flight only where a line takes long to be answered, and no longer than it does") {
  base::time_point now{1h};
  pipeline_depth depth;
  CHECK(depth.reached(256, 1000, now));          // nothing is known yet
  CHECK(depth.reached(256, 1100, now += 10ms));  // the line of the first look is not at its end
  CHECK_FALSE(depth.reached(256, 1256, now += 1ms));
  CHECK_FALSE(depth.reached(900, 1300, now += 1ms));
  CHECK_FALSE(depth.reached(900, 1511, now += 1ms));
  CHECK(depth.reached(900, 1512, now));  // 256 in two milliseconds
  CHECK(depth.reached(256, 2411, now += 3ms));
  CHECK_FALSE(depth.reached(256, 2412, now));
}

TEST_CASE("a line that comes to its end in a moment is long enough") {
  base::time_point now{1h};
  pipeline_depth depth;
  for (std::uint64_t answered = 0; answered < 10'000; answered += 256)
    CHECK(depth.reached(256, answered, now += 300us));
}

}  // namespace tandem::frontend
