#include "hashing/server_ring.hpp"

#include "hashing/jump.hpp"
#include "hashing/key_hash.hpp"
#include "hashing/libmemcached_placement.hpp"
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

std::optional<base::error> find_fault(ring_options const& options) {
  if (options.servers.empty()) return invalid("a pool needs at least one server");
  for (ring_server const& server : options.servers) {
    if (server.weight == 0) return invalid("the weight of " + server.address() + " must be at least 1");
  }
  if (options.distribution == distribution::jump && weights_differ(options.servers)) {
    return invalid("distribution jump has no weights; rendezvous has");
  }
  if (!options.hash_tag.empty() && options.hash_tag.size() != 2) {
    return invalid("hash_tag is \"" + options.hash_tag + "\", and must be two characters such as {}");
  }
  if (!supported(options.hash)) {
    return invalid("the installed libmemcached was built without the hash function " +
                   std::string(to_string(options.hash)));
  }
  return std::nullopt;
}

base::result<std::unique_ptr<placement>> make_placement(ring_options const& options) {
  switch (options.distribution) {
    case distribution::ketama:
    case distribution::ketama_weighted:
    case distribution::ketama_spymemcached:
    case distribution::modula:
      return make_libmemcached_placement(options.servers, options.distribution, options.hash);
    case distribution::jump: return make_jump_placement(options.servers.size(), options.hash);
    case distribution::rendezvous: return make_rendezvous_placement(options.servers, options.hash);
    case distribution::twemproxy: return make_twemproxy_placement(options.servers, options.hash);
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
