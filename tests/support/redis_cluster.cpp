#include "support/redis_cluster.hpp"

#include "support/free_port.hpp"
#include "support/wait_until.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

namespace tandem::test {
namespace {

constexpr unsigned slots = 16384;

// CRC16/XMODEM, bit by bit (Redis Cluster specification, appendix A).
std::uint16_t crc16(std::string_view bytes) {
  unsigned crc = 0;
  for (char const byte : bytes) {
    crc ^= static_cast<unsigned>(static_cast<unsigned char>(byte)) << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc & 0x8000) != 0 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return static_cast<std::uint16_t>(crc);
}

}  // namespace

unsigned slot_of(std::string_view key) {
  std::size_t const open = key.find('{');
  if (open != std::string_view::npos) {
    std::size_t const close = key.find('}', open + 1);
    if (close != std::string_view::npos && close > open + 1) key = key.substr(open + 1, close - open - 1);
  }
  return crc16(key) % slots;
}

redis_cluster::redis_cluster() {
  for (std::size_t i = 0; i < nodes; ++i) {
    servers_.emplace_back(std::vector<std::string>{
        "--cluster-enabled", "yes", "--cluster-port", std::to_string(free_port()), "--cluster-node-timeout",
        "1500", "--repl-diskless-sync-delay", "0", "--cluster-replica-validity-factor", "0"});
  }
  assign_slots();
  meet();
  replicate();
  bool const ready = wait_until(
      [this] {
        for (std::size_t i = masters; i < nodes; ++i) {
          if (node(i).command({"INFO", "replication"}).text.find("master_link_status:up") ==
              std::string::npos)
            return false;
        }
        return healthy();
      },
      std::chrono::seconds(30));
  if (!ready) throw std::runtime_error("the Redis Cluster did not form");
}

std::string redis_cluster::addresses() const {
  std::string made = "[";
  for (redis_server const& each : servers_) made += (made.size() > 1 ? ", " : "") + each.address();
  return made + "]";
}

void redis_cluster::require(std::size_t index, std::vector<std::string> const& words) {
  redis_reply const reply = node(index).command(words);
  if (!reply.is_error()) return;
  throw std::runtime_error(words[0] + " " + words[1] + " on node " + std::to_string(index) + ": " +
                           reply.text);
}

void redis_cluster::assign_slots() {
  for (unsigned i = 0; i < masters; ++i) {
    unsigned const first = i * slots / masters;
    unsigned const last = (i + 1) * slots / masters - 1;
    require(i, {"CLUSTER", "ADDSLOTSRANGE", std::to_string(first), std::to_string(last)});
    require(i, {"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
}

// Every node meets every other, which is quicker than to let gossip introduce them.
void redis_cluster::meet() {
  for (std::size_t i = 0; i < nodes; ++i) {
    std::string const bus = node(i).command({"CONFIG", "GET", "cluster-port"}).elements.at(1).text;
    for (std::size_t other = 0; other < nodes; ++other) {
      if (other != i) require(other, {"CLUSTER", "MEET", "127.0.0.1", std::to_string(node(i).port()), bus});
    }
  }
}

void redis_cluster::replicate() {
  for (std::size_t i = 0; i < masters; ++i) {
    std::vector<std::string> const words{"CLUSTER", "REPLICATE", id_of(i)};
    std::size_t const replica = i + masters;
    // Refused until the replica knows its master.
    bool const accepted = wait_until([&] { return !node(replica).command(words).is_error(); });
    if (!accepted) throw std::runtime_error("a replica did not meet its master");
  }
}

std::string redis_cluster::id_of(std::size_t index) { return node(index).command({"CLUSTER", "MYID"}).text; }

std::optional<std::size_t> redis_cluster::index_of_port(std::int64_t port) const {
  for (std::size_t i = 0; i < servers_.size(); ++i) {
    if (servers_[i].port() == port || announced_.at(i) == port) return i;
  }
  return std::nullopt;
}

void redis_cluster::announce(std::size_t index, std::uint16_t port) {
  require(index, {"CONFIG", "SET", "cluster-announce-port", std::to_string(port)});
  announced_.at(index) = port;
  std::string const line = id_of(index) + " 127.0.0.1:" + std::to_string(port) + "@";
  bool const known = wait_until([&] {
    return std::all_of(servers_.begin(), servers_.end(), [&](redis_server& each) {
      return !each.running() || each.command({"CLUSTER", "NODES"}).text.find(line) != std::string::npos;
    });
  });
  if (!known) throw std::runtime_error("a node does not learn of another's port");
}

bool redis_cluster::healthy() {
  for (redis_server& each : servers_) {
    if (!each.running()) continue;
    std::string const info = each.command({"CLUSTER", "INFO"}).text;
    if (info.find("cluster_state:ok") == std::string::npos) return false;
    if (info.find("cluster_slots_ok:16384") == std::string::npos) return false;
    if (info.find("cluster_known_nodes:6") == std::string::npos) return false;
  }
  return true;
}

std::size_t redis_cluster::master_of(unsigned slot) {
  std::optional<std::size_t> found;
  auto const look = [&] {
    for (redis_server& each : servers_) {
      if (!each.running()) continue;
      for (redis_reply const& range : each.command({"CLUSTER", "SLOTS"}).elements) {
        if (range.elements.at(0).number > slot || range.elements.at(1).number < slot) continue;
        found = index_of_port(range.elements.at(2).elements.at(1).number);
        if (found && node(*found).running()) return true;
      }
    }
    return false;
  };
  if (!wait_until(look, std::chrono::seconds(30))) throw std::runtime_error("no master for the slot");
  return *found;
}

std::size_t redis_cluster::fail_over(unsigned slot) {
  std::size_t const victim = master_of(slot);
  node(victim).kill();
  master_of(slot);
  if (!wait_until([this] { return healthy(); }, std::chrono::seconds(30))) {
    throw std::runtime_error("the cluster did not recover from the loss of a master");
  }
  return victim;
}

void redis_cluster::begin_move(unsigned slot, std::size_t from, std::size_t to) {
  std::string const number = std::to_string(slot);
  require(to, {"CLUSTER", "SETSLOT", number, "IMPORTING", id_of(from)});
  require(from, {"CLUSTER", "SETSLOT", number, "MIGRATING", id_of(to)});
}

std::size_t redis_cluster::move_keys(unsigned slot, std::size_t from, std::size_t to, std::size_t count) {
  redis_reply const keys =
      node(from).command({"CLUSTER", "GETKEYSINSLOT", std::to_string(slot), std::to_string(count)});
  for (redis_reply const& key : keys.elements) {
    require(from, {"MIGRATE", "127.0.0.1", std::to_string(node(to).port()), key.text, "0", "5000"});
  }
  return keys.elements.size();
}

// The new owner first, so that no node sends clients to one that would send them back.
void redis_cluster::finish_move(unsigned slot, std::size_t from, std::size_t to) {
  std::vector<std::string> const words{"CLUSTER", "SETSLOT", std::to_string(slot), "NODE", id_of(to)};
  require(to, words);
  require(from, words);
  if (!wait_until([&] { return healthy(); })) {
    throw std::runtime_error("the cluster did not learn of a slot's new owner");
  }
}

void redis_cluster::move(unsigned slot, std::size_t from, std::size_t to) {
  begin_move(slot, from, to);
  while (move_keys(slot, from, to, 1) > 0) {
  }
  finish_move(slot, from, to);
}

}  // namespace tandem::test
