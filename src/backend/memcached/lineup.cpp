#include "backend/memcached/lineup.hpp"

namespace tandem::backend::memcached {

base::result<std::shared_ptr<lineup const>> lineup::make(pool_options const& pool,
                                                         std::vector<server_options> servers) {
  hashing::ring_options placed{
      {}, pool.distribution, pool.hash, pool.hash_tag, pool.hash_without_prefix, pool.points};
  for (server_options const& each : servers) {
    net::endpoint const& where = each.endpoint;
    placed.servers.push_back({where.host, where.port, where.path, each.weight, each.name});
  }
  auto ring = hashing::server_ring::make(placed);
  if (!ring) return ring.error();
  return std::shared_ptr<lineup const>(new lineup(std::move(servers), std::move(*ring)));
}

}  // namespace tandem::backend::memcached
