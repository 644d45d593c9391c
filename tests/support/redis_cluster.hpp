// A Redis Cluster of a test's own: three masters with a replica each, on free loopback ports, with time-outs
// short enough to watch a failover. Constructed when every node agrees that all slots are served. Nodes are
// known by their index: 0 to 2 start as the masters, 3 to 5 as their replicas.
#pragma once

#include "support/redis_server.hpp"

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::test {

/// The slot of a key, as the cluster specification computes it, tags included.
unsigned slot_of(std::string_view key);

class redis_cluster {
 public:
  static constexpr unsigned masters = 3;
  static constexpr unsigned nodes = 6;

  redis_cluster();

  redis_server& node(std::size_t index) { return servers_[index]; }
  /// Addresses of all nodes, as a YAML list.
  std::string addresses() const;

  /// Clients, replicas and the other nodes are told this port from now on, until the node is started again.
  /// Returns when all nodes know.
  void announce(std::size_t index, std::uint16_t port);

  /// The node that serves this slot now, as the live nodes see it; waits for one to be there.
  std::size_t master_of(unsigned slot);
  /// Whether every live node sees all slots served.
  [[nodiscard]] bool healthy();
  /// Kills the slot's master and waits until its replica serves; gives the killed node's index.
  std::size_t fail_over(unsigned slot);

  /// Takes a slot from one master to another in the steps of a real resharding, during which clients see ASK
  /// and MOVED.
  void begin_move(unsigned slot, std::size_t from, std::size_t to);
  /// Moves up to `count` keys; the number moved.
  std::size_t move_keys(unsigned slot, std::size_t from, std::size_t to, std::size_t count);
  void finish_move(unsigned slot, std::size_t from, std::size_t to);
  void move(unsigned slot, std::size_t from, std::size_t to);

 private:
  void assign_slots();
  void meet();
  void replicate();
  std::string id_of(std::size_t index);
  std::optional<std::size_t> index_of_port(std::int64_t port) const;
  void require(std::size_t index, std::vector<std::string> const& words);

  std::deque<redis_server> servers_;
  std::array<std::uint16_t, nodes> announced_{};  // 0: its own port
};

}  // namespace tandem::test
