// Every kind of backend behind one daemon: what stands before the colon of a key says which one has it, and is the
// backend's name. Tiers are named after the way they write; `bare` has no leases.
#pragma once

#include "support/memcached_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

class every_backend {
 public:
  static std::vector<std::string> const& names();

  /// Whether a value lies in Redis without a frame: `plain`, and the tiers in front of it.
  static bool is_plain(std::string_view name);

  tandem_daemon& tandem() { return tandem_; }
  text_client connect() const { return tandem_.connect(); }

  /// Writes a string where `framed` has the key, as another program would.
  void store_bare(std::string const& key, std::string_view value);

 private:
  std::string config() const;

  std::array<memcached_server, 3> pool_;
  std::array<memcached_server, 3> near_;
  redis_server redis_;
  redis_cluster cluster_;
  tandem_daemon tandem_{config()};
};

}  // namespace tandem::test
