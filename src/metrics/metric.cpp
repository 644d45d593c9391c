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
  // A bucket holds its upper bound. Most latencies are in one of the first, so that nothing is found faster.
  std::size_t bucket = 0;
  while (bucket < bounds_ns.size() && ns > bounds_ns[bucket]) ++bucket;
  buckets_[bucket].add();
  sum_ns_.add(ns);
}

}  // namespace tandem::metrics
