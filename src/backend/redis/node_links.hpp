// The links of one worker to one Redis server, what it refuses, and how often links were made anew.
#pragma once

#include "backend/redis/greeting.hpp"
#include "backend/redis/refusals.hpp"
#include "backend/surroundings.hpp"
#include "net/link_set.hpp"

#include <string_view>
#include <vector>

namespace tandem::backend::redis {

/// On which a Redis is spoken to.
struct link_terms {
  net::endpoint where;
  net::upstream_options upstream;
  session_options session;

  friend bool operator==(link_terms const&, link_terms const&) = default;
};

class node_links final : public net::link_set<codec> {
 public:
  using terms = link_terms;

  node_links(surroundings const& around, net::server_name const& first, terms const& on);

  /// Has that connection made anew, for which the name is asked again: the server is not who it was. As often as one
  /// would try to connect to a server that is down, or reads would suffer from writes that are refused for long. False
  /// if that has not helped several times, and it is too early for another: what is refused then should not wait.
  bool renew_link_for(std::string_view key);

  /// What the server refuses.
  redis::refusals& refusals() { return refusals_; }

 private:
  /// How often a link was made anew without the server's doing better.
  struct renewals {
    unsigned in_row = 0;
    base::time_point next{};  // not before
  };

  net::reactor& reactor_;
  session_options const session_;
  net::upstream_connection::pause_function const pause_;
  std::vector<renewals> renewals_;  // of each link
  redis::refusals refusals_;
};

}  // namespace tandem::backend::redis
