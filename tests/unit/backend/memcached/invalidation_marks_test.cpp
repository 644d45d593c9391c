#include "backend/memcached/invalidation_marks.hpp"

#include "support/catch.hpp"

namespace tandem::backend::memcached {
namespace {

using namespace std::chrono_literals;

constexpr base::time_point start{std::chrono::hours(1)};

TEST_CASE(
    "a mark outdates all until its number is known, then what is not above it, until its life is over") {
  invalidation_marks marks(1);
  marks.keep({100ms, 10s});
  marks.add("a:", start);
  CHECK(marks.outdated_up_to("a:1", 0) == invalidation_marks::unknown);
  CHECK(marks.outdated_up_to("b:1", 0) == 0);
  CHECK_FALSE(marks.probe_due(0, start + 50ms));
  auto const settled = marks.due();
  REQUIRE(settled);
  REQUIRE(marks.probe_due(0, *settled));
  marks.probe_sent(0, *settled);
  marks.probe_answered(0, 7, *settled);
  CHECK(marks.outdated_up_to("a:1", 0) == 7);
  marks.expire(*settled + 9s);
  CHECK_FALSE(marks.empty());
  marks.expire(*settled + 10s);
  CHECK(marks.empty());
}

TEST_CASE("a probe that fails is sent again later") {
  invalidation_marks marks(1);
  marks.keep({0ms, 10s});
  marks.add("", start);
  marks.probe_sent(0, start);
  marks.probe_failed(0, start);
  CHECK_FALSE(marks.probe_due(0, start));
  CHECK(marks.probe_due(0, start + invalidation_marks::retry_interval));
  CHECK(marks.outdated_up_to("any", 0) == invalidation_marks::unknown);
}

}  // namespace
}  // namespace tandem::backend::memcached
