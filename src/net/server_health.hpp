// How the servers do, for the process as a whole: many links of many workers see the same server, and the log is to say
// once that it is down, why, and once that it is back. A server is known by the terms on which it is spoken to, and has
// the names of all backends that mean it. Process-wide and thread-safe; a lock is taken when what a link sees has changed,
// never by a request.
//
//   trouble begins     a line with the reason, and another for each further reason that any link gives (see outage.hpp)
//   trouble is over    a line when no link sees any more of it and one of them has seen the server do well since
//   a link is ended    withdraws what it saw, without a line
//   a name is dropped  by the last who has it: the series with that name end
//
// Each worker tells what it sees through a watched_server (watched_server.hpp).
#pragma once

#include "base/identity.hpp"
#include "base/log.hpp"
#include "net/outage.hpp"
#include "net/successes.hpp"
#include "net/trouble.hpp"

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tandem::net {

/// A server as metrics and messages name it.
struct server_name {
  std::string backend;
  std::string server;

  /// What messages begin with.
  std::string str() const { return "backend " + backend + " server " + server; }

  friend auto operator<=>(server_name const&, server_name const&) = default;
};

class server_health {
 public:
  using log = std::function<void(base::log_level, std::string_view line)>;

  /// Called when nobody calls any server by that name any more.
  using farewell = std::function<void(server_name const& of)>;

  /// Both are called by any thread, with the lock held.
  explicit server_health(log say = base::log_line, farewell gone = {})
      : say_(std::move(say)), gone_(std::move(gone)) {}

  server_health(server_health const&) = delete;
  server_health& operator=(server_health const&) = delete;

  class server {
   public:
    /// Of all workers.
    net::successes& successes() { return successes_; }

   private:
    friend server_health;

    net::successes successes_;
    std::map<server_name, std::size_t> names_;  // and how many workers use them
    std::size_t troubled_ = 0;                  // links that see any
    outage now_;
  };

  /// The same for all who know it as this, while one of them has it.
  std::shared_ptr<server> known_as(base::identity const& who);

  void named(server& one, server_name const& as);
  void unnamed(server& one, server_name const& as);

  /// A link sees trouble, the server did well, and a link that saw trouble is ended. `was_troubled`: whether this link saw
  /// any before.
  void began(server& at, bool was_troubled, trouble const& what);
  void ended(server& at, bool was_troubled);
  void left(server& at);

 private:
  static std::string names_of(server const& one);

  log const say_;
  farewell const gone_;
  std::mutex mutex_;
  std::vector<std::pair<base::identity, std::weak_ptr<server>>> servers_;
  std::map<server_name, std::size_t> names_;  // of all servers
};

}  // namespace tandem::net
