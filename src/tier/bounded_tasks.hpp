// Background tasks of a backend, counted in the metric that all work of tiers has.
#pragma once

#include "metrics/bounded_tasks.hpp"
#include "metrics/registry.hpp"

#include <string>
#include <utility>

namespace tandem::tier {

class bounded_tasks : public metrics::bounded_tasks {
 public:
  /// `work` names the tasks in the metric.
  bounded_tasks(std::size_t most, metrics::worker_metrics& metrics, std::string const& backend,
                std::string work)
      : metrics::bounded_tasks(most, metrics.counter(metrics::tier_work_refused_total,
                                                     {{"backend", backend}, {"work", std::move(work)}})) {}
};

}  // namespace tandem::tier
