#include "model/exptime.hpp"

#include "support/catch.hpp"

#include <cstdint>
#include <limits>

using tandem::model::exptime;

namespace {

constexpr std::int64_t unix_now = 1'700'000'000;

}  // namespace

TEST_CASE("no time, or a time of zero, never expires") {
  CHECK(exptime().never());
  CHECK(exptime(0).never());
  CHECK_FALSE(exptime(0).expired(unix_now));
  CHECK_FALSE(exptime(0).absolute());
  CHECK_FALSE(exptime(1).never());
  CHECK_FALSE(exptime(-1).never());
}

TEST_CASE("a negative time is already over") {
  CHECK(exptime(-1).expired(unix_now));
  CHECK(exptime(-1).expired(0));
  CHECK(exptime(-1).over());
  CHECK_FALSE(exptime(0).over());
  CHECK_FALSE(exptime(2'592'001).over());
  CHECK(exptime(std::numeric_limits<std::int64_t>::min()).expired(unix_now));
  CHECK_FALSE(exptime(-1).absolute());
}

TEST_CASE("thirty days is the largest relative time") {
  CHECK(exptime::relative_max == 2'592'000);
  CHECK_FALSE(exptime(2'592'000).absolute());
  CHECK(exptime(2'592'001).absolute());
  CHECK_FALSE(exptime(2'592'000).expired(unix_now));
  CHECK(exptime(2'592'000).remaining(unix_now) == 2'592'000);
}

TEST_CASE("an absolute time is over from its own second on") {
  CHECK(exptime(2'592'001).expired(unix_now));
  CHECK(exptime(unix_now - 1).expired(unix_now));
  CHECK(exptime(unix_now).expired(unix_now));
  CHECK_FALSE(exptime(unix_now + 1).expired(unix_now));
}

TEST_CASE("the time that remains is what was given, or what is left until then") {
  CHECK(exptime(1).remaining(unix_now) == 1);
  CHECK(exptime(unix_now + 60).remaining(unix_now) == 60);
}

TEST_CASE("a time from now on is written as a date if it is too long to be relative") {
  CHECK(exptime::in(1, unix_now) == exptime(1));
  CHECK(exptime::in(2'592'000, unix_now) == exptime(2'592'000));
  CHECK(exptime::in(2'592'001, unix_now) == exptime(unix_now + 2'592'001));
  CHECK(exptime::in(2'592'001, unix_now).remaining(unix_now) == 2'592'001);
}

TEST_CASE(
    "an item's date is its time, counted from now if it is relative, and 0 for one that never expires") {
  CHECK(exptime().date(unix_now) == 0);
  CHECK(exptime(60).date(unix_now) == unix_now + 60);
  CHECK(exptime(2'592'000).date(unix_now) == unix_now + 2'592'000);
  CHECK(exptime(2'592'001).date(unix_now) == 2'592'001);
}

TEST_CASE("the wire's number is kept as it was") {
  for (std::int64_t const wire : {std::int64_t{-5}, std::int64_t{0}, std::int64_t{30}, unix_now})
    CHECK(exptime(wire).wire() == wire);
  CHECK(exptime(5) == exptime(5));
  CHECK_FALSE(exptime(5) == exptime(6));
}
