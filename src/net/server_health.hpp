// How the servers do, for the process as a whole: many links of many workers see the same server, and the log is to say
// once that it is down, why, and once that it is back. Process-wide and thread-safe; a lock is taken when what a link
// sees has changed, never by a request.
//
//   trouble begins     a line with the reason, and another for each further reason that any link gives (see outage.hpp)
//   trouble is over    a line when no link sees any more of it and one of them has seen the server do well since
//   a link is ended    withdraws what it saw, without a line; with the last, the server's figures end
#pragma once

#include "base/log.hpp"
#include "metrics/registry.hpp"
#include "net/outage.hpp"
#include "net/successes.hpp"
#include "net/trouble.hpp"

#include <compare>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

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

  /// Called when nobody sees a server any more.
  using farewell = std::function<void(server_name const& of)>;

  /// Both are called by any thread, with the lock held.
  explicit server_health(log say = base::log_line, farewell gone = {})
      : say_(std::move(say)), gone_(std::move(gone)) {}

  server_health(server_health const&) = delete;
  server_health& operator=(server_health const&) = delete;

  /// What one link, or whoever else hears from a server, sees of it: one trouble at a time. Of one thread, which writes
  /// `figures`; all must outlive it. Instruments with the server's name are made after it, and not used when it has ended.
  class witness {
   public:
    witness(server_health& all, metrics::worker_metrics& figures, server_name of);
    ~witness();
    witness(witness const&) = delete;
    witness& operator=(witness const&) = delete;

    /// Instead of what it saw before.
    void sees(trouble what);

    /// The server has proved that there is no trouble, or that what this one saw is over.
    void sees_none();

    /// What it saw last, none where all is well. Cheap.
    std::optional<trouble_kind> trouble_seen() const { return seen_; }

   private:
    void count(std::int64_t change);

    server_health& all_;
    metrics::worker_metrics& figures_;
    server_name const of_;
    std::optional<trouble_kind> seen_;
  };

  /// The same for all who ask for it while one of them has it.
  std::shared_ptr<successes> successes_of(server_name const& of);

 private:
  struct state {
    std::size_t witnesses = 0;
    std::size_t troubled = 0;  // of the witnesses
    outage now;
  };

  void arrived(server_name const& of);
  void left(server_name const& of, bool was_troubled);
  void began(server_name const& of, bool was_troubled, trouble const& what);
  void ended(server_name const& of, bool was_troubled);

  log const say_;
  farewell const gone_;
  std::mutex mutex_;
  std::map<server_name, state> servers_;
  std::map<server_name, std::weak_ptr<successes>> successes_;
};

/// A server as one worker knows it: whom it tells of it.
struct watched_server {
  server_health& health;
  metrics::worker_metrics& figures;
  server_name name;
};

}  // namespace tandem::net
