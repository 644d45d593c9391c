// The ring of Perl's Cache::Memcached::Fast with ketama_points (src/dispatch_key.c; checked against 0.28). A
// server of HOST and PORT has so many points per unit of weight. The first is at CRC-32(HOST, a zero byte, PORT,
// four zero bytes); each next one has, instead of those four, the place of the one before, least significant byte
// first. A key belongs to the first point that is not below its CRC-32. The client's namespace is hashed only if
// hash_namespace is on.
//
// HOST and PORT are what stands before and behind the last colon of the address as the application writes it;
// that of a Unix socket is its path.
#pragma once

#include "base/result.hpp"
#include "hashing/placement.hpp"

#include <cstdint>
#include <memory>
#include <span>

namespace tandem::hashing {

/// `points` is the client's ketama_points, at least 1. An error where they are too many for these weights.
base::result<std::unique_ptr<placement>> make_ketama_points_placement(std::span<ring_server const> servers,
                                                                      std::uint32_t points);

}  // namespace tandem::hashing
