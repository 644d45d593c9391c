#include "server/generation.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace tandem::server {
namespace {

/// What is kept of a backend as it was made: its setting, if the options of the two differ.
struct kept_setting {
  std::string operator()(backend::memory::memory_options const& one,
                         backend::memory::memory_options const& other) const {
    return one == other ? "" : "memory.size";
  }
  /// A queue stays with its tiers: what they wrote past it would be overwritten by what it still holds. Leases stay on: what
  /// they have put in L1 has a header, which nobody else is to be given.
  std::string operator()(tier::tiered_options const& one, tier::tiered_options const& other) const {
    if (one.queue && one.queue != other.queue) return "tiered.queue";
    return one.lease.count() > 0 && other.lease.count() == 0 ? "tiered.lease" : "";
  }
  /// A backend that has a queue stays tiered.
  template <class Other>
  std::string operator()(tier::tiered_options const& one, Other const&) const {
    return one.queue ? "tiered.queue" : "";
  }
  template <class One, class Other>
  std::string operator()(One const&, Other const&) const {
    return "";
  }
};

bool is_invalidated(config::configuration const& settings) {
  using namespace backend::redis;
  bool const may_switch = std::ranges::any_of(settings.backends, [](config::backend_options const& each) {
    auto const* const redis = std::get_if<redis_options>(&each.kind);
    return redis && redis->topology == topology::sentinel;
  });
  return may_switch || settings.admin.invalidate || !settings.invalidation.empty();
}

/// A pool that is the L1 of some tiers, if they have one.
config::backend_options const* near_pool(config::configuration const& settings,
                                         tier::tiered_options const& of) {
  auto const found = std::ranges::find(settings.backends, of.l1, &config::backend_options::name);
  return std::holds_alternative<backend::memcached::pool_options>(found->kind) ? &*found : nullptr;
}

/// Of a pool whose servers are found, whichever they are: it knows by itself what is outdated when they become others.
backend::memcached::pool_options as_written(backend::memcached::pool_options pool) {
  if (!pool.discover) return pool;
  pool.servers.clear();
  pool.changes = 0;
  return pool;
}

/// Whether `one` is the L1 of the same L2 in `settings`, on the same terms.
bool has_copies_in(config::configuration const& settings, config::backend_options const& one,
                   std::string const& far) {
  using pool = backend::memcached::pool_options;
  return std::ranges::any_of(settings.backends, [&](config::backend_options const& each) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    if (!tiers || tiers->l1 != one.name || tiers->l2 != far) return false;
    config::backend_options const* const near = near_pool(settings, *tiers);
    return near && near->upstream == one.upstream &&
           as_written(std::get<pool>(near->kind)) == as_written(std::get<pool>(one.kind));
  });
}

}  // namespace

base::result<std::shared_ptr<generation const>> generation::make(config::configuration settings,
                                                                 base::clock const& clock,
                                                                 metrics::registry& registry,
                                                                 names_in_use& names,
                                                                 generation const* before) {
  auto opened = write_back_queues::open(settings, clock, registry, before ? &before->queues : nullptr);
  if (!opened) return opened.error();
  return std::shared_ptr<generation const>(
      new generation(std::move(settings), std::move(*opened), clock, registry, names, before));
}

generation::generation(config::configuration given, write_back_queues opened, base::clock const& clock,
                       metrics::registry& registry, names_in_use& names, generation const* before)
    : names_(names, given),
      settings(std::move(given)),
      stores(settings, clock, registry, before ? &before->stores : nullptr),
      missed(settings, registry, before ? &before->missed : nullptr),
      missed_by_server(settings, registry, before ? &before->missed_by_server : nullptr),
      flushes(settings, before ? &before->flushes : nullptr),
      watches(settings, before ? &before->watches : nullptr),
      stale(settings, before ? &before->stale : nullptr),
      masters(settings, before ? &before->masters : nullptr),
      queues(std::move(opened)) {}

std::optional<std::string> fixed_setting(config::configuration const& now,
                                         config::configuration const& next) {
  if (now.workers != next.workers) return "workers";
  if (now.listen != next.listen) return "listen";
  if (now.admin != next.admin) return "admin";
  if (now.limits != next.limits) return "limits";
  for (config::backend_options const& each : now.backends) {
    auto const after = std::ranges::find(next.backends, each.name, &config::backend_options::name);
    config::backend_options const gone;
    std::string const kept =
        std::visit(kept_setting(), each.kind, (after == next.backends.end() ? gone : *after).kind);
    if (!kept.empty()) return fmt::format("backends.{}.{}", each.name, kept);
  }
  return std::nullopt;
}

bool finds_other_copies(config::configuration const& now, config::configuration const& next) {
  if (!is_invalidated(next)) return false;
  return std::ranges::any_of(next.backends, [&](config::backend_options const& each) {
    auto const* const tiers = std::get_if<tier::tiered_options>(&each.kind);
    config::backend_options const* const near = tiers ? near_pool(next, *tiers) : nullptr;
    return near && !has_copies_in(now, *near, tiers->l2);
  });
}

}  // namespace tandem::server
