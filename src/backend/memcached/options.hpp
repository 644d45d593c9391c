// A pool of memcached servers.
#pragma once

#include "hashing/options.hpp"
#include "net/options.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

struct server_options {
  net::endpoint endpoint;
  std::uint32_t weight = 1;
  std::string name;  // what messages, metrics and explain call it; empty: the endpoint as written

  friend bool operator==(server_options const&, server_options const&) = default;
};

struct pool_options {
  std::vector<server_options> servers;
  hashing::distribution distribution = hashing::distribution::ketama;
  hashing::hash_function hash = hashing::hash_function::md5;
  std::string hash_tag;  // empty, or the opening and the closing character, such as "{}"
  std::vector<std::string> hash_without_prefix = {};  // what clients put before keys and do not hash
  std::uint32_t points = 150;           // of a server of weight 1, with distribution ketama_points
  std::size_t value_max = 1024 * 1024;  // bytes of a value: limits.value, and what tiers put before it

  friend bool operator==(pool_options const&, pool_options const&) = default;
};

}  // namespace tandem::backend::memcached
