#include "server/replica_zones.hpp"

#include <algorithm>
#include <unordered_set>
#include <variant>
#include <vector>

namespace tandem::server {
namespace {

/// Adds the zone of each server that it has itself; an empty one where that is not known.
struct zone_finder {
  net::zone_options const& zones;
  std::vector<std::string_view>& found;

  void operator()(backend::memcached::pool_options const& pool) const {
    for (backend::memcached::server_options const& each : pool.servers) add(each.endpoint);
    if (pool.servers.empty()) found.emplace_back();
  }
  void operator()(backend::redis::redis_options const& redis) const {
    for (net::endpoint const& each : redis.servers) add(each);
    if (redis.topology != backend::redis::topology::single) found.emplace_back();
  }
  void operator()(backend::memory::memory_options const&) const { found.emplace_back(); }
  template <class Composed>
  void operator()(Composed const&) const {}

  void add(net::endpoint const& where) const { found.push_back(zones.zone_of(where)); }
};

}  // namespace

std::string zone_of(config::composition const& all, net::zone_options const& zones, std::string_view name) {
  std::vector<config::backend_options const*> reached{all.find(name)};
  std::unordered_set<config::backend_options const*> seen(reached.begin(), reached.end());
  std::vector<std::string_view> found;
  for (std::size_t at = 0; at < reached.size(); ++at) {
    config::backend_options const& each = *reached[at];
    if (!each.zone.empty()) {
      found.push_back(each.zone);
      continue;
    }
    std::visit(zone_finder{zones, found}, each.kind);
    if (config::has_store(each)) continue;  // who stands in for its servers says nothing of them
    for (std::string_view const part : config::parts_of(each)) {
      if (config::backend_options const* const one = all.find(part); seen.insert(one).second)
        reached.push_back(one);
    }
  }
  bool const in_one =
      std::ranges::all_of(found, [&](std::string_view each) { return each == found.front(); });
  return in_one && !found.empty() ? std::string(found.front()) : std::string();
}

}  // namespace tandem::server
