// What serves, as one object: all that workers share, the workers with their listening sockets, and the admin endpoint. It
// knows nothing of signals, and several may live beside one another.
//
// Order of calls: make(), start(), swap() and follow_discoveries() as often as one likes, then drain() and join(), or stop() for both; the destructor
// stops, too. All of them belong to one thread, but for announce_drain() and drain(). A process that has ended is not started
// again: make another.
#pragma once

#include "admin/admin_server.hpp"
#include "base/clock.hpp"
#include "base/result.hpp"
#include "config/configuration.hpp"
#include "frontend/connection_balance.hpp"
#include "frontend/stats.hpp"
#include "metrics/registry.hpp"
#include "net/listener.hpp"
#include "net/name_resolver.hpp"
#include "net/server_health.hpp"
#include "policy/shared_limit.hpp"
#include "server/announcer.hpp"
#include "server/discoveries.hpp"
#include "server/generation.hpp"
#include "server/invalidations.hpp"
#include "server/memory_trimmer.hpp"
#include "server/names_in_use.hpp"
#include "server/worker.hpp"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem::server {

class process {
 public:
  /// Makes everything, opens journals and listens; no client is accepted yet. The error is one that the configuration's
  /// reader could not see, such as an address in use. Raises this process's limit of open files. `version` is Tandem's own.
  static base::result<std::unique_ptr<process>> make(config::configuration settings, std::string version);

  ~process();
  process(process const&) = delete;
  process& operator=(process const&) = delete;

  /// Serves, or gives the error of the admin endpoint and has started nothing. Threads inherit the caller's signal mask.
  base::result<void> start();

  /// Serves by another configuration from now on. Each worker makes a tree beside the one it has, then requests enter the new
  /// ones, while those under way end in the trees that they have entered. No client is hung up on, and what both
  /// configurations name stays: links to servers, stores, queues, what L1 has missed. Returns when no worker takes
  /// requests for the old one any more. The error says what cannot be had while the process runs, or cannot be made; then
  /// nothing has changed.
  base::result<void> swap(config::configuration next);

  /// Asked while swap() and follow_discoveries() wait for workers, of which one may be stuck: whether the process is to end, and
  /// they are to fail instead. To be given before those are called.
  void give_up_when(std::function<bool()> is_to_end) { is_to_end_ = std::move(is_to_end); }

  /// Serves by the servers that discovery has found meanwhile, if they are others; to be called every second or so.
  void follow_discoveries();

  /// Gives memory back that nobody holds; see memory_trimmer::look().
  void trim_memory() { made_first_->memory.look(); }

  /// The admin endpoint says from now on that the process is about to end; it serves on. Any thread.
  void announce_drain() { draining_ = true; }

  /// Announces it, accepts no more, and lets what was received be answered for at most the configuration's `drain`.
  /// Returns at once, and does nothing a second time. Any thread, once start() has returned.
  void drain();

  /// After drain(): waits until the workers have ended, closes the journals, says what was left undone, and ends the
  /// admin endpoint. Does nothing unless it runs.
  void join();

  void stop();

  std::size_t workers() const { return made_first_->workers; }

 private:
  /// What cannot fail, and what the rest is made with.
  struct foundation {
    foundation(config::configuration given, std::string version);

    config::configuration const settings;  // those that the process has started with, as they are written
    base::system_clock const clock;
    std::size_t const workers;
    frontend::process_facts const facts;
    frontend::connection_balance balance;
    policy::shared_limit in_flight;  // limits.in_flight
    frontend::address_limit addresses;
    metrics::registry registry;
    process_trimmer memory;
    net::server_health health;
    names_in_use names;
    std::shared_ptr<net::name_resolver> const resolver;  // shared with look-ups that outlast who asked
    discoveries found;
  };

  process(std::unique_ptr<foundation> made, std::shared_ptr<generation const> first);

  base::result<void> change_to(config::configuration next);
  base::result<void> make_workers();
  base::result<void> open_sockets();
  base::result<void> on_each_worker(std::function<base::result<void>(worker&)> const& work);
  std::vector<admin::page> pages();
  std::optional<std::string> explain(std::vector<std::string> const& keys);

  // Each refers to some that stand before it, and to none after it; so does each in the foundation. Workers are joined
  // before any of them goes, since `changes_` and the admin endpoint's pages give them work.
  std::unique_ptr<foundation> const made_first_;
  config::configuration written_;  // without what discovery has found
  std::uint64_t followed_ = 0;     // changes that it has found
  base::time_point follows_at_{};  // not before, since the last ones could not be had
  std::shared_ptr<generation const> now_;
  frontend::stats statistics_;
  announcer const announced_;
  std::vector<std::unique_ptr<worker>> workers_;
  std::vector<std::vector<net::listening_socket>>
      sockets_;                                      // by worker, then by address; empty ones once it runs
  std::atomic<std::chrono::milliseconds> patience_;  // of a drain
  std::atomic<bool> draining_{false};
  std::atomic<bool> drained_{false};
  std::function<bool()> is_to_end_ = [] { return false; };
  std::optional<invalidations> changes_;  // there is one once there are workers
  std::future<std::string> explained_;    // what a worker was asked for last; the admin endpoint's
  admin::admin_server admin_;
  bool running_ = false;
};

}  // namespace tandem::server
