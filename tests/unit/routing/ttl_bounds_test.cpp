#include "routing/ttl_bounds.hpp"

#include "support/catch.hpp"

using tandem::model::exptime;
using tandem::routing::ttl_bounds;

namespace {

constexpr std::int64_t now = 1'700'000'000;
constexpr std::int64_t day = 24 * 60 * 60;

std::int64_t bounded(ttl_bounds bounds, std::int64_t wire) { return bounds.apply(exptime(wire), now).wire(); }

}  // namespace

TEST_CASE("a time within the bound stays as the client wrote it") {
  CHECK(bounded({60, 0}, 60) == 60);
  CHECK(bounded({60, 0}, 1) == 1);
  CHECK(bounded({60, 0}, now + 60) == now + 60);
}

TEST_CASE("a longer time is cut to the bound, whether relative, absolute or without end") {
  CHECK(bounded({60, 0}, 61) == 60);
  CHECK(bounded({60, 0}, now + 61) == 60);
  CHECK(bounded({60, 0}, 0) == 60);
}

TEST_CASE("what is expired already stays so") {
  CHECK(bounded({60, 30}, -1) == -1);
  CHECK(bounded({60, 30}, now) == now);
  CHECK(bounded({60, 30}, now - 5) == now - 5);
}

TEST_CASE("the default applies where the client asks for no time, and is bounded too") {
  CHECK(bounded({0, 30}, 0) == 30);
  CHECK(bounded({0, 30}, 7000) == 7000);
  CHECK(bounded({60, 30}, 0) == 30);
  CHECK(bounded({60, 90}, 0) == 60);
}

TEST_CASE("without bounds nothing changes") {
  CHECK(ttl_bounds{}.none());
  CHECK_FALSE(ttl_bounds{1, 0}.none());
  CHECK_FALSE(ttl_bounds{0, 1}.none());
  CHECK(bounded({}, 0) == 0);
  CHECK(bounded({}, 5) == 5);
}

TEST_CASE("a bound above thirty days is written as a date") {
  CHECK(bounded({30 * day, 0}, 0) == 30 * day);
  CHECK(bounded({31 * day, 0}, 0) == now + 31 * day);
  CHECK(bounded({31 * day, 0}, now + 90 * day) == now + 31 * day);
  CHECK(bounded({31 * day, 0}, 30 * day) == 30 * day);
  CHECK(bounded({0, 45 * day}, 0) == now + 45 * day);
}
