// The servers of a trial: two Tandem processes over the same L1 (two memcached) and the same L2 (a Redis and its
// replica), a relay on every way from a Tandem to a server, and what can go wrong between them.
#pragma once

#include "consistency/history.hpp"
#include "consistency/relay.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_program.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <shared_mutex>
#include <string>
#include <vector>

namespace tandem::consistency {

struct house_options {
  std::string backend = "tiered";  // or redis: L2 alone
  std::string write = "through";
  std::string lease = "5s";
  unsigned negative_ttl_s = 0;
  std::string invalidation = "off";  // or channel, to which the clients publish, or tracking
  std::uint64_t seed = 1;
};

inline constexpr unsigned l1_servers = 2;

class house {
 public:
  explicit house(house_options options);

  std::uint16_t port(unsigned process) const { return tandems_[process]->port(); }
  std::string log(unsigned process) const { return tandems_[process]->log(); }
  promises promised() const;
  /// L1's server of each of these keys.
  std::map<std::string, unsigned> placed(std::vector<std::string> const& keys) const;

  /// Past Tandem, to the master. From any thread, with a connection of its own for each call.
  test::redis_reply direct(std::vector<std::string> const& words);

  void delay(std::chrono::microseconds max);

  // What can go wrong; for one thread, the one that made this object. Each returns when all is well again, and
  // those that keep a process from an L1 server are noted as outages.
  void cut_l1(unsigned process, unsigned server);
  void refuse_l1(unsigned process, unsigned server, std::chrono::milliseconds time);
  void restart_l1(unsigned server, std::chrono::milliseconds time);
  void cut_l2(unsigned process);
  void refuse_l2(unsigned process, std::chrono::milliseconds time);
  /// The replica becomes the master, without losing a write, while clients go on.
  void fail_over();

  std::vector<outage> const& outages() const { return outages_; }

  /// What both Tandems count, summed.
  double metric(std::string_view name, std::string_view label = {}) const;

  /// Throws if a Tandem has crashed.
  void stop_tandems();

 private:
  std::string configuration(unsigned process) const;
  void replicate();
  bool has_replica();
  relay& l1(unsigned process, unsigned server) { return *l1_relays_[process * l1_servers + server]; }

  house_options options_;
  std::array<test::memcached_server, l1_servers> memcached_;
  std::array<test::redis_server, 2> redis_;
  std::shared_mutex master_mutex_;  // exclusive while the master changes
  unsigned master_ = 0;
  std::vector<std::unique_ptr<relay>> l1_relays_;
  std::vector<std::unique_ptr<relay>> l2_relays_;
  std::vector<std::unique_ptr<test::tandem_program>> tandems_;
  std::vector<outage> outages_;
};

/// Now, as histories count.
moment now();

}  // namespace tandem::consistency
