// dalli's ring (lib/dalli/ring.rb; checked against dalli 3.0.6). A server NAME of n has 160 * n * weight /
// total weight points, rounded down, at the first four bytes of SHA-1("NAME:0"), SHA-1("NAME:1") and so on,
// most significant first. A key belongs to the last point that is not above its CRC-32.
//
// NAME is HOST:PORT with the host as the application writes it, without the brackets of an IPv6 address, and
// with the port even where that is 11211; or the path of a Unix socket.
#pragma once

#include "hashing/placement.hpp"

#include <memory>
#include <span>

namespace tandem::hashing {

/// The number of points does not depend on the weights' size: 160 per server.
std::unique_ptr<placement> make_dalli_placement(std::span<ring_server const> servers);

}  // namespace tandem::hashing
