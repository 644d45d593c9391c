// Real servers behind one Tandem, of which some are about to be in trouble: a pool of three memcached and a Redis, each behind a
// relay, and the same pool with a store in memory that stands in for it. The first memcached and the Redis are the victims.
#pragma once

#include "consistency/relay.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_program.hpp"

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace tandem::chaos {

class house {
 public:
  /// `breaker` is what stands in circuit_breaker of the pool and the Redis, empty for the defaults.
  explicit house(std::string const& breaker);

  test::memcached_server& victim() { return *pool_.front(); }
  consistency::relay& victim_relay() { return *relays_.front(); }
  test::redis_server& redis() { return redis_; }
  std::vector<std::unique_ptr<test::memcached_server>>& pool() { return pool_; }
  test::tandem_program& tandem() { return tandem_; }

  /// Whether the pool keeps this key, without the prefix of its rule, on the victim. Asks the servers, which must be well.
  bool on_victim(std::string const& key) const;

  std::size_t resident_bytes() const;

  static constexpr int timeout_ms = 200;

 private:
  std::string configuration(std::string const& breaker) const;

  std::vector<std::unique_ptr<test::memcached_server>> pool_;
  test::redis_server redis_;
  std::vector<std::unique_ptr<consistency::relay>> relays_;
  test::tandem_program tandem_;
};

}  // namespace tandem::chaos
