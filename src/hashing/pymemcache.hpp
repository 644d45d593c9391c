// pymemcache's HashClient (client/hash.py, rendezvous.py, murmur3.py; checked against pymemcache 3.5.2),
// which is what Django's PyMemcacheCache uses. Every server draws MurmurHash3_x86_32, seed 0, of "NAME-KEY";
// the highest draw wins, and of equal ones the name that sorts last. There are no weights, and the order of
// the list does not matter.
//
// Of a character above U+00FF the lowest byte is hashed, and its length is one. Keys that the application
// gives as bytes rather than str are hashed with Python's b'' around them, and are not found. Its key_prefix
// is not hashed.
//
// NAME is HOST:PORT with the host as the application writes it, and with the port even where that is 11211;
// or the path of a Unix socket.
#pragma once

#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

std::unique_ptr<placement> make_pymemcache_placement(std::span<ring_server const> servers);

}  // namespace tandem::hashing
