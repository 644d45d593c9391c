#include "backend/memcached/pool_servers.hpp"

#include <utility>

namespace tandem::backend::memcached {
namespace {

std::vector<std::string> names_of(pool_options const& options) {
  std::vector<std::string> names;
  names.reserve(options.servers.size());
  for (server_options const& each : options.servers)
    names.push_back(each.name.empty() ? each.endpoint.str() : each.name);
  return names;
}

std::vector<std::unique_ptr<server>> servers_of(pool_servers::terms const& on,
                                                std::vector<std::string> const& names,
                                                surroundings const& around) {
  std::vector<std::unique_ptr<server>> made;
  made.reserve(names.size());
  for (std::size_t at = 0; at < names.size(); ++at) {
    made.push_back(std::make_unique<server>(
        around, net::server_name{on.name, names[at]},
        link_terms{on.options.servers[at].where(), on.upstream, on.options.value_max}));
  }
  return made;
}

}  // namespace

pool_servers::pool_servers(terms const& on, surroundings const& around)
    : names_(names_of(on.options)),
      servers_(servers_of(on, names_, around)),
      marks_(on.name, servers_, on.upstream.timeout, around.reactor, around.worker_metrics),
      reactor_(around.reactor),
      others_before_(on.options.changes > 0) {}

pool_servers::~pool_servers() {
  for (auto const& each : watched_) servers_[each->at]->follow_no_more(*each);
}

void pool_servers::begin() {
  while (watched_.size() < servers_.size()) {
    auto& each = watched_.emplace_back(std::make_unique<watched>(*this, watched_.size()));
    servers_[each->at]->follow(*each);
  }
  if (!std::exchange(others_before_, false)) return;
  marks_.invalidate({model::invalidation::extent::everything, {}, reactor_.now()});
}

}  // namespace tandem::backend::memcached
