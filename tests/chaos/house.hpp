// Real servers behind one Tandem, of which some are about to be in trouble: a pool of three memcached and a Redis, each behind a
// relay, the same pool with a store in memory that stands in for it, and the pool as L1 of the Redis. The first memcached and the Redis are the victims.
// Annexes are built where a trouble needs them: a memcached on a host of its own, a Redis Cluster, a Redis with Sentinels,
// the pods of a headless service.
#pragma once

#include "chaos/distant_memcached.hpp"
#include "chaos/headless_pods.hpp"
#include "consistency/relay.hpp"
#include "support/memcached_server.hpp"
#include "support/network_namespace.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_sentinels.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_program.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tandem::chaos {

/// Whose trouble a key would feel.
enum class place : std::uint8_t {
  healthy,
  victim,
  covered_victim,
  redis,
  tiered,
  distant,
  cluster,
  sentinels,
  headless
};
inline constexpr std::size_t places = 9;

enum class annex : std::uint8_t { distant, cluster, sentinels, headless };

/// Whether it can only be built in a network of the test's own.
inline bool needs_network(annex what) { return what == annex::distant || what == annex::headless; }

struct house_options {
  std::chrono::milliseconds timeout{200};  // of a request to any backend
  std::string breaker;  // what stands in circuit_breaker of all backends, empty for the defaults
  std::set<annex> annexes;
  /// In which this program is; see needs_network().
  test::network_namespace const* network = nullptr;
};

class house {
 public:
  explicit house(house_options const& options);

  test::memcached_server& victim() { return *pool_.front(); }
  consistency::relay& victim_relay() { return *relays_.front(); }
  test::redis_server& redis() { return redis_; }
  /// The Redis fails to save, and so refuses writes (MISCONF).
  void break_saving();
  std::vector<std::unique_ptr<test::memcached_server>>& pool() { return pool_; }
  distant_memcached& distant() { return *distant_; }
  test::redis_cluster& cluster() { return *cluster_; }
  test::redis_sentinels& sentinels() { return *sentinels_; }
  headless_pods& headless() { return *headless_; }
  test::tandem_program& tandem() { return tandem_; }
  std::chrono::milliseconds timeout() const { return timeout_; }

  /// Of the rules.
  std::vector<std::string> prefixes() const;
  /// Asks the servers, which must be well and have the key.
  place of(std::string const& key) const;

  /// To be told after a server has ended, and before it is started again, empty.
  void note_emptied(place what) { ++emptied_.at(static_cast<std::size_t>(what)); }
  unsigned times_emptied(place what) const { return emptied_.at(static_cast<std::size_t>(what)); }

 private:
  std::string configuration(house_options const& options);
  std::string annexes(house_options const& options, std::string const& guard);

  std::chrono::milliseconds const timeout_;
  test::temporary_directory redis_data_;
  std::vector<std::unique_ptr<test::memcached_server>> pool_;
  test::redis_server redis_;
  std::vector<std::unique_ptr<consistency::relay>> relays_;
  std::optional<distant_memcached> distant_;
  std::optional<test::redis_cluster> cluster_;
  std::optional<test::redis_sentinels> sentinels_;
  std::optional<headless_pods> headless_;
  std::array<std::atomic<unsigned>, places> emptied_{};
  test::tandem_program tandem_;
};

}  // namespace tandem::chaos
