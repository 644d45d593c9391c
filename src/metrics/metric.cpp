#include "metrics/metric.hpp"

#include <algorithm>

namespace tandem::metrics {
namespace {

constexpr auto bounds_ns = [] {
  std::array<std::uint64_t, histogram::bounds_us.size()> made{};
  std::ranges::transform(histogram::bounds_us, made.begin(),
                         [](std::uint32_t microseconds) { return std::uint64_t{1000} * microseconds; });
  return made;
}();

}  // namespace

void histogram::observe(base::duration latency) {
  auto const ns = static_cast<std::uint64_t>(std::max(latency.count(), base::duration::rep{0}));
  // A bucket holds its upper bound.
  auto const bound = std::lower_bound(bounds_ns.begin(), bounds_ns.end(), ns);
  buckets_[static_cast<std::size_t>(bound - bounds_ns.begin())].add();
  sum_ns_.add(ns);
}

}  // namespace tandem::metrics
