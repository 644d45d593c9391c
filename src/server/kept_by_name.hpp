// What backends keep for the whole process, by the backend's name: all workers' routes share it, and it outlives them. Another
// configuration takes over what it names, too; what nobody names any more ends with the last who has it.
#pragma once

#include "backend/memory/store.hpp"
#include "backend/redis/flush_gate.hpp"
#include "backend/redis/sentinel/master_belief.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "model/missed_removals.hpp"
#include "routing/stand_in_watch.hpp"
#include "tier/delayed_flush_route.hpp"
#include "tier/stale_watch.hpp"

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::server {

template <class Thing>
using kept_by_name = std::map<std::string, std::shared_ptr<Thing>>;

/// The thing of that name that was there before, or null.
template <class Thing>
std::shared_ptr<Thing> kept_before(kept_by_name<Thing> const* before, std::string const& name) {
  if (!before) return nullptr;
  auto const found = before->find(name);
  return found == before->end() ? nullptr : found->second;
}

/// The stores of the memory backends.
class memory_stores {
 public:
  /// `before`: whose stores are taken over.
  memory_stores(config::configuration const& settings, base::clock const& clock, metrics::registry& registry,
                memory_stores const* before = nullptr);

  backend::memory::store& named(std::string const& backend) const { return *stores_.at(backend); }

  /// Removes a few expired items from each store. Any worker, any time.
  void expire_some() const;

 private:
  kept_by_name<backend::memory::store> stores_;
};

/// What the L1 of each tiered backend has missed.
class missed_removals_by_backend {
 public:
  missed_removals_by_backend(config::configuration const& settings, metrics::registry& registry,
                             missed_removals_by_backend const* before = nullptr);

  model::missed_removals& of(std::string const& backend) const { return *missed_.at(backend); }

  /// Says at the end what L1 may still hold.
  void report() const;

 private:
  kept_by_name<model::missed_removals> missed_;
};

/// What each server of the pools has missed, by its address: pools that name the same server share it. Of pools in which tiers keep
/// copies there is none: the tiers know.
class missed_removals_by_server {
 public:
  using shared = std::shared_ptr<model::missed_removals>;

  missed_removals_by_server(config::configuration const& settings, metrics::registry& registry,
                            missed_removals_by_server const* before = nullptr);

  /// In the order of the pool's servers; empty if none is kept.
  std::vector<shared> of(std::string const& backend) const;

  /// Says at the end what the servers may still hold.
  void report() const;

 private:
  kept_by_name<model::missed_removals> missed_;
  std::map<std::string, std::vector<shared>> by_pool_;
};

/// Which flush of each backend was asked for last, and which is under way.
class flush_orders {
 public:
  explicit flush_orders(config::configuration const& settings, flush_orders const* before = nullptr);

  tier::flush_order& of(std::string const& backend) const { return *orders_.at(backend); }
  backend::redis::flush_gate& gate_of(std::string const& backend) const { return *gates_.at(backend); }

 private:
  kept_by_name<tier::flush_order> orders_;
  kept_by_name<backend::redis::flush_gate> gates_;
};

/// Whether others stand in for the first of each failover, and for servers of each pool that says who does.
class stand_in_watches {
 public:
  explicit stand_in_watches(config::configuration const& settings, stand_in_watches const* before = nullptr);

  routing::stand_in_watch& of(std::string const& backend) const { return *watches_.at(backend); }

 private:
  kept_by_name<routing::stand_in_watch> watches_;
};

/// Whether tiers with `stale_for` answer what is old.
class stale_watches {
 public:
  explicit stale_watches(config::configuration const& settings, stale_watches const* before = nullptr);

  /// Null of tiers without it.
  tier::stale_watch* of(std::string const& backend) const;

 private:
  kept_by_name<tier::stale_watch> watches_;
};

/// Who the masters are that Sentinels name.
class master_beliefs {
 public:
  /// A backend that has the same Sentinels as before goes on with what is believed.
  explicit master_beliefs(config::configuration const& settings, master_beliefs const* before = nullptr);

  /// None of a backend without Sentinels.
  std::shared_ptr<backend::redis::master_belief> of(std::string const& backend) const;

 private:
  kept_by_name<backend::redis::master_belief> beliefs_;
};

}  // namespace tandem::server
