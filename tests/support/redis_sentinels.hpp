// A Redis with Sentinels of a test's own: a master, two replicas and three Sentinels on free loopback ports, which take a
// master that is silent for a second for dead. Constructed when every Sentinel knows all others and both replicas.
// Nodes and Sentinels are known by their index; node 0 starts as the master. A node that is started again comes as a master
// without data, as one does that has not heard of anything, until the Sentinels find it.
#pragma once

#include "support/process.hpp"
#include "support/redis_connection.hpp"
#include "support/redis_server.hpp"
#include "support/temporary_directory.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace tandem::test {

class redis_sentinel {
 public:
  /// `lines` are its configuration's, but for the port and the directory.
  redis_sentinel(std::vector<std::string> const& lines, std::string password);

  std::uint16_t port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  /// Over a connection that is opened, and signed in, again after a failure.
  redis_reply command(std::vector<std::string> const& words);
  /// A field of SENTINEL MASTER; empty if there is no answer.
  std::string tells(std::string const& field);

  [[nodiscard]] bool running() { return process_->running(); }
  void kill() { process_->kill(); }
  void start();
  void suspend() { process_->suspend(); }
  void resume() { process_->resume(); }

 private:
  temporary_directory directory_;
  std::uint16_t port_;
  std::string const password_;
  std::optional<process> process_;
  std::optional<redis_connection> connection_;
};

class redis_sentinels {
 public:
  static constexpr unsigned nodes = 3;
  static constexpr unsigned sentinels = 3;
  /// The master's name.
  static constexpr char const* name = "main";

  /// Loopback addresses, by node.
  using hosts = std::array<std::string, nodes>;

  /// `password` is the Sentinels' own, if there is one.
  explicit redis_sentinels(std::string const& password = {},
                           hosts const& at = {"127.0.0.1", "127.0.0.1", "127.0.0.1"});

  redis_server& node(std::size_t index) { return servers_[index]; }
  /// Asked again where the connection is lost: a demoted node hangs up on everybody.
  redis_reply ask(std::size_t index, std::vector<std::string> const& words);
  redis_sentinel& sentinel(std::size_t index) { return sentinels_[index]; }
  /// Addresses of all Sentinels, as a YAML list.
  std::string addresses() const;

  /// Which node every Sentinel that answers takes for the master; none while they differ.
  std::optional<std::size_t> master();
  /// Waits until another than `old` is the master; its index.
  std::size_t master_after(std::size_t old);
  /// As an operator would: gives the new master's index, once all Sentinels know it.
  std::size_t fail_over();
  /// Returns when the replicas have what the master has; it executes no writes for three seconds then.
  void pause_writes();

 private:
  void replicate();
  void watch(std::string const& password);

  std::deque<redis_server> servers_;
  std::deque<redis_sentinel> sentinels_;
};

}  // namespace tandem::test
