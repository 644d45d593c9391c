// Streams over TCP, to an address or to a name that is looked up first, and over Unix sockets.
#pragma once

#include "net/connector.hpp"

namespace tandem::net {

/// Has no state: one for all.
connector const& socket_connector();

}  // namespace tandem::net
