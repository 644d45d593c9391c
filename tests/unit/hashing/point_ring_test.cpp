#include "hashing/point_ring.hpp"

#include "support/catch.hpp"

using tandem::hashing::point_ring;

TEST_CASE("a place belongs to the next point above or below, around the end of the circle") {
  point_ring const ring({{30, 3}, {10, 1}, {20, 2}});
  CHECK(ring.at_or_above(0) == 1);
  CHECK(ring.at_or_above(10) == 1);
  CHECK(ring.at_or_above(11) == 2);
  CHECK(ring.at_or_above(30) == 3);
  CHECK(ring.at_or_above(31) == 1);
  CHECK(ring.at_or_above(0xffffffffU) == 1);
  CHECK(ring.at_or_below(9) == 3);
  CHECK(ring.at_or_below(10) == 1);
  CHECK(ring.at_or_below(19) == 1);
  CHECK(ring.at_or_below(0xffffffffU) == 3);
}

TEST_CASE("of points at one place the first counts from below, and the last from above") {
  point_ring const ring({{10, 1}, {10, 2}, {5, 0}});
  CHECK(ring.at_or_above(10) == 1);
  CHECK(ring.at_or_above(6) == 1);
  CHECK(ring.at_or_below(10) == 2);
}
