// libmemcached's hash functions under our names.
#pragma once

#include "hashing/options.hpp"

#include <libmemcached/memcached.h>

#include <cstdint>
#include <string_view>

namespace tandem::hashing {

constexpr memcached_hash_t libmemcached_hash(hash_function function) {
  switch (function) {
    case hash_function::one_at_a_time: return MEMCACHED_HASH_DEFAULT;
    case hash_function::md5: return MEMCACHED_HASH_MD5;
    case hash_function::crc: return MEMCACHED_HASH_CRC;
    case hash_function::fnv1_64: return MEMCACHED_HASH_FNV1_64;
    case hash_function::fnv1a_64: return MEMCACHED_HASH_FNV1A_64;
    case hash_function::fnv1_32: return MEMCACHED_HASH_FNV1_32;
    case hash_function::fnv1a_32: return MEMCACHED_HASH_FNV1A_32;
    case hash_function::hsieh: return MEMCACHED_HASH_HSIEH;
    case hash_function::murmur: return MEMCACHED_HASH_MURMUR;
    case hash_function::murmur3: return MEMCACHED_HASH_MURMUR3;
    case hash_function::jenkins: return MEMCACHED_HASH_JENKINS;
  }
  return MEMCACHED_HASH_DEFAULT;
}

inline std::uint32_t key_hash(std::string_view key, hash_function function) {
  return memcached_generate_hash_value(key.data(), key.size(), libmemcached_hash(function));
}

}  // namespace tandem::hashing
