// The servers of a trial: two Tandem processes over the same L1 (two memcached) and the same L2 (far_side.hpp), a relay on
// every way from a Tandem to a server, and what can go wrong between them.
#pragma once

#include "consistency/far_side.hpp"
#include "consistency/history.hpp"
#include "consistency/relay.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_program.hpp"
#include "support/temporary_directory.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace tandem::consistency {

struct house_options {
  std::string backend = "tiered";  // or redis: L2 alone
  std::string l2 = "pair";         // or cluster
  std::string write = "through";
  std::string on_l2_failure = "fail";  // or queue
  std::string journal = "always";      // of the queue; interval, never, or off: none
  std::string lease = "5s";
  unsigned negative_ttl_s = 0;
  unsigned stale_for_s = 0;
  std::string invalidation = "off";  // or channel, to which the clients publish, or tracking
  bool links_last = false;           // nothing goes wrong by which a process could miss an invalidation
  std::uint64_t seed = 1;
};

/// Then each key is used through one process only, and past Tandem by nobody.
inline bool has_queue(house_options const& options) {
  return options.write == "back" || options.on_l2_failure == "queue";
}

inline constexpr unsigned l1_servers = 2;
/// How long Tandem waits for L2.
inline constexpr unsigned l2_timeout_s = 1;

class house {
 public:
  explicit house(house_options options);

  std::uint16_t port(unsigned process) const { return tandems_[process]->port(); }
  promises promised() const;
  /// L1's server of each of these keys.
  std::map<std::string, unsigned> placed(std::vector<std::string> const& keys) const;

  /// For clients, from any thread: waits while the process is being started again.
  void await(unsigned process) const { up_.at(process).wait(false); }
  /// Past Tandem, to the key's master. From any thread; throws if it is not reached.
  test::redis_reply direct(std::string const& key, std::vector<std::string> const& words) {
    return far_->direct(key, words);
  }

  void delay(std::chrono::microseconds max);

  // What can go wrong; for one thread, the one that made this object. Each returns when all is well again, which is when
  // the processes have their connections, and have replayed to L1 what it missed.
  void cut_l1(unsigned process, unsigned server);
  void refuse_l1(unsigned process, unsigned server, std::function<void()> const& meanwhile);
  void restart_l1(unsigned server, std::function<void()> const& meanwhile);
  far_side& l2() { return *far_; }
  /// SIGTERM, and a new process.
  void restart_tandem(unsigned process);
  /// SIGKILL, and a new process. With a queue, L2 is away from it for this time before, so that much is queued.
  void kill_tandem(unsigned process, std::chrono::milliseconds queueing);

  /// Returns when both processes have nothing left to replay.
  void await_replays();

  std::vector<calm> const& calms() const { return calms_; }
  std::vector<outage> const& outages() const { return outages_; }
  std::vector<killing> const& killings() const { return killings_; }

  /// What all processes have counted, summed; of one that was killed, without its last moments.
  double metric(std::string_view name, std::string_view label = {}) const;

  /// Throws if a Tandem has crashed.
  void stop_tandems();

 private:
  std::string configuration(unsigned process) const;
  std::string tiers(std::string_view name, unsigned process, unsigned ttl_s) const;
  relay& l1(unsigned process, unsigned server) { return *l1_relays_[process * l1_servers + server]; }
  void outage_of(std::vector<unsigned> const& of, unsigned server, std::function<void()> const& what);
  double connects(unsigned process, unsigned server);
  void await_calm(unsigned process, unsigned server, double connects);
  void await_replays(unsigned process);
  class away;

  house_options options_;
  test::temporary_directory journals_;
  std::array<test::memcached_server, l1_servers> memcached_;
  std::unique_ptr<far_side> far_;
  std::vector<std::unique_ptr<relay>> l1_relays_;
  std::vector<std::unique_ptr<test::tandem_program>> tandems_;
  std::array<std::atomic<bool>, processes> up_{};
  std::vector<outage> outages_;
  std::vector<killing> killings_;
  std::vector<calm> calms_;
  std::vector<std::string> last_metrics_;  // of processes that have ended
};

/// Now, as histories count.
moment now();

}  // namespace tandem::consistency
