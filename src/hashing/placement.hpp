// The seam between server_ring and the ways to place keys: a placement maps what is hashed of a key to the
// index of a server. It is immutable and belongs to one ring.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace tandem::hashing {

/// A server as the clients know it that share the pool: placement depends on how its address is written.
struct ring_server {
  std::string host;  // name or address, without brackets; empty for a Unix socket
  std::uint16_t port = 0;
  std::string path;  // of a Unix socket; empty for TCP
  std::uint32_t weight = 1;
  std::string name;  // in place of the address, except for libmemcached's distributions; may be empty

  /// HOST:PORT or the path of the socket.
  std::string address() const { return path.empty() ? host + ":" + std::to_string(port) : path; }

  /// What its points are called by those that go by names.
  std::string known_as() const { return name.empty() ? address() : name; }
};

class placement {
 public:
  virtual ~placement() = default;

  virtual std::size_t server_of(std::string_view hashed) const = 0;
};

}  // namespace tandem::hashing
