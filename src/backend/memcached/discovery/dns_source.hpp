// The servers behind a name: all of its addresses, each with the same port, as a headless service of Kubernetes has them.
#pragma once

#include "backend/memcached/discovery/server_source.hpp"
#include "net/name_resolver.hpp"
#include "net/reactor.hpp"

#include <memory>

namespace tandem::backend::memcached {

class dns_source final : public server_source {
 public:
  /// Asks the reactor's resolver, and is told on its thread.
  dns_source(net::reactor& on, net::endpoint from) : on_(on), from_(std::move(from)) {}

  void ask(listener told) override;
  void drop() override { under_way_.reset(); }

 private:
  struct question;

  net::reactor& on_;
  net::endpoint const from_;
  std::shared_ptr<question>
      under_way_;  // shared with nobody: what comes from other threads looks whether it is there
};

/// In order, and none twice. Those of IPv4 if there are any: servers that have both are not to be two.
std::vector<server_options> servers_at(std::vector<boost::asio::ip::address> found, std::uint16_t port);

}  // namespace tandem::backend::memcached
