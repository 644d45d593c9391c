// Twemproxy's `distribution: ketama` (nc_ketama.c, ketama_update): libmemcached's weighted ketama, except
// that the points of a server are named after its name in the configuration. A server without one is called
// HOST where its port is 11211, HOST:PORT elsewhere, and PATH: where it is a Unix socket (nc_conf.c,
// conf_add_server). Twemproxy's hash functions are libmemcached's; its `crc32` is the one called crc there.
#pragma once

#include "base/result.hpp"
#include "hashing/options.hpp"
#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

base::result<std::unique_ptr<placement>> make_twemproxy_placement(std::span<ring_server const> servers,
                                                                  hash_function function);

}  // namespace tandem::hashing
