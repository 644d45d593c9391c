// A pool of memcached servers: those that are listed, or those that somebody tells.
#pragma once

#include "hashing/options.hpp"
#include "net/options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

struct server_options {
  net::endpoint endpoint;
  std::uint32_t weight = 1;
  std::string name;          // what messages, metrics and explain call it; empty: the endpoint as written
  std::string address = {};  // what its host's name stands for; empty: that is to be looked up

  /// Where it is connected to: keys are placed by the name, which stays when the address changes.
  net::endpoint where() const {
    net::endpoint made = endpoint;
    if (!address.empty()) made.host = address;
    return made;
  }

  std::string shown_name() const { return name.empty() ? endpoint.str() : name; }

  friend bool operator==(server_options const&, server_options const&) = default;
};

/// Who says which servers there are.
enum class discovery_source : std::uint8_t {
  dns,          // a name, whose addresses they are
  elasticache,  // a configuration endpoint, which is asked
};

struct discovery_options {
  discovery_source source = discovery_source::dns;
  net::endpoint from;  // the name, and the port of every server; or whom to ask
  std::chrono::milliseconds every{30'000};

  /// As `tandem` says it.
  std::string str() const { return (source == discovery_source::dns ? "dns " : "elasticache ") + from.str(); }

  friend bool operator==(discovery_options const&, discovery_options const&) = default;
};

struct pool_options {
  std::vector<server_options> servers;
  hashing::distribution distribution = hashing::distribution::ketama;
  hashing::hash_function hash = hashing::hash_function::md5;
  std::string hash_tag;  // empty, or the opening and the closing character, such as "{}"
  std::vector<std::string> hash_without_prefix = {};  // what clients put before keys and do not hash
  std::uint32_t points = 150;           // of a server of weight 1, with distribution ketama_points
  std::size_t value_max = 1024 * 1024;  // bytes of a value: limits.value, and what tiers put before it
  std::optional<discovery_options> discover =
      {};                     // then `servers` are those that were found: none before the first answer
  std::uint64_t changes = 0;  // how often others were found: those that are there may have had any key before

  friend bool operator==(pool_options const&, pool_options const&) = default;
};

}  // namespace tandem::backend::memcached
