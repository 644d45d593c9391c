// The links of one worker to one memcached, and the release that each was told.
#pragma once

#include "backend/memcached/greeting.hpp"
#include "backend/surroundings.hpp"
#include "net/link_set.hpp"

#include <cstddef>
#include <string>
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

  /// Whoever is to know that another server answers by the name.
  class follower {
   public:
    /// Nothing has been sent to it yet but what is said first.
    virtual void on_another() = 0;

   protected:
    ~follower() = default;
  };

  server_links(surroundings const& around, net::server_name const& first, terms const& on);

  void follow(follower& told) { followers_.push_back(&told); }
  void follow_no_more(follower& told) { std::erase(followers_, &told); }

  /// Of the server at the other end of the present connection, or of the last; 0.0.0 before the first.
  protocol::memcached_release const& release(std::size_t index) const { return releases_[index]; }

 private:
  void came_to(std::size_t index, std::string peer);

  std::vector<protocol::memcached_release> releases_;  // by link
  std::vector<std::string> peers_;  // the addresses that they are or were connected to last
  std::vector<follower*> followers_;
};

}  // namespace tandem::backend::memcached
