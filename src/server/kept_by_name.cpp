#include "server/kept_by_name.hpp"

#include "backend/memory/memory_route.hpp"
#include "base/log.hpp"
#include "config/composition.hpp"

namespace tandem::server {
namespace {

/// Items of each store that one call of expire_some() looks at.
constexpr std::size_t swept_items_max = 1000;

}  // namespace

memory_stores::memory_stores(config::configuration const& settings, base::clock const& clock,
                             metrics::registry& registry, memory_stores const* before) {
  for (config::backend_options const& each : settings.backends) {
    auto const* options = std::get_if<backend::memory::memory_options>(&each.kind);
    if (!options) continue;
    auto& store = stores_[each.name];
    store = kept_before(before ? &before->stores_ : nullptr, each.name);
    if (store) continue;
    backend::memory::memory_options bounded = *options;
    bounded.value_max = settings.limits.value;
    store = std::make_shared<backend::memory::store>(bounded, clock);
    backend::memory::register_metrics(registry, store, each.name);
  }
}

void memory_stores::expire_some() const {
  for (auto const& [name, store] : stores_) store->expire_some(swept_items_max);
}

missed_removals_by_backend::missed_removals_by_backend(config::configuration const& settings,
                                                       metrics::registry& registry,
                                                       missed_removals_by_backend const* before) {
  for (config::backend_options const& each : settings.backends) {
    bool const tiered = std::holds_alternative<tier::tiered_options>(each.kind);
    if (!tiered && !std::holds_alternative<routing::failover_options>(each.kind)) continue;
    auto& missed = missed_[each.name];
    missed = kept_before(before ? &before->missed_ : nullptr, each.name);
    if (missed) continue;
    missed = std::make_shared<model::missed_removals>();
    registry.add_sampled(tiered ? metrics::tier_removals_due : metrics::failover_removals_due,
                         {{"backend", each.name}}, missed,
                         [&missed = *missed] { return static_cast<double>(missed.size()); });
  }
}

void missed_removals_by_backend::report() const {
  for (auto const& [name, missed] : missed_) {
    if (!missed->any()) continue;
    if (missed->size() == 0) {
      base::log_warning("backend {}: L2 may yet execute a flush_all, and L1 then hold older values", name);
      continue;
    }
    base::log_warning(
        "backend {}: the removal of {} keys is not confirmed by what it is made of, which may hold older "
        "values",
        name, missed->size());
  }
}

missed_removals_by_server::missed_removals_by_server(config::configuration const& settings,
                                                     metrics::registry& registry,
                                                     missed_removals_by_server const* before) {
  config::composition const composed(settings.backends);
  // Of a server that is not named any more, too, as when it is not found for a while, until it is named again.
  if (before) missed_ = before->missed_;
  std::erase_if(missed_, [](auto const& each) { return !each.second->any(); });
  for (config::backend_options const& each : settings.backends) {
    auto const* const pool = std::get_if<backend::memcached::pool_options>(&each.kind);
    // One with stand-ins is no tier; its keys may come to where other tiers keep copies, through these.
    if (!pool || (composed.holds_copies(each.name) && parts_of(each).empty())) continue;
    for (backend::memcached::server_options const& one : pool->servers) {
      std::string const address = one.endpoint.str();
      auto& missed = missed_[address];
      if (!missed) missed = kept_before(before ? &before->missed_ : nullptr, address);
      if (!missed) {
        missed = std::make_shared<model::missed_removals>();
        registry.add_sampled(metrics::pool_removals_due,
                             {{"backend", each.name}, {"server", one.shown_name()}}, missed,
                             [&missed = *missed] { return static_cast<double>(missed.size()); });
      }
      by_pool_[each.name].push_back(missed);
    }
  }
}

std::vector<missed_removals_by_server::shared> missed_removals_by_server::of(
    std::string const& backend) const {
  auto const found = by_pool_.find(backend);
  return found == by_pool_.end() ? std::vector<shared>() : found->second;
}

void missed_removals_by_server::report() const {
  for (auto const& [address, missed] : missed_) {
    if (!missed->any()) continue;
    base::log_warning("server {}: the removal of {} keys is not confirmed, and it may hold older values",
                      address, missed->size());
  }
}

flush_orders::flush_orders(config::configuration const& settings, flush_orders const* before) {
  for (config::backend_options const& each : settings.backends) {
    auto& order = orders_[each.name] = kept_before(before ? &before->orders_ : nullptr, each.name);
    if (!order) order = std::make_shared<tier::flush_order>();
    auto& gate = gates_[each.name] = kept_before(before ? &before->gates_ : nullptr, each.name);
    if (!gate) gate = std::make_shared<backend::redis::flush_gate>();
  }
}

stand_in_watches::stand_in_watches(config::configuration const& settings, stand_in_watches const* before) {
  for (config::backend_options const& each : settings.backends) {
    using routing::stand_in_watch;
    bool const pool = each.on_server_failure.chosen != routing::server_failure_options::choice::error;
    if (!pool && !std::holds_alternative<routing::failover_options>(each.kind)) continue;
    auto& watch = watches_[each.name] = kept_before(before ? &before->watches_ : nullptr, each.name);
    if (watch) continue;
    watch = std::make_shared<stand_in_watch>(
        each.name, pool ? stand_in_watch::first::servers_of_pool : stand_in_watch::first::backend);
  }
}

stale_watches::stale_watches(config::configuration const& settings, stale_watches const* before) {
  for (config::backend_options const& each : settings.backends) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiers || tiers->stale_for.count() == 0) continue;
    auto& watch = watches_[each.name] = kept_before(before ? &before->watches_ : nullptr, each.name);
    if (!watch) watch = std::make_shared<tier::stale_watch>(each.name);
  }
}

tier::stale_watch* stale_watches::of(std::string const& backend) const {
  auto const found = watches_.find(backend);
  return found == watches_.end() ? nullptr : found->second.get();
}

master_beliefs::master_beliefs(config::configuration const& settings, master_beliefs const* before) {
  using namespace backend::redis;
  for (config::backend_options const& each : settings.backends) {
    auto const* const redis = std::get_if<redis_options>(&each.kind);
    if (!redis || redis->topology != topology::sentinel) continue;
    auto& belief = beliefs_[each.name] = kept_before(before ? &before->beliefs_ : nullptr, each.name);
    if (!belief || belief->of() != redis->sentinel) belief = std::make_shared<master_belief>(redis->sentinel);
  }
}

std::shared_ptr<backend::redis::master_belief> master_beliefs::of(std::string const& backend) const {
  return kept_before(&beliefs_, backend);
}

}  // namespace tandem::server
