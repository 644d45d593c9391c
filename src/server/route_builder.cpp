#include "server/route_builder.hpp"

#include "backend/memcached/pool_route.hpp"
#include "backend/memory/memory_route.hpp"
#include "backend/redis/redis_route.hpp"
#include "base/log.hpp"
#include "net/sleep.hpp"
#include "routing/miss_on_failure_route.hpp"
#include "routing/rule_route.hpp"
#include "tier/near_item.hpp"
#include "tier/own_numbers_route.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <utility>

namespace tandem::server {
namespace {

/// Items of each store that one call of expire_some() looks at.
constexpr std::size_t swept_items_max = 1000;

using made_route = base::result<std::unique_ptr<model::route>>;

base::duration timeout_of(config::configuration const& settings, std::string const& backend) {
  auto const found = std::ranges::find(settings.backends, backend, &config::backend_options::name);
  return found->upstream.timeout;
}

bool is_near(config::configuration const& settings, std::string const& name) {
  return std::ranges::any_of(settings.backends, [&](config::backend_options const& each) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    return tiers && tiers->l1 == name;
  });
}

/// Makes the route of one backend, by its kind. The tiers of a tiered one are there already.
struct backend_builder {
  config::configuration const& settings;
  config::backend_options const& backend;
  worker_parts const& parts;
  route_tree& tree;

  made_route operator()(backend::memcached::pool_options const& options) const {
    backend::memcached::pool_options bounded = options;
    std::size_t const header = is_near(settings, backend.name) ? tier::near_header_bytes : 0;
    bounded.value_max = settings.limits.value + header;
    auto made = backend::memcached::pool_route::make(backend.name, bounded, backend.upstream, around());
    if (!made) return made.error();
    return std::unique_ptr<model::route>(std::move(*made));
  }

  made_route operator()(backend::redis::redis_options const& options) const {
    backend::redis::redis_options bounded = options;
    bounded.value_max = settings.limits.value;
    auto made = std::make_unique<backend::redis::redis_route>(backend.name, bounded, backend.upstream,
                                                              around(), parts.flushes.turns_of(backend.name));
    return options.flush == backend::redis::flush_policy::refuse ? std::move(made)
                                                                 : with_delayed_flush(std::move(made));
  }

  made_route operator()(backend::memory::memory_options const&) const {
    return std::unique_ptr<model::route>(std::make_unique<backend::memory::memory_route>(
        backend.name, parts.stores.named(backend.name), parts.figures));
  }

  made_route operator()(tier::tiered_options const& options) const {
    tier::tier_parts const tiers{
        *tree.backends.at(options.l1),
        *tree.backends.at(options.l2),
        parts.missed.of(backend.name),
        parts.figures,
        parts.clock,
        [&reactor = parts.reactor](base::duration pause) { return net::sleep_for(reactor, pause); },
        unwritten_of(options),
        timeout_of(settings, options.l2)};
    auto& made =
        *tree.tiered.emplace_back(std::make_unique<tier::tiered_route>(backend.name, options, tiers));
    auto* const near = dynamic_cast<backend::memcached::pool_route*>(tree.backends.at(options.l1).get());
    if (near) tree.places.push_back({options.l2, made, *near});
    auto first =
        tree.fronts.put_before(made, {backend.name, options, tiers.near, tiers.far, keeps_flags(options.l2),
                                      parts.reactor, parts.clock, parts.queues});
    return flushes(options.l2) ? with_delayed_flush(std::move(first)) : std::move(first);
  }

 private:
  backend::surroundings around() const { return {parts.reactor, parts.figures, parts.health}; }
  std::function<bool(std::string_view key)> unwritten_of(tier::tiered_options const& options) const;

  std::unique_ptr<model::route> with_delayed_flush(std::unique_ptr<model::route> inner) const;

  backend::redis::redis_options const* redis(std::string const& name) const;
  /// Whether that Redis takes a set with flags.
  bool keeps_flags(std::string const& name) const;
  /// Whether it lets itself be flushed.
  bool flushes(std::string const& name) const;
};

std::function<bool(std::string_view key)> backend_builder::unwritten_of(
    tier::tiered_options const& options) const {
  if (!options.queue) return {};
  return [&queue = parts.queues.named(backend.name)](std::string_view key) {
    return queue.find(key) != nullptr;
  };
}

std::unique_ptr<model::route> backend_builder::with_delayed_flush(std::unique_ptr<model::route> inner) const {
  auto made = std::make_unique<tier::delayed_flush_route>(
      backend.name, *inner, parts.flushes.of(backend.name), parts.clock,
      [&reactor = parts.reactor](base::duration pause) { return net::sleep_for(reactor, pause); });
  tree.behind_flushes.push_back(std::move(inner));
  tree.flushes.push_back(made.get());
  return made;
}

backend::redis::redis_options const* backend_builder::redis(std::string const& name) const {
  auto const named = std::ranges::find(settings.backends, name, &config::backend_options::name);
  return std::get_if<backend::redis::redis_options>(&named->kind);
}

bool backend_builder::keeps_flags(std::string const& name) const {
  auto const* const options = redis(name);
  return !options || options->encoding != backend::redis::encoding::plain ||
         options->flags != backend::redis::flags_policy::refuse;
}

bool backend_builder::flushes(std::string const& name) const {
  auto const* const options = redis(name);
  return options && options->flush != backend::redis::flush_policy::refuse;
}

bool has_tiers(config::backend_options const& backend) {
  return std::holds_alternative<tier::tiered_options>(backend.kind);
}

base::error in_words(std::vector<routing::rule_error> const& faulty) {
  std::string all;
  for (routing::rule_error const& each : faulty) {
    all += fmt::format("{}routes[{}]: {}", all.empty() ? "" : "; ", each.rule, each.message);
  }
  return {base::error_kind::configuration, all};
}

}  // namespace

