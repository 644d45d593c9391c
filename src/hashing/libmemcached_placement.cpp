#include "hashing/libmemcached_placement.hpp"

#include "hashing/key_hash.hpp"

#include <cassert>
#include <string>

namespace tandem::hashing {

namespace {

struct freeing {
  void operator()(memcached_st* client) const { memcached_free(client); }
};
using client_pointer = std::unique_ptr<memcached_st, freeing>;

class libmemcached_placement final : public placement {
 public:
  explicit libmemcached_placement(client_pointer client) : client_(std::move(client)) {}

  std::size_t server_of(std::string_view hashed) const override {
    return memcached_generate_hash(client_.get(), hashed.data(), hashed.size());
  }

 private:
  client_pointer client_;
};

base::error refusal(std::string const& what, memcached_return_t why) {
  return {base::error_kind::configuration,
          "libmemcached refuses " + what + ": " + memcached_strerror(nullptr, why)};
}

memcached_return_t set(memcached_st* client, memcached_behavior_t behavior, std::uint64_t value) {
  return memcached_behavior_set(client, behavior, value);
}

memcached_return_t set_distribution(memcached_st* client, distribution kind) {
  switch (kind) {
    case distribution::ketama: return set(client, MEMCACHED_BEHAVIOR_KETAMA, 1);
    case distribution::ketama_weighted: return set(client, MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1);
    case distribution::ketama_spymemcached:
      // Alone, SPY would hash each point by the key's function; spymemcached takes four points from one MD5,
      // and that is what the weighted flag, which stays on, brings about.
      if (auto const done = set(client, MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1); memcached_failed(done)) {
        return done;
      }
      return set(client, MEMCACHED_BEHAVIOR_DISTRIBUTION, MEMCACHED_DISTRIBUTION_CONSISTENT_KETAMA_SPY);
    case distribution::modula:
      return set(client, MEMCACHED_BEHAVIOR_DISTRIBUTION, MEMCACHED_DISTRIBUTION_MODULA);
    case distribution::jump:
    case distribution::rendezvous:
    case distribution::twemproxy:
    case distribution::dalli:
    case distribution::pymemcache:
    case distribution::memjs:
    case distribution::spymemcached:
    case distribution::pecl_memcache:
    case distribution::ketama_points:
    case distribution::node_memcached:
    case distribution::modula_weighted: break;
  }
  assert(false);
  return MEMCACHED_INVALID_ARGUMENTS;
}

memcached_return_t add(memcached_st* client, ring_server const& server) {
  if (!server.path.empty()) {
    return memcached_server_add_unix_socket_with_weight(client, server.path.c_str(), server.weight);
  }
  return memcached_server_add_with_weight(client, server.host.c_str(), server.port, server.weight);
}

/// Whether the library's server at `index` is ours at `index`.
bool same_server(memcached_st const* client, std::size_t index, ring_server const& server) {
  auto const* const known = memcached_server_instance_by_position(client, static_cast<std::uint32_t>(index));
  if (known == nullptr) return false;
  std::string_view const name = memcached_server_name(known);
  if (!server.path.empty()) return name == server.path;
  return name == server.host && memcached_server_port(known) == server.port;
}

static_assert(servers_max(distribution::ketama) == MEMCACHED_CONTINUUM_SIZE / MEMCACHED_POINTS_PER_SERVER);

}  // namespace

base::result<std::unique_ptr<placement>> make_libmemcached_placement(std::span<ring_server const> servers,
                                                                     distribution kind,
                                                                     hash_function function) {
  if (servers.size() > servers_max(kind).value_or(servers.size())) {
    return base::error{base::error_kind::configuration,
                       "libmemcached places keys on " + std::to_string(*servers_max(kind)) +
                           " servers at most; for larger pools there are jump, rendezvous and modula"};
  }
  client_pointer client(memcached_create(nullptr));
  if (!client) return refusal("to start", MEMCACHED_MEMORY_ALLOCATION_FAILURE);

  // The order matters: the weighted kinds reset the hash function, a distribution that comes after the
  // servers forgets their weights, and points are computed by the function that is set when a server is
  // added.
  if (auto const done = set_distribution(client.get(), kind); memcached_failed(done)) {
    return refusal("the distribution " + std::string(to_string(kind)), done);
  }
  auto const hashed = set(client.get(), MEMCACHED_BEHAVIOR_HASH, libmemcached_hash(function));
  if (memcached_failed(hashed)) return refusal("the hash " + std::string(to_string(function)), hashed);

  for (ring_server const& server : servers) {
    auto const done = add(client.get(), server);
    if (memcached_failed(done)) return refusal("the server " + server.address(), done);
  }
  for (std::size_t index = 0; index < servers.size(); ++index) {
    if (same_server(client.get(), index, servers[index])) continue;
    return base::error{base::error_kind::configuration,
                       "libmemcached does not keep the order of the servers at " + servers[index].address()};
  }
  return std::unique_ptr<placement>(new libmemcached_placement(std::move(client)));
}

}  // namespace tandem::hashing
