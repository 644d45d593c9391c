// What the routes of one worker that connect to servers are made with, and outlived by.
#pragma once

#include "metrics/registry.hpp"
#include "net/link_registry.hpp"
#include "net/reactor.hpp"
#include "net/server_health.hpp"

namespace tandem::backend {

struct surroundings {
  net::reactor& reactor;
  metrics::worker_metrics& worker_metrics;
  net::server_health& health;  // the process'
  net::link_registry& links;
};

}  // namespace tandem::backend
