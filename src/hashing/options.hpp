// How keys are placed on servers, and the names of it all in the configuration file.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
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
inline constexpr std::array<std::string_view, 7> distribution_names{
    "ketama", "ketama_weighted", "ketama_spymemcached", "modula", "jump", "rendezvous", "twemproxy",
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

}  // namespace tandem::hashing
