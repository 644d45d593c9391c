// Who is at the other end of a connection, as far as limits of clients tell them apart: the address without the port. An IPv4
// address is the same whether it came over an IPv4 or an IPv6 listener.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace tandem::net {

using peer_address = std::array<std::uint8_t, 16>;  // IPv6; IPv4 as ::ffff:a.b.c.d

/// None: not over TCP, or the connection is gone.
std::optional<peer_address> peer_address_of(int descriptor);

/// Whom a limit counts as one: an IPv4 address is whole, and of an IPv6 address the first 64 bits count, for whoever has a network has all
/// addresses of such a one to choose from.
peer_address network_of(peer_address const& one);

std::string to_string(peer_address const& one);

}  // namespace tandem::net
