// From configuration to routes: one tree for each worker, and the memory stores that all trees share.
#pragma once

#include "backend/memory/store.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "model/route.hpp"
#include "net/reactor.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::server {

/// The stores of the memory backends by name; the same for every worker.
class memory_stores {
 public:
  memory_stores(config::configuration const& settings, base::clock const& clock, metrics::registry& figures);

  backend::memory::store& named(std::string const& backend) { return *stores_.at(backend); }

  /// Removes a few expired items from each store. Any worker, any time.
  void expire_some();

 private:
  std::map<std::string, std::unique_ptr<backend::memory::store>> stores_;
};

/// What the routes of one worker are made with, and outlived by.
struct worker_parts {
  net::reactor& reactor;
  metrics::worker_metrics& figures;
  base::clock const& clock;
  memory_stores& stores;
};

struct route_tree {
  std::map<std::string, std::unique_ptr<model::route>> backends;
  std::unique_ptr<model::route> root;  // refers to the backends
};

/// Connects to nothing. An error is one that the configuration's reader could not see.
base::result<route_tree> build_routes(config::configuration const& settings, worker_parts const& parts);

}  // namespace tandem::server
