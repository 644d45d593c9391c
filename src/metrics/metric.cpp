#include "metrics/metric.hpp"

#include <algorithm>

namespace tandem::metrics {

void histogram::observe(base::duration latency) {
  auto const ns = static_cast<std::uint64_t>(std::max(latency.count(), base::duration::rep{0}));
  // Rounded up, because a bucket holds its upper bound but nothing beyond it.
  std::uint64_t const us = ns / 1000 + (ns % 1000 != 0);
  auto const bound = std::lower_bound(bounds_us.begin(), bounds_us.end(), us);
  buckets_[static_cast<std::size_t>(bound - bounds_us.begin())].add();
  sum_ns_.add(ns);
}

}  // namespace tandem::metrics
