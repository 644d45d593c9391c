// Whoever can be asked which servers a pool has: a name's addresses (dns_source.hpp), a configuration endpoint
// (elasticache_source.hpp), a test. Asked by a server_watch, on the thread of an event loop.
#pragma once

#include "backend/memcached/options.hpp"
#include "base/result.hpp"

#include <cstdint>
#include <functional>
#include <vector>

namespace tandem::backend::memcached {

struct found_servers {
  std::vector<server_options> servers;  // in an order that is always the same; none twice
  std::uint64_t version = 0;            // grows with each change; 0 always, if nobody counts
};

class server_source {
 public:
  using listener = std::function<void(base::result<found_servers> found)>;

  virtual ~server_source() = default;

  /// Calls `told` once, perhaps before this returns, unless it is dropped by then. One question at a time.
  virtual void ask(listener told) = 0;

  /// Nobody waits for the answer any more.
  virtual void drop() = 0;

 protected:
  server_source() = default;
  server_source(server_source const&) = delete;
  server_source& operator=(server_source const&) = delete;
};

}  // namespace tandem::backend::memcached
