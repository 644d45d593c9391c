// Reads of one backend in which zones decide, by where they were sent.
#pragma once

#include "metrics/registry.hpp"

#include <string>

namespace tandem::metrics {

struct zone_reads {
  zone_reads(worker_metrics& metrics, std::string const& backend)
      : near(metrics.counter(zone_reads_total, {{"backend", backend}, {"where", "zone"}})),
        elsewhere(metrics.counter(zone_reads_total, {{"backend", backend}, {"where", "elsewhere"}})) {}

  counter& near;
  counter& elsewhere;
};

}  // namespace tandem::metrics
