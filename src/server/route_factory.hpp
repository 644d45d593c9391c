// From configuration to routes: the tree of one worker.
#pragma once

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "model/route_tree.hpp"
#include "net/link_registry.hpp"
#include "net/reactor.hpp"
#include "net/server_health.hpp"
#include "server/kept_by_name.hpp"
#include "server/write_back_queues.hpp"

namespace tandem::server {

/// What the routes of one worker are made with, and outlived by.
struct worker_parts {
  net::reactor& reactor;
  metrics::worker_metrics& worker_metrics;
  net::server_health& health;
  net::link_registry& links;
  base::clock const& clock;
  memory_stores const& stores;
  missed_removals_by_backend const& missed;
  missed_removals_by_server const& missed_by_server;
  write_back_queues const& queues;
  flush_orders const& flushes;
  stand_in_watches const& watches;
  stale_watches const& stale;
  master_beliefs const& masters;
};

/// The rules, every backend that one of them or another backend names, and all tiers. Connects to nothing. An error is one
/// that the configuration's reader could not see.
base::result<model::route_tree> make_routes(config::configuration const& settings, worker_parts const& parts);

}  // namespace tandem::server
