// Rendezvous hashing (Thaler and Ravishankar, "Using Name-Based Mappings to Increase Hit Rates", 1998): every
// server draws a number for the key, and the highest wins. A server that leaves or joins moves its own keys
// only, and the order of the list does not matter. The cost of a key grows with the number of servers.
//
// A draw is h = mix(mix(fnv1a64(name)) ^ hash(key)), mix being splitmix64's finalizer. Where weights differ,
// the score is weight / -ln((h + 1) / 2^64) (Schindelhauer and Schomaker, "Weighted Distributed Hash Tables",
// 2005).
#pragma once

#include "hashing/options.hpp"
#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

/// A server is known by its name, or else by its address.
std::unique_ptr<placement> make_rendezvous_placement(std::span<ring_server const> servers,
                                                     hash_function function);

}  // namespace tandem::hashing
