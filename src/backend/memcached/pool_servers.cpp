#include "backend/memcached/pool_servers.hpp"

#include <utility>

namespace tandem::backend::memcached {

pool_servers::pool_servers(terms on, std::shared_ptr<lineup const> placed, surroundings const& around)
    : on_(std::move(on)),
      around_(around),
      lineup_(std::move(placed)),
      servers_(make_servers()),
      marks_(on_.name, servers_, on_.upstream.timeout, around.reactor, around.worker_metrics) {}

std::vector<server_pointer> pool_servers::make_servers() const {
  std::vector<server_pointer> made;
  for (server_options const& each : lineup_->servers()) {
    link_terms const terms{each.endpoint, on_.upstream, on_.options.value_max};
    made.emplace_back(new server(around_, net::server_name{on_.name, each.known_as()}, terms));
  }
  return made;
}

}  // namespace tandem::backend::memcached
