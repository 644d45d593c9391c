// One thread with everything it needs to serve: reactor, route tree, listeners, sessions and counters.
// Workers share nothing that changes while they serve, but for the memory stores, what tiers have missed or not written,
// and how many clients each has.
//
// Order of calls: construct (on the main thread), start(), then drain() once, then join().
#pragma once

#include "base/clock.hpp"
#include "config/configuration.hpp"
#include "frontend/connection_balance.hpp"
#include "frontend/session_group.hpp"
#include "net/listener.hpp"
#include "net/reactor.hpp"
#include "server/announcer.hpp"
#include "server/route_factory.hpp"

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tandem::server {

/// What the workers of one process have in common.
struct shared_parts {
  base::clock const& clock;
  config::configuration const& settings;
  metrics::registry& figures;
  net::server_health& health;
  memory_stores& stores;
  missed_removals_by_backend& missed;
  write_back_queues& queues;
  flush_orders& flushes;
  frontend::stats& statistics;
  frontend::connection_balance& balance;
  announcer const& announced;
  std::shared_ptr<net::name_resolver> names;
  std::size_t workers;
};

class worker {
 public:
  /// Builds the route tree of the worker with that number, from 0; an error is one of the configuration.
  static base::result<std::unique_ptr<worker>> make(shared_parts const& shared, std::size_t number);

  ~worker();

  /// Lives on the worker's thread beside what it serves, from before its first client until its last has gone.
  using companion = std::function<std::shared_ptr<void>(net::reactor&, net::link_registry&)>;

  /// Serves connections until drained: those from `sockets` that it keeps, and those that other workers give it. All
  /// workers, by number, are made before the first starts and joined before the first is destroyed. `beside`, if given,
  /// is called once on the thread.
  void start(std::vector<net::listening_socket> sockets, std::span<std::unique_ptr<worker> const> all,
             companion beside = {});

  /// Its event loop.
  base::executor& executor() { return reactor_; }

  /// Calls `work` on the worker's thread, while it serves.
  void post(base::callback<> work) { reactor_.post(std::move(work)); }

  /// Somebody else has changed something in the backend `source`; see model::route. On the worker's thread.
  bool invalidate(std::string_view source, model::invalidation const& what) {
    return routes_.invalidate(source, what);
  }

  /// Accepts no more, lets what was received be answered for at most `patience`, and ends the thread. Any
  /// thread.
  void drain(std::chrono::milliseconds patience);

  void join();

 private:
  worker(shared_parts const& shared, std::size_t number, metrics::worker_metrics& figures);

  class housekeeping;
  class end_of_patience;
  class end_of_work;

  void take(int descriptor, frontend::entrance const& by);
  void begin_drain(std::chrono::milliseconds patience);
  void end_when_idle();

  std::size_t const number_;
  frontend::connection_balance& balance_;
  announcer const& announced_;
  std::span<std::unique_ptr<worker> const> all_;
  net::reactor reactor_;
  net::link_registry links_;
  model::route_tree routes_;
  frontend::client_metrics counted_;
  std::unique_ptr<frontend::service> service_;
  std::unique_ptr<frontend::session_group> sessions_;
  std::vector<net::listener> listeners_;
  std::unique_ptr<housekeeping> housekeeping_;
  std::unique_ptr<end_of_patience> patience_;
  std::unique_ptr<end_of_work> work_;
  std::shared_ptr<void> companion_;
  std::thread thread_;
};

}  // namespace tandem::server
