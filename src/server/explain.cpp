#include "server/explain.hpp"

#include "base/log.hpp"
#include "server/discoveries.hpp"
#include "server/route_factory.hpp"

#include <fmt/core.h>

#include <memory>

namespace tandem::server {
namespace {

/// A route tree that serves nobody.
struct idle_routes {
  explicit idle_routes(config::configuration const& settings)
      : stores(settings, clock, registry),
        missed(settings, registry),
        missed_by_server(settings, registry),
        queues(settings, clock),
        flushes(settings),
        watches(settings),
        stale(settings),
        masters(settings),
        reactor(clock),
        built(make_routes(settings, {reactor, registry.add_worker(), health, links, clock, stores, missed,
                                     missed_by_server, queues, flushes, watches, stale, masters})) {}

  base::system_clock clock;
  metrics::registry registry;
  net::server_health health;
  memory_stores stores;
  missed_removals_by_backend missed;
  missed_removals_by_server missed_by_server;
  write_back_queues queues;
  flush_orders flushes;
  stand_in_watches watches;
  stale_watches stale;
  master_beliefs masters;
  net::reactor reactor;
  net::link_registry links{reactor};
  base::result<model::route_tree> built;
};

}  // namespace

std::string check_routes(config::configuration const& settings) {
  idle_routes const routes(settings);
  return routes.built ? std::string() : routes.built.error().message;
}

explained_key explain_key(model::route const& root, std::string_view key, model::explanation::scope of) {
  model::explanation where;
  where.of = of;
  root.explain(key, where);
  if (where.backend.empty())
    return {fmt::format("{}: no rule matches; a client gets SERVER_ERROR", key), false};
  std::string const renamed =
      where.key == key || where.key.empty() ? "" : fmt::format(" as \"{}\"", where.key);
  std::string const structure = where.structure.empty() ? "" : fmt::format(" ({})", where.structure);
  return {fmt::format("{}: rule {} -> backend {} -> {}{}{}", key, where.rule, where.backend,
                      where.destination, renamed, structure),
          true};
}

int explain_keys(config::configuration const& settings, std::vector<std::string> const& keys) {
  base::set_log_level(base::log_level::warning);
  base::system_clock const clock;
  metrics::registry registry;
  discoveries found(clock, registry, std::make_shared<net::name_resolver>());
  found.watch(settings);
  idle_routes const routes(found.filled(settings));
  if (!routes.built) {
    fmt::print(stderr, "tandem: {}\n", routes.built.error().message);
    return 1;
  }
  int status = 0;
  for (std::string const& key : keys) {
    explained_key const said = explain_key(routes.built->root(), key, model::explanation::scope::configured);
    fmt::print("{}\n", said.line);
    if (!said.has_rule) status = 1;
  }
  return status;
}

}  // namespace tandem::server
