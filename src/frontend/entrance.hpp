// One listener, as the sessions of its clients see it: the servers that it tells them to use, in the form of Amazon
// ElastiCache's configuration endpoint ("Adding Auto Discovery To Your Client Library" in its guide). Whoever announces them
// may do so from any thread, while sessions ask.
#pragma once

#include "net/options.hpp"

#include <cstdint>
#include <mutex>
#include <span>
#include <string>

namespace tandem::frontend {

struct announced_server {
  net::endpoint where;
  std::string address;  // what the name stands for; empty: not known
};

/// The number of the list, and the servers. Clients take a list for newer if its number is larger.
std::string cluster_configuration(std::uint64_t version, std::span<announced_server const> servers);

class entrance {
 public:
  /// Whether clients are told of servers at all.
  enum class discovery : std::uint8_t { off, on };

  explicit entrance(discovery wanted, net::server_details told = net::server_details::full)
      : discovery_(wanted), details_(told) {}

  net::server_details details() const { return details_; }

  bool announces() const { return discovery_ == discovery::on; }
  /// What cluster_configuration() made.
  std::string cluster() const;
  void announce(std::string cluster);

 private:
  discovery const discovery_;
  net::server_details const details_;
  mutable std::mutex mutex_;
  std::string cluster_;
};

}  // namespace tandem::frontend
