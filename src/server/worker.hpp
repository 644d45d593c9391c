// One thread with everything it needs to serve: reactor, route tree, listeners, sessions and counters.
// Workers share nothing that changes while they serve, but for the memory stores, what tiers have missed or not written,
// and how many clients each has.
//
// Its route tree can be replaced while it serves: prepare() makes another beside it, change_trees() has clients enter that. Each
// leaves the old tree when what it asked there is answered. The tree ends when the last has left, and what it had
// begun by itself is done.
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
#include "server/generation.hpp"
#include "server/route_factory.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tandem::server {

/// What the workers of one process have in common.
struct shared_parts {
  base::clock const& clock;
  metrics::registry& registry;
  net::server_health& health;
  frontend::stats& statistics;
  frontend::connection_balance& balance;
  policy::shared_limit& in_flight;
  frontend::address_limit& addresses;
  announcer const& announced;
  std::shared_ptr<net::name_resolver> names;
  std::size_t workers;
  std::shared_ptr<generation const> first;  // of the configuration
};

class worker {
 public:
  /// Builds the route tree of the worker with that number, from 0; an error is one of the configuration.
  static base::result<std::unique_ptr<worker>> make(shared_parts const& shared, std::size_t number);

  ~worker();

  /// Lives on the worker's thread beside what it serves, from before its first client until all work is done.
  class neighbour {
   public:
    virtual ~neighbour() = default;
    /// The last client has gone: it gives no work any more that might have no end.
    virtual void settle() = 0;
  };
  using companion = std::function<std::shared_ptr<neighbour>(net::reactor&, net::link_registry&)>;

  /// Serves connections until drained: those from `sockets` that it keeps, and those that other workers give it. All
  /// workers, by number, are made before the first starts and joined before the first is destroyed. `beside`, if given,
  /// is called once on the thread.
  void start(std::vector<net::listening_socket> sockets, std::span<std::unique_ptr<worker> const> all,
             companion beside = {});

  /// Its event loop.
  base::executor& executor() { return reactor_; }

  /// Calls `work` on the worker's thread, while it serves.
  void post(base::callback<> work) { reactor_.post(std::move(work)); }

  // The next five belong to the worker's thread.

  /// Where requests for these keys that come now would go, a line each.
  std::string explain(std::vector<std::string> const& keys) const;

  /// Somebody else has changed something in the backend `source`; see model::route.
  bool invalidate(std::string_view source, model::invalidation const& what);

  /// Makes the tree of another configuration, in place of what was prepared before and not used. The present one serves on.
  base::result<void> prepare(std::shared_ptr<generation const> next);
  void drop_prepared();

  /// Requests enter what was prepared from now on.
  void change_trees();

  /// Accepts no more, lets what was received be answered for at most `patience`, and ends the thread. Any
  /// thread.
  void drain(std::chrono::milliseconds patience);

  void join();

 private:
  worker(shared_parts const& shared, std::size_t number, metrics::worker_metrics& metrics);

  class housekeeping;
  class end_of_patience;
  class end_of_work;
  class end_of_trees;

  /// With what its routes refer to, which outlives them.
  struct tree final : model::entered_tree {
    tree(std::shared_ptr<generation const> made_of, model::route_tree made)
        : entered_tree(std::move(made)), of(std::move(made_of)) {}
    ~tree() override { routes.clear(); }

    std::shared_ptr<generation const> const of;
    bool retired = false;
  };
  using tree_holder = boost::intrusive_ptr<tree>;

  base::result<tree_holder> make_tree(std::shared_ptr<generation const> of);
  void end_trees();
  void bury_trees();
  void end();
  bool work_left() const;

  void take(int descriptor, frontend::entrance const& by);
  std::optional<frontend::address_limit::place> place_for(int descriptor);
  void begin_drain(std::chrono::milliseconds patience);
  void end_when_idle();

  std::size_t const number_;
  frontend::connection_balance& balance_;
  frontend::address_limit& addresses_;
  announcer const& announced_;
  std::span<std::unique_ptr<worker> const> all_;
  net::reactor reactor_;
  net::link_registry links_;
  metrics::worker_metrics& worker_metrics_;
  net::server_health& health_;
  base::clock const& clock_;
  tree_holder current_;
  tree_holder prepared_;
  std::vector<tree_holder> old_;    // that have been replaced, and are not at their end
  std::vector<tree_holder> ended_;  // to be destroyed
  frontend::client_metrics client_metrics_;
  std::unique_ptr<frontend::service> service_;
  std::unique_ptr<frontend::session_group> sessions_;
  std::vector<net::listener> listeners_;
  std::unique_ptr<housekeeping> housekeeping_;
  std::unique_ptr<end_of_patience> patience_;
  std::unique_ptr<end_of_work> work_;
  std::unique_ptr<end_of_trees> trees_;
  std::shared_ptr<neighbour> companion_;
  std::thread thread_;
};

}  // namespace tandem::server
