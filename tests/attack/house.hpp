// What is attacked: one worker in front of every kind of backend, on a core that no other process of ours uses where the
// machine has more than one.
#pragma once

#include "attack/attack.hpp"
#include "attack/urgency.hpp"
#include "support/memcached_server.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_program.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace tandem::attack {

class house {
 public:
  house();

  target aim() const { return {tandem_.port(), tandem_.admin_port()}; }
  /// Of keys on each backend that answers.
  static std::vector<std::string> const& prefixes();

  std::size_t resident_bytes() const;
  std::size_t descriptors() const;
  std::size_t connections() const;
  void stop() { tandem_.stop(); }

 private:
  bool const urgent_ = run_as(urgency::first);  // the servers
  test::memcached_server memcached_;
  test::redis_server redis_;
  test::tandem_program tandem_;
};

}  // namespace tandem::attack
