// PHP's memcache extension (pecl memcache) with memcache.hash_strategy = consistent
// (memcache_consistent_hash.c; checked against 4.0.5.2, where it is the default). A server NAME has 160
// points per unit of weight, at the hash of "NAME-0", "NAME-1" and so on. A key is counted into one of 1024
// buckets by the remainder of its hash; bucket i belongs to the first point that is not below i * 4194303.
// The hash is CRC-32, or FNV-1a of 32 bits, where both the extension and libmemcached take bytes above 127
// for negative numbers.
//
// NAME is HOST:PORT with the host as the application writes it, and with the port even where that is 11211.
// That of a Unix socket is unix://PATH:0, as addServer("unix://PATH", 0) gives it.
#pragma once

#include "base/result.hpp"
#include "hashing/options.hpp"
#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

/// `function` is crc, which stands for CRC-32 as a whole, or fnv1a_32. An error where the weights are too large.
base::result<std::unique_ptr<placement>> make_pecl_memcache_placement(std::span<ring_server const> servers,
                                                                      hash_function function);

}  // namespace tandem::hashing
