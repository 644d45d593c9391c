// One run: two memcached, a Redis, two Tandem processes, a relay between each process and each server, and clients on
// both; faults at random while they ask; then the history is judged. Constructed and run by the main thread.
#pragma once

#include "consistency/checker.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::consistency {

struct run_options {
  std::uint64_t seed = 1;
  std::chrono::seconds time{10};
  std::string write = "through";  // through or around; plain: no tiers, Redis alone
  std::string lease = "5s";
  std::vector<std::string> faults{"delay", "cut", "refuse", "restart", "cut_l2"};
  unsigned clients = 12;  // half of them on each process
  std::chrono::milliseconds delay_max{10};
  std::chrono::milliseconds pause{2500};  // about as long between two faults
  std::chrono::milliseconds replay{
      1500};  // what a fault of L1 opens beyond its end: reconnecting and replaying
};

struct judged {
  std::vector<operation> history;
  std::vector<fault> faults;  // of L1
  std::vector<std::string> said;
  std::vector<violation> violations;
};

judged run(run_options const& options);

}  // namespace tandem::consistency
