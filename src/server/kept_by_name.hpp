// What backends keep for the whole process, by the backend's name: all workers' routes share it, and it outlives them.
#pragma once

#include "backend/memory/store.hpp"
#include "backend/redis/flush_turns.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "tier/delayed_flush_route.hpp"
#include "tier/missed_removals.hpp"

#include <map>
#include <memory>
#include <string>

namespace tandem::server {

/// The stores of the memory backends.
class memory_stores {
 public:
  memory_stores(config::configuration const& settings, base::clock const& clock, metrics::registry& figures);

  backend::memory::store& named(std::string const& backend) { return *stores_.at(backend); }

  /// Removes a few expired items from each store. Any worker, any time.
  void expire_some();

 private:
  std::map<std::string, std::unique_ptr<backend::memory::store>> stores_;
};

/// What the L1 of each tiered backend has missed.
class missed_removals_by_backend {
 public:
  missed_removals_by_backend(config::configuration const& settings, metrics::registry& figures);

  tier::missed_removals& of(std::string const& backend) { return *missed_.at(backend); }

  /// Says at the end what L1 may still hold.
  void report() const;

 private:
  std::map<std::string, std::unique_ptr<tier::missed_removals>> missed_;
};

/// Which flush of each backend was asked for last, and which is under way.
class flush_orders {
 public:
  explicit flush_orders(config::configuration const& settings);

  tier::flush_order& of(std::string const& backend) { return *orders_.at(backend); }
  backend::redis::flush_turns& turns_of(std::string const& backend) { return turns_.at(backend); }

 private:
  std::map<std::string, std::unique_ptr<tier::flush_order>> orders_;
  std::map<std::string, backend::redis::flush_turns> turns_;
};

}  // namespace tandem::server
