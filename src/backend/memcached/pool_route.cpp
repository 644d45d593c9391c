#include "backend/memcached/pool_route.hpp"

#include "backend/reconnect.hpp"

namespace tandem::backend::memcached {
namespace {

hashing::ring_options ring_options_of(pool_options const& options) {
  hashing::ring_options ring{{}, options.distribution, options.hash, options.hash_tag};
  for (server_options const& each : options.servers) {
    net::endpoint const& where = each.endpoint;
    ring.servers.push_back({where.host, where.port, where.path, each.weight, each.name});
  }
  return ring;
}

}  // namespace

base::result<std::unique_ptr<pool_route>> pool_route::make(std::string name, pool_options const& options,
                                                           net::upstream_options const& upstream,
                                                           net::reactor& reactor,
                                                           metrics::worker_metrics& figures) {
  auto ring = hashing::server_ring::make(ring_options_of(options));
  if (!ring) return base::error{ring.error().kind, "backend " + name + ": " + ring.error().message};
  std::unique_ptr<pool_route> made(new pool_route(std::move(name), std::move(*ring), figures));
  made->timeout_ = upstream.timeout;
  for (server_options const& each : options.servers) {
    std::string const server_name = each.name.empty() ? each.endpoint.str() : each.name;
    net::pipeline_options const link{each.endpoint, upstream,
                                     net::upstream_instruments(figures, made->name_, server_name),
                                     jittered_pauses(upstream)};
    made->servers_.push_back(
        std::make_unique<server>(reactor, link, "backend " + made->name_ + " server " + server_name));
    made->server_names_.push_back(server_name);
  }
  return made;
}

pool_route::pool_route(std::string name, hashing::server_ring ring, metrics::worker_metrics& figures)
    : name_(std::move(name)), ring_(std::move(ring)), meter_(figures, name_) {}

base::task<model::response> pool_route::handle(model::request const& asked, model::request_context& context) {
  if (asked.command == model::verb::flush) return flush(asked, context);
  return servers_[ring_.server_of(asked.key.view())]->ask(asked, context, {timeout_, &meter_});
}

base::task<model::response> pool_route::flush(model::request const& asked, model::request_context& context) {
  base::time_point const started = context.clock.now();
  std::vector<base::task<model::response>> flushes;
  flushes.reserve(servers_.size());
  for (auto const& each : servers_) flushes.push_back(each->ask(asked, context, {timeout_}));
  model::response combined = model::response::of(model::status::ok);
  for (model::response& each : co_await base::when_all(flushes)) {
    if (each.failed() && !combined.failed()) combined = std::move(each);
  }
  meter_.record(asked, combined, context.clock.now() - started);
  co_return combined;
}

void pool_route::explain(std::string_view key, model::explanation& where) const {
  where.backend = name_;
  where.key = key;
  where.destination = "server " + server_names_[ring_.server_of(key)];
}

}  // namespace tandem::backend::memcached
