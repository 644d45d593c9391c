// A byte stream over a TCP or Unix socket.
#pragma once

#include "net/byte_stream.hpp"

namespace tandem::net {

class reactor;

/// Takes over a connected socket, and closes it in the end. Null if it cannot be watched.
std::unique_ptr<byte_stream> make_socket_stream(reactor& on, int descriptor);

}  // namespace tandem::net
