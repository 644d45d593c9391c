#include "hashing/server_ring.hpp"

#include "hashing/dalli.hpp"
#include "hashing/jump.hpp"
#include "hashing/ketama_points.hpp"
#include "hashing/key_hash.hpp"
#include "hashing/libmemcached_placement.hpp"
#include "hashing/modula_weighted.hpp"
#include "hashing/native_hash.hpp"
#include "hashing/node_memcached.hpp"
#include "hashing/pecl_memcache.hpp"
#include "hashing/pymemcache.hpp"
#include "hashing/rendezvous.hpp"
#include "hashing/twemproxy.hpp"

#include <algorithm>
#include <optional>

namespace tandem::hashing {

namespace {

base::error invalid(std::string message) { return {base::error_kind::configuration, std::move(message)}; }

bool weights_differ(std::vector<ring_server> const& servers) {
  return std::any_of(servers.begin(), servers.end(),
                     [&](ring_server const& each) { return each.weight != servers.front().weight; });
}

std::optional<base::error> find_hash_fault(ring_options const& options) {
  auto const choices = hash_functions_of(options.distribution);
  if (choices.empty()) return std::nullopt;
  if (std::ranges::find(choices, options.hash) == choices.end()) {
    return invalid("distribution " + std::string(to_string(options.distribution)) +
                   " does not take the hash " + std::string(to_string(options.hash)));
  }
  if (supported(options.hash)) return std::nullopt;
  return invalid("the installed libmemcached was built without the hash function " +
                 std::string(to_string(options.hash)));
}

std::optional<base::error> find_fault(ring_options const& options) {
  if (options.servers.empty()) return invalid("a pool needs at least one server");
  for (ring_server const& server : options.servers) {
    if (server.weight == 0) return invalid("the weight of " + server.address() + " must be at least 1");
  }
  // libmemcached takes no notice of those of modula, and neither does this.
  bool const weighted = has_weights(options.distribution) || options.distribution == distribution::modula;
  if (!weighted && weights_differ(options.servers)) {
    return invalid("distribution " + std::string(to_string(options.distribution)) +
                   " has no weights; rendezvous has");
  }
  if (!options.hash_tag.empty() && options.hash_tag.size() != 2) {
    return invalid("hash_tag is \"" + options.hash_tag + "\", and must be two characters such as {}");
  }
  return find_hash_fault(options);
}

base::result<std::unique_ptr<placement>> make_placement(ring_options const& options) {
  auto const& servers = options.servers;
  switch (options.distribution) {
    case distribution::ketama:
    case distribution::ketama_weighted:
    case distribution::ketama_spymemcached:
    case distribution::modula:
      return make_libmemcached_placement(servers, options.distribution, options.hash);
    case distribution::jump: return make_jump_placement(servers.size(), options.hash);
    case distribution::rendezvous: return make_rendezvous_placement(servers, options.hash);
    case distribution::twemproxy: return make_twemproxy_placement(servers, options.hash);
    case distribution::dalli: return make_dalli_placement(servers);
    case distribution::pymemcache: return make_pymemcache_placement(servers);
    case distribution::memjs: return make_memjs_placement(servers.size());
    case distribution::spymemcached: return make_spymemcached_placement(servers.size());
    case distribution::pecl_memcache: return make_pecl_memcache_placement(servers, options.hash);
    case distribution::ketama_points: return make_ketama_points_placement(servers, options.points);
    case distribution::node_memcached: return make_node_memcached_placement(servers);
    case distribution::modula_weighted: return make_modula_weighted_placement(servers, options.hash);
  }
  return invalid("unknown distribution");
}

}  // namespace

base::result<server_ring> server_ring::make(ring_options const& options) {
  if (auto fault = find_fault(options)) return *std::move(fault);
  auto placed = make_placement(options);
  if (!placed) return placed.error();
  return server_ring(std::move(*placed), hashed_part(options.hash_without_prefix, options.hash_tag));
}

}  // namespace tandem::hashing
