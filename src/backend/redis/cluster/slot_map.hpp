// Which node serves which slot of a Redis Cluster, as CLUSTER SLOTS and MOVED tell. Nodes are known by their
// index, which stays the same until the next whole map.
#pragma once

#include "base/result.hpp"
#include "hashing/redis_slot.hpp"
#include "net/options.hpp"
#include "protocol/redis/reply.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace tandem::backend::redis {

class slot_map {
 public:
  static constexpr std::size_t slot_count = hashing::redis_slot_count;
  static constexpr std::size_t nodes_max = 1024;  // masters, and as many replicas

  slot_map() { owners_.fill(nobody); }

  /// Reads the answer to CLUSTER SLOTS. A node that does not say its own host has that of the node which
  /// answered, `asked_host`. Says what is wrong if the reply is no such answer, knows no slot at all, or too many nodes.
  static base::result<slot_map> read(protocol::redis::reply const& received, std::string const& asked_host);

  /// The index in masters(), if the slot is served.
  std::optional<std::size_t> owner(std::uint16_t slot) const;

  /// Takes note of a MOVED. False if there are too many nodes.
  bool learn(std::uint16_t slot, net::endpoint const& where);

  std::vector<net::endpoint> const& masters() const { return masters_; }
  std::vector<net::endpoint> const& replicas() const { return replicas_; }
  /// Those of one master, by its index in masters().
  std::vector<net::endpoint> replicas_of(std::size_t master) const;
  bool empty() const { return masters_.empty(); }

 private:
  static constexpr std::uint16_t nobody = 0xffff;

  /// What is wrong with it, or null.
  char const* read_range(protocol::redis::reply const& range, std::string const& asked_host);
  std::optional<std::uint16_t> index_of(net::endpoint const& master);

  std::array<std::uint16_t, slot_count> owners_;
  std::vector<net::endpoint> masters_;
  std::vector<net::endpoint> replicas_;
  std::set<std::pair<std::size_t, std::size_t>> followers_;  // of a master, by the index of each
};

}  // namespace tandem::backend::redis
