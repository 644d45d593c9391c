// The readers of the file's sections, one source file each. They report what is wrong to the node's findings;
// what they return is meaningful only if nothing was.
#pragma once

#include "config/configuration.hpp"
#include "config/node.hpp"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::config {

class section_reader;

std::vector<net::listener_options> read_listen(node const& section);
admin::admin_options read_admin(node const& section);
frontend::limits_options read_limits(node const& section);

/// Where this process and its servers are. A zone's name is short and plain.
net::zone_options read_zones(section_reader const& root);
void read_zone(section_reader const& keys, std::string& into);

/// What says that zones decide needs to know the own one.
void check_zone_known(section_reader const& keys, std::string_view key, net::zone_options const& zones);

/// Whether what is read by zone can find anything in it.
void check_zones(section_reader const& root, configuration const& read);

/// Every backend by name, also one with errors, so that the rules that name it are not wrong as well.
std::vector<backend_options> read_backends(node const& section, net::zone_options const& zones);

/// The body of each kind of backend. `connections` belongs to the kinds that have servers.
backend::redis::redis_options read_redis(node const& section, net::upstream_options& upstream,
                                         net::zone_options const& zones);
backend::memory::memory_options read_memory(node const& section);

/// What a backend that has servers says of those that fail.
inline constexpr std::array<std::string_view, 4> guard_keys{"retry", "circuit_breaker", "probe", "resolve"};
void read_guard(section_reader const& keys, net::upstream_options& upstream);

/// Where a backend that is made of others names one, which may be defined below it.
struct reference {
  enum class part : std::uint8_t { any, l1, l2, copy, replica, gutter };

  node value;
  part as;
  std::string name;
  std::string owner;  // the backend that is made of it
};

/// A pool may name who stands in for servers that fail.
backend::memcached::pool_options read_memcached(node const& section, backend_options& owner,
                                                std::vector<reference>& references);

/// What the names refer to is left to check_references(), when all backends are read.
tier::tiered_options read_tiered(node const& section, std::string const& owner,
                                 std::vector<reference>& references);
routing::split_options read_split(node const& section, std::string const& owner,
                                  std::vector<reference>& references);
routing::failover_options read_failover(node const& section, std::string const& owner,
                                        std::vector<reference>& references);
routing::coalesce_options read_coalesce(node const& section, std::string const& owner,
                                        std::vector<reference>& references);
routing::shadow_options read_shadow(node const& section, std::string const& owner,
                                    std::vector<reference>& references);
routing::replicated_options read_replicated(node const& section, std::string const& owner,
                                            std::vector<reference>& references,
                                            net::zone_options const& zones);
void check_references(std::vector<reference> const& references, std::vector<backend_options> const& backends);

std::vector<routing::rule_options> read_routes(node const& section,
                                               std::vector<backend_options> const& backends);

std::vector<backend::redis::subscription_options> read_invalidation(
    node const& section, std::vector<backend_options> const& backends);

}  // namespace tandem::config
