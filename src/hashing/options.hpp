// How keys are placed on servers, and the names of it all in the configuration file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace tandem::hashing {

enum class distribution : std::uint8_t {
  ketama,
  ketama_weighted,
  ketama_spymemcached,
  modula,
  jump,
  rendezvous,
  twemproxy,
  dalli,
  pymemcache,
  memjs,
  spymemcached,
  pecl_memcache,
  ketama_points,
  node_memcached,
  modula_weighted,
};

/// libmemcached's hash functions (libhashkit).
enum class hash_function : std::uint8_t {
  one_at_a_time,  // "default" in libmemcached
  md5,
  crc,
  fnv1_64,
  fnv1a_64,
  fnv1_32,
  fnv1a_32,
  hsieh,
  murmur,
  murmur3,
  jenkins,
};

/// In the order of the enum.
inline constexpr std::array<std::string_view, 15> distribution_names{
    "ketama",        "ketama_weighted", "ketama_spymemcached", "modula", "jump",         "rendezvous",
    "twemproxy",     "dalli",           "pymemcache",          "memjs",  "spymemcached", "pecl_memcache",
    "ketama_points", "node_memcached",  "modula_weighted",
};
inline constexpr std::array<std::string_view, 11> hash_function_names{
    "one_at_a_time", "md5",   "crc",    "fnv1_64", "fnv1a_64", "fnv1_32",
    "fnv1a_32",      "hsieh", "murmur", "murmur3", "jenkins",
};

/// What libmemcached and twemproxy call some of the functions.
inline constexpr std::array<std::pair<std::string_view, hash_function>, 2> hash_function_aliases{{
    {"default", hash_function::one_at_a_time},
    {"crc32", hash_function::crc},
}};

constexpr std::string_view to_string(distribution named) {
  return distribution_names[static_cast<std::size_t>(named)];
}

constexpr std::string_view to_string(hash_function named) {
  return hash_function_names[static_cast<std::size_t>(named)];
}

constexpr std::optional<distribution> parse_distribution(std::string_view name) {
  for (std::size_t index = 0; index < distribution_names.size(); ++index) {
    if (distribution_names[index] == name) return static_cast<distribution>(index);
  }
  return std::nullopt;
}

constexpr std::optional<hash_function> parse_hash_function(std::string_view name) {
  for (std::size_t index = 0; index < hash_function_names.size(); ++index) {
    if (hash_function_names[index] == name) return static_cast<hash_function>(index);
  }
  for (auto const& [alias, function] : hash_function_aliases) {
    if (alias == name) return function;
  }
  return std::nullopt;
}

/// Every function, in the order of the enum.
inline constexpr auto every_hash_function = [] {
  std::array<hash_function, hash_function_names.size()> all{};
  for (std::size_t index = 0; index < all.size(); ++index) all[index] = static_cast<hash_function>(index);
  return all;
}();

/// Those of PHP's memcache extension.
inline constexpr std::array pecl_hash_functions{hash_function::crc, hash_function::fnv1a_32};

/// The functions that one may choose; none where the client that is followed has one of its own.
constexpr std::span<hash_function const> hash_functions_of(distribution kind) {
  switch (kind) {
    case distribution::ketama:
    case distribution::ketama_weighted:
    case distribution::ketama_spymemcached:
    case distribution::modula:
    case distribution::jump:
    case distribution::rendezvous:
    case distribution::twemproxy:
    case distribution::modula_weighted: return every_hash_function;
    case distribution::dalli:
    case distribution::pymemcache:
    case distribution::memjs:
    case distribution::spymemcached:
    case distribution::ketama_points:
    case distribution::node_memcached: return {};
    case distribution::pecl_memcache: return pecl_hash_functions;
  }
  return {};
}

/// Whether the installed libmemcached was built with the function: some leave hsieh and the murmurs out.
bool supported(hash_function function);

/// The function of a pool that names none; of no consequence where there is no choice.
constexpr hash_function default_hash_function(distribution kind) {
  return kind == distribution::pecl_memcache ? hash_function::crc : hash_function::md5;
}

/// So that the rings of all workers stay small: 8 MiB each.
inline constexpr std::size_t ring_points_max = std::size_t{1} << 20;

/// How many points a server has per unit of weight, where the number grows with the weights; `points` is the
/// option of ketama_points. 0 where it depends on nothing but the number of servers.
constexpr std::size_t points_per_weight(distribution kind, std::uint32_t points) {
  if (kind == distribution::pecl_memcache) return 160;
  return kind == distribution::ketama_points ? points : 0;
}

/// Debian's libmemcached ends the process on more than a hundred servers on one continuum
/// (MEMCACHED_CONTINUUM_SIZE, hosts.cc). The others have no limit.
constexpr std::optional<std::size_t> servers_max(distribution kind) {
  bool const continuum = kind == distribution::ketama || kind == distribution::ketama_weighted ||
                         kind == distribution::ketama_spymemcached || kind == distribution::twemproxy;
  return continuum ? std::optional<std::size_t>(100) : std::nullopt;
}

/// Whether servers may have different weights.
constexpr bool has_weights(distribution kind) {
  switch (kind) {
    case distribution::modula:
    case distribution::jump:
    case distribution::pymemcache:
    case distribution::memjs:
    case distribution::spymemcached: return false;
    case distribution::ketama:
    case distribution::ketama_weighted:
    case distribution::ketama_spymemcached:
    case distribution::rendezvous:
    case distribution::twemproxy:
    case distribution::dalli:
    case distribution::pecl_memcache:
    case distribution::ketama_points:
    case distribution::node_memcached:
    case distribution::modula_weighted: return true;
  }
  return true;
}

}  // namespace tandem::hashing
