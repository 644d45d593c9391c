// modula for clients that put a server of weight 2 into their list twice: python-memcached, Perl's
// Cache::Memcached and its Fast, and pecl memcache's standard strategy. The hash is taken modulo the sum of
// the weights, of which each server in turn has as many values as its weight. libmemcached's own modula takes
// no notice of weights.
#pragma once

#include "hashing/options.hpp"
#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

std::unique_ptr<placement> make_modula_weighted_placement(std::span<ring_server const> servers,
                                                          hash_function function);

}  // namespace tandem::hashing
