// The links of one worker to one memcached, and the release that each was told.
#pragma once

#include "backend/memcached/greeting.hpp"
#include "backend/surroundings.hpp"
#include "net/link_set.hpp"

#include <cstddef>
#include <vector>

namespace tandem::backend::memcached {

/// On which a memcached is spoken to.
struct link_terms {
  net::endpoint where;
  net::upstream_options upstream;
  std::size_t value_max;  // bytes of a value that clients may have; a larger one is an error of its key

  friend bool operator==(link_terms const&, link_terms const&) = default;
};

class server_links final : public net::link_set<codec> {
 public:
  using terms = link_terms;

  server_links(surroundings const& around, net::server_name const& first, terms const& on);

  /// Of the server at the other end of the present connection, or of the last; 0.0.0 before the first.
  protocol::memcached_release const& release(std::size_t index) const { return releases_[index]; }

 private:
  std::vector<protocol::memcached_release> releases_;  // by link
};

}  // namespace tandem::backend::memcached
