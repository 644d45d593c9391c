// Jump consistent hashing (Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014):
// even to a fraction of a per cent without a table, but servers can only be added and removed at the end of
// the list.
#pragma once

#include "hashing/options.hpp"
#include "hashing/placement.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>

namespace tandem::hashing {

/// The bucket of `key` among `buckets`, of which there is at least one.
std::size_t jump(std::uint64_t key, std::size_t buckets);

/// Servers are known by their place in the list alone; their weights are equal.
std::unique_ptr<placement> make_jump_placement(std::size_t servers, hash_function function);

}  // namespace tandem::hashing
