// Since when the servers of a pool have been there, over all lists of them: it says which of them may have copies that are outdated
// when they become others. On one worker, held by the servers of all trees that have the pool. Without I/O.
//
//   a server that has come       may have anything from when it was there before
//   one that stays               has copies of keys that it gives to one that comes, and gets these keys back when that goes:
//                                they count again unless they have expired meanwhile
//
// Where a list moves keys between servers that stay, or weights change, the latter is so of every change.
#pragma once

#include "backend/memcached/options.hpp"
#include "base/clock.hpp"
#include "net/link_registry.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace tandem::backend::memcached {

class pool_servers;

class server_history final : public net::registered {
 public:
  /// By which a worker knows it.
  struct terms {
    std::string name;
    pool_options options;  // without servers

    friend bool operator==(terms const&, terms const&) = default;
  };

  explicit server_history(pool_options const& of);

  struct finding {
    bool everything = false;                        // may be outdated
    std::vector<std::size_t> came = {};             // those of which everything may be
    std::vector<std::optional<std::size_t>> known;  // of each server, its place in the list before
  };

  /// These are there now. `memory` is how long a copy may be stored that is not noticed. The first list is taken for one
  /// that has always been, unless there were `others_before` it.
  finding follow(pool_options const& now_there, base::time_point now, base::duration memory);

  /// Whether no list has been told.
  bool empty() const { return members_.empty(); }

  /// Those that had the last list, whose marks the next take over.
  pool_servers* latest = nullptr;

  bool quiet() const override { return true; }

 private:
  struct member {
    server_options server;
    std::optional<base::time_point> since;  // none: always
  };

  finding begin(pool_options const& now_there, base::time_point now);
  member const* find(server_options const& one) const;
  bool moves_least(std::vector<server_options> const& servers) const;

  hashing::distribution const distribution_;
  std::vector<member> members_;  // in the list's order
  std::optional<base::time_point> changed_;
};

/// All of a pool's options but which servers it has.
pool_options without_servers(pool_options options);

}  // namespace tandem::backend::memcached
