#include "tier/tier_metrics.hpp"

namespace tandem::tier {

tier_metrics::tier_metrics(metrics::worker_metrics& metrics, std::string const& backend)
    : near_hits(metrics.counter(metrics::tier_hits_total, {{"backend", backend}, {"tier", "l1"}})),
      far_hits(metrics.counter(metrics::tier_hits_total, {{"backend", backend}, {"tier", "l2"}})),
      misses(metrics.counter(metrics::tier_misses_total, {{"backend", backend}})),
      near_failures(metrics.counter(metrics::tier_l1_failures_total, {{"backend", backend}})),
      fills(metrics.counter(metrics::tier_fills_total, {{"backend", backend}})),
      fills_refused(metrics.counter(metrics::tier_fills_refused_total, {{"backend", backend}})),
      fills_failed(metrics.counter(metrics::tier_fills_failed_total, {{"backend", backend}})),
      waits(metrics.counter(metrics::tier_lease_waits_total, {{"backend", backend}})),
      stale(metrics.counter(metrics::tier_stale_total, {{"backend", backend}})),
      stale_while_failed(
          metrics.counter(metrics::tier_stale_answers_total, {{"backend", backend}, {"reason", "failed"}})),
      stale_while_slow(
          metrics.counter(metrics::tier_stale_answers_total, {{"backend", backend}, {"reason", "slow"}})),
      stale_while_refreshing(metrics.counter(metrics::tier_stale_answers_total,
                                             {{"backend", backend}, {"reason", "refreshing"}})),
      missed(metrics.counter(metrics::tier_removals_missed_total, {{"backend", backend}})),
      replayed(metrics.counter(metrics::tier_removals_replayed_total, {{"backend", backend}})),
      invalidations(metrics.counter(metrics::invalidations_applied_total, {{"backend", backend}})),
      invalidation_seconds(metrics.histogram(metrics::invalidation_seconds, {{"backend", backend}})) {}

}  // namespace tandem::tier
