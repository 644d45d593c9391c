#include "tier/instruments.hpp"

namespace tandem::tier {

instruments::instruments(metrics::worker_metrics& figures, std::string const& backend)
    : near_hits(figures.counter(metrics::tier_hits_total, {{"backend", backend}, {"tier", "l1"}})),
      far_hits(figures.counter(metrics::tier_hits_total, {{"backend", backend}, {"tier", "l2"}})),
      misses(figures.counter(metrics::tier_misses_total, {{"backend", backend}})),
      near_failures(figures.counter(metrics::tier_l1_failures_total, {{"backend", backend}})),
      fills(figures.counter(metrics::tier_fills_total, {{"backend", backend}})),
      fills_refused(figures.counter(metrics::tier_fills_refused_total, {{"backend", backend}})),
      fills_failed(figures.counter(metrics::tier_fills_failed_total, {{"backend", backend}})),
      waits(figures.counter(metrics::tier_lease_waits_total, {{"backend", backend}})),
      stale(figures.counter(metrics::tier_stale_total, {{"backend", backend}})),
      missed(figures.counter(metrics::tier_removals_missed_total, {{"backend", backend}})),
      replayed(figures.counter(metrics::tier_removals_replayed_total, {{"backend", backend}})),
      invalidations(figures.counter(metrics::invalidations_applied_total, {{"backend", backend}})),
      invalidation_seconds(figures.histogram(metrics::invalidation_seconds, {{"backend", backend}})) {}

}  // namespace tandem::tier
