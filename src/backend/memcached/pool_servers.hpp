// The servers of one pool as one worker knows them, and which of its items are outdated: what outlives the route when another
// with the same options takes its place.
#pragma once

#include "backend/memcached/options.hpp"
#include "backend/memcached/pool_marks.hpp"
#include "backend/memcached/server.hpp"
#include "backend/memcached/server_history.hpp"
#include "backend/surroundings.hpp"
#include "net/link_registry.hpp"

#include <memory>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

class pool_servers final : public net::registered {
 public:
  /// By which a worker knows it.
  struct terms {
    std::string name;
    pool_options options;
    net::upstream_options upstream;
    std::vector<std::shared_ptr<model::missed_removals>> missed = {};  // by server; empty: no account is kept
    bool stand_ins = false;  // others do what the servers have not done

    friend bool operator==(terms const&, terms const&) = default;
  };

  pool_servers(terms const& on, surroundings const& around);
  ~pool_servers() override;

  std::size_t size() const { return servers_.size(); }
  server& at(std::size_t index) const { return *servers_[index]; }
  std::string const& name_of(std::size_t index) const { return names_[index]; }
  pool_marks& marks() { return marks_; }

  /// They are asked from now on for copies of what is elsewhere. If others were asked before, what they may have that is
  /// outdated counts so; see server_history.hpp.
  void begin();

  bool quiet() const override { return true; }

 private:
  /// One of them, while copies are held.
  struct watched final : server_links::follower {
    watched(pool_servers& of, std::size_t which) : all(of), at(which) {}
    void on_another() override { all.marks_.invalidate_server(at); }

    pool_servers& all;
    std::size_t const at;
  };

  void succeed_others();

  terms const terms_;
  std::vector<std::string> names_;
  std::vector<std::unique_ptr<server>> servers_;
  pool_marks marks_;  // refers to the servers
  net::reactor& reactor_;
  net::link_registry& links_;
  bool begun_ = false;
  net::held<server_history> history_;
  std::vector<std::unique_ptr<watched>> watched_;
};

}  // namespace tandem::backend::memcached
