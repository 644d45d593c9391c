// One configuration in service, and what its routes have in common in the whole process. Each worker's tree holds the generation
// that it was made from. The next takes over what both name, and what nobody holds any more ends with the last tree.
#pragma once

#include "base/result.hpp"
#include "config/configuration.hpp"
#include "metrics/registry.hpp"
#include "server/kept_by_name.hpp"
#include "server/names_in_use.hpp"
#include "server/write_back_queues.hpp"

#include <memory>
#include <optional>
#include <string>

namespace tandem::server {

class generation {
 public:
  /// Opens journals. `before`, if given, is followed by this one; the clock and what is said of names outlive it.
  static base::result<std::shared_ptr<generation const>> make(config::configuration settings,
                                                              base::clock const& clock,
                                                              metrics::registry& registry,
                                                              names_in_use& names,
                                                              generation const* before = nullptr);

 private:
  // First here, last to end: series of names that are gone are forgotten when nobody counts them any more.
  names_in_use::holder names_;

 public:
  config::configuration const settings;
  memory_stores const stores;
  missed_removals_by_backend const missed;
  missed_removals_by_server const missed_by_server;
  flush_orders const flushes;
  stand_in_watches const watches;
  stale_watches const stale;
  master_beliefs const masters;
  write_back_queues const queues;

 private:
  generation(config::configuration given, write_back_queues opened, base::clock const& clock,
             metrics::registry& registry, names_in_use& names, generation const* before);
};

/// What of `next` cannot be had while the process runs with `now`, by the setting's name; none if all can.
std::optional<std::string> fixed_setting(config::configuration const& now, config::configuration const& next);

/// Whether tiers of `next` have an L1 that those of `now` have not, or on other terms: what is outdated there is not known.
bool finds_other_copies(config::configuration const& now, config::configuration const& next);

}  // namespace tandem::server
