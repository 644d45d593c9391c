// Files that this process may have open. The servers and the admin endpoint have theirs first: clients get what is left.
#pragma once

#include "config/configuration.hpp"

#include <cstddef>

namespace tandem::server {

/// Descriptors for all but clients, when every server is connected to: what each worker and the admin endpoint wait with,
/// listeners, connections to servers, journals, look-ups of names, the log, and some to spare.
std::size_t descriptors_apart(config::configuration const& settings, std::size_t workers);

/// How many clients there may be at once: limits.connections, or what a process with `allowed` descriptors has left, but
/// at least one.
std::size_t clients_within(config::configuration const& settings, std::size_t workers, std::size_t allowed);

/// Raises this process's own limit as far as it is needed and allowed, warns if that is not enough, and gives
/// clients_within() it.
std::size_t make_room_for_descriptors(config::configuration const& settings, std::size_t workers);

}  // namespace tandem::server
