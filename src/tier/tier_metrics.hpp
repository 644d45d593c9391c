// What one worker counts of a tiered backend.
#pragma once

#include "metrics/registry.hpp"

#include <string>

namespace tandem::tier {

struct tier_metrics {
  tier_metrics(metrics::worker_metrics& metrics, std::string const& backend);

  metrics::counter& near_hits;
  metrics::counter& far_hits;
  metrics::counter& misses;
  metrics::counter& near_failures;
  metrics::counter& fills;
  metrics::counter& fills_refused;
  metrics::counter& fills_failed;
  metrics::counter& waits;
  metrics::counter& stale;
  metrics::counter& stale_while_failed;
  metrics::counter& stale_while_slow;
  metrics::counter& stale_while_refreshing;
  metrics::counter& missed;
  metrics::counter& replayed;
  metrics::counter& invalidations;
  metrics::histogram& invalidation_seconds;
};

}  // namespace tandem::tier
