// Ports for the servers of a test, below the range from which the kernel takes the ports of outgoing
// connections, so that a server can be stopped and started on its port again.
#pragma once

#include <cstdint>

namespace tandem::test {

/// A TCP port on which nothing listens on the loopback address. Never the same one twice in a process, and
/// programs that run at the same time search different ranges: a server that is away must find its port free again.
std::uint16_t free_port();

}  // namespace tandem::test
