// What one Sentinel says of the master: its address, its replicas, and the epoch of the configuration that made it the master, which
// grows with every failover. The address is that of SENTINEL GET-MASTER-ADDR-BY-NAME: the Sentinel that leads a failover
// tells the promoted replica there as soon as that is one, while SENTINEL MASTER has the old one until all is over.
#pragma once

#include "base/output_buffer.hpp"
#include "base/result.hpp"
#include "net/options.hpp"
#include "protocol/redis/reply.hpp"

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tandem::backend::redis {

struct sentinel_view {
  net::endpoint master;
  std::uint64_t epoch = 0;
  std::vector<net::endpoint> replicas{};

  static constexpr std::uint32_t replies = 3;
  static constexpr std::size_t replicas_max = 64;  // more are left out

  static void ask(std::string_view master, base::output_buffer& output);

  /// Reads the answers to that; the error is in the Sentinel's words where it has any.
  static base::result<sentinel_view> read(std::span<protocol::redis::reply const> received);

  friend bool operator==(sentinel_view const&, sentinel_view const&) = default;
};

}  // namespace tandem::backend::redis
