#include "backend/redis/cluster/refresh_schedule.hpp"

#include "support/catch.hpp"

namespace tandem::backend::redis::tests {
namespace {

base::time_point const noon{std::chrono::hours(12)};

}  // namespace

TEST_CASE("nothing is fetched before the first want, and then at once") {
  refresh_schedule schedule;
  CHECK_FALSE(schedule.due());
  schedule.want();
  CHECK(schedule.due() <= noon);
}

TEST_CASE("wants while a fetch is under way lead to one more, a moment later") {
  refresh_schedule schedule;
  schedule.want();
  schedule.started();
  CHECK_FALSE(schedule.due());
  schedule.want();
  schedule.want();
  CHECK_FALSE(schedule.due());
  schedule.finished(noon, 0);
  CHECK(schedule.due() == noon + refresh_schedule::interval_min);
  schedule.started();
  schedule.finished(noon, 0);
  CHECK(schedule.due() == noon + refresh_schedule::interval_max);
}

TEST_CASE("a want hastens the next fetch") {
  refresh_schedule schedule;
  schedule.want();
  schedule.started();
  schedule.finished(noon, 0);
  schedule.want();
  CHECK(schedule.due() == noon + refresh_schedule::interval_min);
}

TEST_CASE("the period is shortened at random by up to a fifth") {
  refresh_schedule schedule;
  schedule.started();
  schedule.finished(noon, 1);
  CHECK(schedule.due() == noon + refresh_schedule::interval_max * 4 / 5);
}

}  // namespace tandem::backend::redis::tests
