// L2 of a trial: Redis, a relay on every way there, and what can go wrong with it. Everything but direct() is for one
// thread, the one that made it, and returns when all is well again.
#pragma once

#include "consistency/relay.hpp"
#include "support/redis_connection.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tandem::consistency {

class far_side {
 public:
  far_side() = default;
  virtual ~far_side() = default;
  far_side(far_side const&) = delete;
  far_side& operator=(far_side const&) = delete;

  /// What one of the Tandem processes is told of it, in YAML: `server: ...`.
  virtual std::string options(unsigned process) const = 0;

  /// Past Tandem, to the master of the key. From any thread, with a connection of its own for each call; throws if there is
  /// none.
  virtual test::redis_reply direct(std::string const& key, std::vector<std::string> const& words) = 0;

  virtual void delay(std::chrono::microseconds max) = 0;
  virtual void cut(unsigned process) = 0;
  virtual void refuse(unsigned process, std::function<void()> const& meanwhile) = 0;
  /// Nothing passes for this time, and nothing is lost: longer than Tandem waits, so that Redis executes late.
  virtual void stall(unsigned process, std::chrono::milliseconds time) = 0;

  /// A replica becomes a master while clients go on, and Redis sees to it that no write is lost.
  virtual void fail_over() = 0;
  /// A master is killed and its replica takes over. Before that, the master stops to execute writes until the replica has
  /// them all: otherwise Redis would lose some that it has acknowledged, which nobody in front of it can make good.
  virtual void lose_master() = 0;
};

/// A master and a replica. Both processes are led to the other by their relays, as by an address that moves.
std::unique_ptr<far_side> make_redis_pair(std::uint64_t seed);
/// A Redis Cluster, which the processes know as such. The relays are the nodes' addresses for all who ask, so that a
/// process cannot be cut off alone: cut() and refuse() are about one master.
std::unique_ptr<far_side> make_redis_cluster(std::uint64_t seed);

/// The master stops to execute writes, and the replica has all that came before. Until the master ends.
void hold_writes(std::uint16_t master, std::uint16_t replica);

}  // namespace tandem::consistency
