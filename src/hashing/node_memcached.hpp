// The ring of npm's memcached (hashring 3.2.0, index.js; checked against memcached 2.2.2). It is
// libmemcached's weighted ketama by MD5, and twemproxy's, except for the number of points: a server has 4 *
// floor(weight / total weight * 40 * servers) of them in double precision, which is 4 * 39 rather than 4 * 40
// for 7, 14, 28, 49, 56 and 98 servers of equal weight.
//
// A server is called HOST where its port is 11211, HOST:PORT elsewhere, as the application writes it.
#pragma once

#include "base/result.hpp"
#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

/// An error where OpenSSL refuses MD5.
base::result<std::unique_ptr<placement>> make_node_memcached_placement(std::span<ring_server const> servers);

}  // namespace tandem::hashing
