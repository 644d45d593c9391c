#include "bench/histogram.hpp"

#include "support/catch.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>

using tandem::bench::histogram;

namespace {

/// By sorting: the smallest value that `percent` of all do not exceed.
std::uint64_t exact(std::vector<std::uint64_t> values, double percent) {
  std::sort(values.begin(), values.end());
  auto const rank = static_cast<std::size_t>(std::ceil(percent / 100 * static_cast<double>(values.size())));
  return values[std::max<std::size_t>(rank, 1) - 1];
}

}  // namespace

TEST_CASE("an empty histogram has percentiles of 0") {
  CHECK(histogram().percentile(50) == 0);
  CHECK(histogram().max() == 0);
}

TEST_CASE("small values are exact") {
  histogram counted;
  for (std::uint64_t value = 1; value <= 200; ++value) counted.add(value);
  CHECK(counted.count() == 200);
  CHECK(counted.percentile(0) == 1);
  CHECK(counted.percentile(50) == 100);
  CHECK(counted.percentile(99) == 198);
  CHECK(counted.percentile(99.9) == 200);
  CHECK(counted.percentile(100) == 200);
}

TEST_CASE("one slow request in a hundred is the maximum and not the 99th percentile") {
  histogram counted;
  for (int count = 0; count < 99; ++count) counted.add(10);
  counted.add(5'000'000);
  CHECK(counted.percentile(99) == 10);
  CHECK(counted.percentile(99.1) == 5'000'000);
  CHECK(counted.max() == 5'000'000);
}

TEST_CASE("a percentile is never below the exact one, and less than one in 128 above it") {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> latency(11, 2);
  histogram counted;
  std::vector<std::uint64_t> values;
  for (int count = 0; count < 50'000; ++count) {
    values.push_back(static_cast<std::uint64_t>(latency(random)));
    counted.add(values.back());
  }
  for (double const percent : {0.1, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
    std::uint64_t const expected = exact(values, percent);
    CHECK(counted.percentile(percent) >= expected);
    CHECK(static_cast<double>(counted.percentile(percent)) <=
          static_cast<double>(expected) * (1 + 1.0 / 128));
  }
}

TEST_CASE("every power of two and its neighbours stay within their buckets") {
  for (unsigned bit = 0; bit < 64; ++bit) {
    std::uint64_t const power = std::uint64_t{1} << bit;
    for (std::uint64_t const value : {power - 1, power, power + 1}) {
      histogram counted;
      counted.add(value);
      counted.add(std::numeric_limits<std::uint64_t>::max());
      CHECK(counted.percentile(50) >= value);
      CHECK(counted.percentile(50) - value <= value / 128);
    }
  }
}
