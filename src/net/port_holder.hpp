// Who has an address that cannot be listened on, for the error that says so. Called when a start fails; reads /proc, which
// shows processes of other users to root only.
#pragma once

#include "net/options.hpp"

#include <sys/socket.h>

#include <string>

namespace tandem::net {

/// What follows "Address already in use": ", by memcached (process 4711)". Where the process cannot be told, the command
/// that tells it.
std::string held_by(endpoint const& where, sockaddr const& address);

}  // namespace tandem::net
