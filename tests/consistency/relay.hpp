// A TCP relay to one server, for faults between a process and the server that neither knows of: every piece that passes
// is delayed by a random time, connections can be cut, and new ones refused until it is open again. A connection has
// two threads, one per direction; the destructor ends all.
#pragma once

#include "differential/dice.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tandem::consistency {

struct relay_options {
  std::uint64_t seed = 1;
  std::chrono::microseconds delay_max{0};
  unsigned delayed_one_in = 3;  // the other pieces pass at once
};

class relay {
 public:
  relay(std::uint16_t server, relay_options const& options);
  ~relay();
  relay(relay const&) = delete;
  relay& operator=(relay const&) = delete;

  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Ends the connections that are there, with whatever is on its way.
  void cut();
  /// Closes new connections at once, until open().
  void refuse() { refusing_ = true; }
  void open() { refusing_ = false; }

 private:
  class link;

  void accept_all();
  void pass(int from, int to, std::uint64_t seed) const;

  std::uint16_t server_;
  relay_options options_;
  std::uint16_t port_;
  int listener_;
  std::atomic<bool> refusing_{false};
  std::atomic<bool> stopping_{false};
  std::mutex mutex_;
  std::vector<std::unique_ptr<link>> links_;
  std::thread accepting_;
};

}  // namespace tandem::consistency