memory_stores::memory_stores(config::configuration const& settings, base::clock const& clock,
                             metrics::registry& figures) {
  for (config::backend_options const& each : settings.backends) {
    auto const* options = std::get_if<backend::memory::memory_options>(&each.kind);
    if (!options) continue;
    auto& store = stores_[each.name];
    backend::memory::memory_options bounded = *options;
    bounded.value_max = settings.limits.value;
    store = std::make_unique<backend::memory::store>(bounded, clock);
    backend::memory::register_metrics(figures, *store, each.name);
  }
}

void memory_stores::expire_some() {
  for (auto const& [name, store] : stores_) store->expire_some(swept_items_max);
}

missed_removals_by_backend::missed_removals_by_backend(config::configuration const& settings,
                                                       metrics::registry& figures) {
  for (config::backend_options const& each : settings.backends) {
    if (!has_tiers(each)) continue;
    auto& missed = missed_[each.name];
    missed = std::make_unique<tier::missed_removals>();
    figures.add_sampled(metrics::tier_removals_due, {{"backend", each.name}},
                        [&missed = *missed] { return static_cast<double>(missed.size()); });
  }
}

void missed_removals_by_backend::report() const {
  for (auto const& [name, missed] : missed_) {
    if (!missed->any()) continue;
    base::log_warning(
        "backend {}: L1 has not confirmed the removal of {} keys, and may hold older values for l1_ttl", name,
        missed->size());
  }
}

flush_orders::flush_orders(config::configuration const& settings) {
  for (config::backend_options const& each : settings.backends) {
    orders_[each.name] = std::make_unique<tier::flush_order>();
    turns_.try_emplace(each.name);
  }
}

bool route_tree::invalidate(std::string const& far, model::invalidation const& what) {
  bool done = true;
  for (tiers_in_place const& each : places) {
    if (each.far != far) continue;
    if (what.what == model::invalidation::extent::key) {
      done = each.tiers.invalidate(what) && done;
    } else {
      each.near.marks().invalidate(what);
    }
  }
  return done;
}

bool route_tree::busy() const {
  return std::ranges::any_of(tiered, [](auto const& each) { return each->under_way() > 0; }) ||
         std::ranges::any_of(flushes, [](auto const* each) { return each->busy(); });
}

void route_tree::stop() {
  for (tier::delayed_flush_route* each : flushes) each->stop();
  fronts.stop();
  for (auto const& each : tiered) each->stop();
}

namespace {

/// What was read from L2 before an invalidation has come to L1 when both have had their time; what lies in L1 is gone
/// when the longest time that it is given is over, and the second that memcached's clock may lag.
void time_marks(config::configuration const& settings, route_tree& tree) {
  std::map<backend::memcached::pool_route*, backend::memcached::invalidation_marks::timing> times;
  for (config::backend_options const& each : settings.backends) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiers) continue;
    auto* const pool = dynamic_cast<backend::memcached::pool_route*>(tree.backends.at(tiers->l1).get());
    if (!pool) continue;
    auto& time = times[pool];
    time.settle = std::max(time.settle, timeout_of(settings, tiers->l1) + timeout_of(settings, tiers->l2));
    auto const longest = std::max(tiers->l1_ttl, tiers->negative_ttl);
    time.life = std::max<base::duration>(time.life, longest + std::chrono::seconds(2));
  }
  for (auto const& [pool, time] : times) pool->marks().keep(time);
}

/// What rules send keys to, by backend: compositions ask the backends themselves.
std::map<std::string, model::route*> destinations(config::configuration const& settings,
                                                  metrics::worker_metrics& figures, route_tree& tree) {
  std::map<std::string, model::route*> found;
  for (config::backend_options const& each : settings.backends) {
    model::route* to = tree.backends.at(each.name).get();
    if (is_near(settings, each.name)) {
      tree.for_rules.push_back(std::make_unique<tier::own_numbers_route>(each.name, *to));
      to = tree.for_rules.back().get();
    }
    if (each.on_failure == routing::on_failure::miss) {
      tree.for_rules.push_back(std::make_unique<routing::miss_on_failure_route>(each.name, *to, figures));
      to = tree.for_rules.back().get();
    }
    found.emplace(each.name, to);
  }
  return found;
}

}  // namespace

base::result<route_tree> build_routes(config::configuration const& settings, worker_parts const& parts) {
  route_tree tree;
  for (bool const tiers : {false, true}) {
    for (config::backend_options const& each : settings.backends) {
      if (has_tiers(each) != tiers) continue;
      auto made = std::visit(backend_builder{settings, each, parts, tree}, each.kind);
      if (!made) return made.error();
      tree.backends.emplace(each.name, std::move(*made));
    }
  }
  time_marks(settings, tree);
  auto const to = destinations(settings, parts.figures, tree);
  std::vector<routing::bound_rule> rules;
  rules.reserve(settings.routes.size());
  for (routing::rule_options const& each : settings.routes) rules.push_back({each, *to.at(each.to)});
  auto root = routing::rule_route::make(rules, parts.figures);
  if (!root) return in_words(root.error());
  tree.root = std::move(*root);
  return tree;
}

}  // namespace tandem::server
