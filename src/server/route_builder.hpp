// From configuration to routes: one tree for each worker, and the memory stores that all trees share.
#pragma once

#include "backend/memcached/pool_route.hpp"
#include "backend/memory/store.hpp"
#include "backend/redis/flush_turns.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "model/route.hpp"
#include "net/reactor.hpp"
#include "net/server_health.hpp"
#include "server/tier_fronts.hpp"
#include "server/write_back_queues.hpp"
#include "tier/delayed_flush_route.hpp"
#include "tier/missed_removals.hpp"
#include "tier/tiered_route.hpp"

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

/// What the L1 of each tiered backend has missed; the same for every worker.
class missed_removals_by_backend {
 public:
  missed_removals_by_backend(config::configuration const& settings, metrics::registry& figures);

  tier::missed_removals& of(std::string const& backend) { return *missed_.at(backend); }

  /// Says at the end what L1 may still hold.
  void report() const;

 private:
  std::map<std::string, std::unique_ptr<tier::missed_removals>> missed_;
};

/// Which flush of each backend was asked for last, and which is under way; the same for every worker.
class flush_orders {
 public:
  explicit flush_orders(config::configuration const& settings);

  tier::flush_order& of(std::string const& backend) { return *orders_.at(backend); }
  backend::redis::flush_turns& turns_of(std::string const& backend) { return turns_.at(backend); }

 private:
  std::map<std::string, std::unique_ptr<tier::flush_order>> orders_;
  std::map<std::string, backend::redis::flush_turns> turns_;
};

/// What the routes of one worker are made with, and outlived by.
struct worker_parts {
  net::reactor& reactor;
  metrics::worker_metrics& figures;
  net::server_health& health;
  base::clock const& clock;
  memory_stores& stores;
  missed_removals_by_backend& missed;
  write_back_queues& queues;
  flush_orders& flushes;
};

/// A tiered backend with a memcached pool: whose copies of `far`'s items lie where.
struct tiers_in_place {
  std::string far;
  tier::tiered_route& tiers;
  backend::memcached::pool_route& near;
};

struct route_tree {
  std::map<std::string, std::unique_ptr<model::route>> backends;
  std::vector<std::unique_ptr<tier::tiered_route>> tiered;  // stand behind the fronts
  std::vector<tiers_in_place> places;
  tier_fronts fronts;                                         // stand behind the backends
  std::vector<std::unique_ptr<model::route>> behind_flushes;  // as `flushes` refer to
  std::vector<tier::delayed_flush_route*> flushes;            // among the backends
  std::vector<std::unique_ptr<model::route>> for_rules;       // refer to the backends
  std::unique_ptr<model::route> root;                         // refers to these

  /// Whether a write, a fill or a delayed flush is under way that nobody waits for.
  bool busy() const;

  /// Something was changed in the redis backend `far`. A pool removes a single key, for all workers; of prefixes it is
  /// told on each worker for itself. Memory stores are not told. False where a pool cannot keep up with single keys: then
  /// everything in it has to count as changed.
  bool invalidate(std::string const& far, model::invalidation const& what);

  /// Ends what is under way. Before the tree is destroyed, since its routes refer to one another.
  void stop();
};

/// Connects to nothing. An error is one that the configuration's reader could not see.
base::result<route_tree> build_routes(config::configuration const& settings, worker_parts const& parts);

}  // namespace tandem::server
