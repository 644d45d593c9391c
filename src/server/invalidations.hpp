// Brings what was changed in a redis backend to those who hold copies of it: the L1 of every tiered backend whose L2 it
// is. Subscribers hear of it on the first worker's thread, operators tell it through the admin endpoint. What is written
// back later and lies in a queue is no copy, and stays. Where Sentinels name the master of a backend, they are watched here,
// too: what was copied from a master that is one no longer counts as changed.
//
//   one key      the first worker's routes remove it from L1; what they cannot remove, no worker reads
//   prefix, all  each worker's routes outdate it
//   any of them  is dropped from every memory backend, also from those that are no L1; all workers share these. One key is
//                not where it may be answered yet while L2 fails (`stale_for`): the routes mark it
//
// Made once the workers are there and before they start, and ended before them.
#pragma once

#include "backend/memory/store_invalidator.hpp"
#include "metrics/registry.hpp"
#include "model/invalidation.hpp"
#include "server/generation.hpp"
#include "server/worker.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::server {

class invalidations {
 public:
  invalidations(std::shared_ptr<generation const> first, metrics::registry& registry,
                std::vector<std::unique_ptr<worker>> const& workers);
  ~invalidations();

  /// For the first worker: the subscribers that the configuration names. `health` outlives them.
  worker::companion subscribers(net::server_health& health);

  /// There is another configuration. Subscriptions that both have, on the same terms, stay as they are. On the first worker's
  /// thread.
  void follow(std::shared_ptr<generation const> next);

  /// An operator says that something was changed in any L2. On the admin thread.
  void tell_by_hand(model::invalidation const& what);

  /// The master of `far` is another. Only what is a copy of it counts as changed. Any thread.
  void tell_switch(std::string const& far, model::invalidation const& what);

  /// Something was changed in `far`. Any thread.
  void tell(std::string const& far, model::invalidation const& what);

 private:
  class sink;
  class switch_sink;
  struct subscribed;
  struct watched;
  struct hearing;
  struct kept_store;

  void tell_routes(std::string const& far, model::invalidation const& what);
  void remove_key(std::string const& far, model::invalidation const& what);
  void tell_stores(model::invalidation const& what);
  void tell_stores_of_tiers(std::string const& far, model::invalidation const& what);
  void follow_stores();

  // All but by_hand_ belongs to the first worker's thread, once that runs.
  std::shared_ptr<generation const> now_;
  metrics::worker_metrics& metrics_;
  metrics::counter& by_hand_;  // the admin thread writes it
  std::vector<std::unique_ptr<worker>> const& workers_;
  std::vector<std::unique_ptr<kept_store>> stores_;
  std::weak_ptr<hearing> hears_;  // the worker's companion
};

}  // namespace tandem::server
