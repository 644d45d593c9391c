// One Redis server as one worker sees it: its connections.
#pragma once

#include "backend/redis/greeting.hpp"
#include "backend/redis/refusals.hpp"
#include "metrics/registry.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::backend::redis {

/// What all nodes of a backend have in common, and are outlived by.
struct node_settings {
  std::string backend;  // its name
  redis_options options;
  net::upstream_options upstream;
  net::reactor& reactor;
  metrics::worker_metrics& figures;
  net::server_health& health;  // the process'

  net::watched_server watched(net::endpoint const& where) const {
    return {health, figures, {backend, where.str()}};
  }
};

class node {
 public:
  node(node_settings const& shared, net::endpoint where);

  /// Requests for one key always take the same connection, so that they stay in order.
  link& link_for(std::string_view key);
  link& any_link() { return *links_.front(); }

  /// Has that connection made anew, for which the name is asked again: the server is not who it was. As often as one
  /// would try to connect to a server that is down, or reads would suffer from writes that are refused for long. False
  /// if that has not helped several times, and it is too early for another: what is refused then should not wait.
  bool renew_link_for(std::string_view key);

  /// What it refuses.
  redis::refusals& refusals() { return refusals_; }

  net::endpoint const& where() const { return any_of_links().where(); }

  /// Whether it could not be reached when that was last tried.
  bool down() const { return any_of_links().down(); }

  /// Whether nobody waits for an answer of it.
  bool quiet() const;

  /// What error messages begin with: the backend's and the server's name.
  std::string const& label() const { return label_; }

 private:
  link const& any_of_links() const { return *links_.front(); }

  /// How often a link was made anew without the server's doing better.
  struct renewals {
    unsigned in_row = 0;
    base::time_point next{};  // not before
  };

  std::size_t index_for(std::string_view key) const;

  net::reactor& reactor_;
  net::upstream_connection::pause_function const pause_;
  std::string label_;
  std::vector<std::unique_ptr<link>> links_;
  std::vector<renewals> renewals_;  // of each link
  redis::refusals refusals_;
};

}  // namespace tandem::backend::redis
