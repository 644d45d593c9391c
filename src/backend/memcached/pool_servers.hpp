// The servers of one pool as one worker knows them, and which of its items are outdated: what outlives the route when another
// with the same options takes its place.
#pragma once

#include "backend/memcached/lineup.hpp"
#include "backend/memcached/options.hpp"
#include "backend/memcached/pool_marks.hpp"
#include "backend/memcached/server.hpp"
#include "backend/surroundings.hpp"
#include "net/link_registry.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::backend::memcached {

class pool_servers final : public net::registered {
 public:
  /// By which a worker knows it.
  struct terms {
    std::string name;
    pool_options options;
    net::upstream_options upstream;

    friend bool operator==(terms const&, terms const&) = default;
  };

  pool_servers(terms on, std::shared_ptr<lineup const> placed, surroundings const& around);

  std::size_t size() const { return servers_.size(); }

  /// Where the key goes, by the number of the server.
  std::size_t server_of(std::string_view key) const { return lineup_->server_of(key); }
  std::string_view hashed_part_of(std::string_view key) const { return lineup_->hashed_part_of(key); }

  server& at(std::size_t index) const { return *servers_[index]; }
  std::string name_of(std::size_t index) const { return lineup_->servers()[index].known_as(); }
  pool_marks& marks() { return marks_; }

  bool quiet() const override { return true; }

 private:
  std::vector<server_pointer> make_servers() const;

  terms const on_;
  surroundings const around_;
  std::shared_ptr<lineup const> lineup_;
  std::vector<server_pointer> servers_;
  pool_marks marks_;
};

}  // namespace tandem::backend::memcached
