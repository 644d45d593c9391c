#include "server/route_builder.hpp"

#include "backend/memcached/pool_route.hpp"
#include "backend/memory/memory_route.hpp"
#include "backend/redis/redis_route.hpp"
#include "routing/rule_route.hpp"

#include <fmt/core.h>

#include <utility>

namespace tandem::server {
namespace {

/// Items of each store that one call of expire_some() looks at.
constexpr std::size_t swept_items_max = 1000;

using made_route = base::result<std::unique_ptr<model::route>>;

/// Makes the route of one backend, by its kind.
struct backend_builder {
  config::backend_options const& backend;
  worker_parts const& parts;

  made_route operator()(backend::memcached::pool_options const& options) const {
    auto made = backend::memcached::pool_route::make(backend.name, options, backend.upstream, parts.reactor,
                                                     parts.figures);
    if (!made) return made.error();
    return std::unique_ptr<model::route>(std::move(*made));
  }

  made_route operator()(backend::redis::redis_options const& options) const {
    return std::unique_ptr<model::route>(std::make_unique<backend::redis::redis_route>(
        backend.name, options, backend.upstream, parts.reactor, parts.figures));
  }

  made_route operator()(backend::memory::memory_options const&) const {
    return std::unique_ptr<model::route>(std::make_unique<backend::memory::memory_route>(
        backend.name, parts.stores.named(backend.name), parts.figures));
  }
};

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
    store = std::make_unique<backend::memory::store>(*options, clock);
    backend::memory::register_metrics(figures, *store, each.name);
  }
}

void memory_stores::expire_some() {
  for (auto const& [name, store] : stores_) store->expire_some(swept_items_max);
}

base::result<route_tree> build_routes(config::configuration const& settings, worker_parts const& parts) {
  route_tree tree;
  for (config::backend_options const& each : settings.backends) {
    auto made = std::visit(backend_builder{each, parts}, each.kind);
    if (!made) return made.error();
    tree.backends.emplace(each.name, std::move(*made));
  }
  std::vector<routing::bound_rule> rules;
  for (routing::rule_options const& each : settings.routes)
    rules.push_back({each, *tree.backends.at(each.to)});
  auto root = routing::rule_route::make(rules, parts.figures);
  if (!root) return in_words(root.error());
  tree.root = std::move(*root);
  return tree;
}

}  // namespace tandem::server
