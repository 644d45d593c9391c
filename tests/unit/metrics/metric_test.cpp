#include "metrics/metric.hpp"

#include "support/catch.hpp"

namespace tandem::metrics {
namespace {

using namespace std::chrono_literals;

/// The one bucket that `latency` is counted in.
std::size_t bucket_of(base::duration latency) {
  histogram latencies;
  latencies.observe(latency);
  std::size_t found = histogram::bounds_us.size() + 1;
  for (std::size_t index = 0; index <= histogram::bounds_us.size(); ++index) {
    if (latencies.bucket(index) == 0) continue;
    REQUIRE(latencies.bucket(index) == 1);
    REQUIRE(found > histogram::bounds_us.size());
    found = index;
  }
  return found;
}

TEST_CASE("a counter adds up and a gauge goes both ways") {
  counter requests;
  requests.add();
  requests.add(41);
  CHECK(requests.value() == 42);

  gauge connections;
  connections.add(3);
  connections.add(-5);
  CHECK(connections.value() == -2);
  connections.set(7);
  CHECK(connections.value() == 7);
}

TEST_CASE("a histogram's bucket holds its upper bound and not a nanosecond more") {
  for (std::size_t index = 0; index < histogram::bounds_us.size(); ++index) {
    base::duration const bound = std::chrono::microseconds(histogram::bounds_us[index]);
    CHECK(bucket_of(bound) == index);
    CHECK(bucket_of(bound - 1ns) == index);
    CHECK(bucket_of(bound + 1ns) == index + 1);
  }
}

TEST_CASE("a latency beyond every bound is counted in the last bucket") {
  CHECK(bucket_of(1h) == histogram::bounds_us.size());
}

TEST_CASE("a clock that went backwards counts as no time at all") {
  histogram latencies;
  latencies.observe(-1s);
  CHECK(latencies.bucket(0) == 1);
  CHECK(latencies.sum_ns() == 0);
}

TEST_CASE("a histogram's sum is that of its observations") {
  histogram latencies;
  latencies.observe(1500ns);
  latencies.observe(2s);
  CHECK(latencies.sum_ns() == 2'000'001'500);
}

}  // namespace
}  // namespace tandem::metrics
