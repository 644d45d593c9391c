// Placement as libmemcached's own clients compute it (pylibmc, php-memcached and others), by asking
// libmemcached. It never connects.
//
// libmemcached names a server's points on the ring after its host and port, and leaves a port of 11211 out;
// servers keep the order in which they are given (its SORT_HOSTS is off). How its clients come to each
// setting:
//   ketama              pylibmc {"ketama": True}, php DISTRIBUTION_CONSISTENT. Points and keys are hashed by
//                       the function chosen before the distribution; once a weight exceeds 1, points as below.
//   ketama_weighted     pylibmc {"ketama_weighted": True}, php OPT_LIBKETAMA_COMPATIBLE. Points by MD5.
//   ketama_spymemcached points called /HOST:PORT, as libmemcached takes the Java client to do, by MD5.
//                       spymemcached 2.12.3 leaves the slash out; twemproxy's distribution is what fits it.
//   modula              the library's default. Weights have no effect.
#pragma once

#include "base/result.hpp"
#include "hashing/options.hpp"
#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

/// `distribution` is one of the four above.
base::result<std::unique_ptr<placement>> make_libmemcached_placement(std::span<ring_server const> servers,
                                                                     distribution kind,
                                                                     hash_function function);

}  // namespace tandem::hashing
