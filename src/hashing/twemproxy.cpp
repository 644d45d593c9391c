#include "hashing/twemproxy.hpp"

#include "hashing/libmemcached_placement.hpp"

#include <libmemcached/memcached.h>

#include <vector>

namespace tandem::hashing {

namespace {

std::string name_in_twemproxy(ring_server const& server) {
  if (!server.name.empty()) return server.name;
  if (!server.path.empty()) return server.path + ":";
  return server.port == MEMCACHED_DEFAULT_PORT ? server.host : server.address();
}

}  // namespace

base::result<std::unique_ptr<placement>> make_twemproxy_placement(std::span<ring_server const> servers,
                                                                  hash_function function) {
  // libmemcached calls the points of a server at port 11211 after its host alone, so a host that is the name
  // gives twemproxy's ring, point by point.
  std::vector<ring_server> renamed;
  renamed.reserve(servers.size());
  for (ring_server const& server : servers) {
    renamed.push_back({name_in_twemproxy(server), MEMCACHED_DEFAULT_PORT, "", server.weight, ""});
  }
  return make_libmemcached_placement(renamed, distribution::ketama_weighted, function);
}

}  // namespace tandem::hashing
