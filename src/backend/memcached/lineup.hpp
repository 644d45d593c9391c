// The servers of a pool at one time, and where each key goes among them. Immutable: one is shared by all threads, and by whoever
// looks back at what was before it.
#pragma once

#include "backend/memcached/options.hpp"
#include "base/result.hpp"
#include "hashing/server_ring.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::backend::memcached {

class lineup {
 public:
  /// These servers, placed as the pool's options ask, whatever servers stand there. Takes some milliseconds for a ring of many;
  /// an error where they cannot be placed.
  static base::result<std::shared_ptr<lineup const>> make(pool_options const& pool,
                                                          std::vector<server_options> servers);

  std::vector<server_options> const& servers() const { return servers_; }

  /// The index of the key's server.
  std::size_t server_of(std::string_view key) const { return ring_.server_of(key); }

  std::string_view hashed_part_of(std::string_view key) const { return ring_.hashed_part_of(key); }

 private:
  lineup(std::vector<server_options> servers, hashing::server_ring ring)
      : servers_(std::move(servers)), ring_(std::move(ring)) {}

  std::vector<server_options> servers_;
  hashing::server_ring ring_;
};

}  // namespace tandem::backend::memcached
