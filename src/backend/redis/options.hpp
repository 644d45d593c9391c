// A Redis server, a cluster, or a master that Sentinels name.
#pragma once

#include "base/secret.hpp"
#include "net/options.hpp"
#include "net/zones/options.hpp"
#include "protocol/redis/translation_options.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::backend::redis {

enum class topology : std::uint8_t { single, cluster, sentinel };
using protocol::redis::encoding;
using protocol::redis::flags_policy;

enum class flush_policy : std::uint8_t { refuse, scan, flushdb };
enum class read_from : std::uint8_t { master, replica, prefer_replica, zone };

/// What a server is asked as: whether it must be the authority, or may be one that only follows it.
enum class node_role : std::uint8_t { master, replica };

/// All that a connection depends on once it is made: what is said first, how replies are read, which refusals are states of
/// the server. Who makes connections is given no more.
struct session_options {
  redis::topology topology = topology::single;
  redis::encoding encoding = encoding::framed;  // whose scripts are loaded
  std::string username;
  base::secret password;
  std::uint32_t database = 0;
  std::size_t value_max = 1024 * 1024;
  node_role role = node_role::master;

  friend bool operator==(session_options const&, session_options const&) = default;
};

/// Who says where the master is.
struct sentinel_options {
  std::string master;                  // its name
  std::vector<net::endpoint> servers;  // the Sentinels
  std::string username;                // theirs
  base::secret password;

  /// In words, without secrets.
  std::string str() const {
    std::string words = "master " + master + " of Sentinels ";
    for (net::endpoint const& each : servers) words += (&each == &servers.front() ? "" : ", ") + each.str();
    return words;
  }

  friend bool operator==(sentinel_options const&, sentinel_options const&) = default;
};

struct redis_options {
  redis::topology topology = topology::single;
  std::vector<net::endpoint> servers;  // the one server, or the cluster nodes to ask first
  sentinel_options sentinel;
  redis::encoding encoding = encoding::framed;
  flags_policy flags = flags_policy::refuse;
  flush_policy flush = flush_policy::refuse;
  redis::read_from read_from = read_from::master;
  std::chrono::milliseconds max_lag{5000};  // of a replica that is read
  net::zone_options zones;                  // where read_from says zone
  std::string key_prefix;
  std::string username;
  base::secret password;
  std::uint32_t database = 0;
  std::size_t value_max = 1024 * 1024;  // bytes of a value: limits.value

  session_options session(node_role role = node_role::master) const {
    return {topology, encoding, username, password, database, value_max, role};
  }

  protocol::redis::translation_options translation() const {
    return {encoding, flags, key_prefix, value_max};
  }

  friend bool operator==(redis_options const&, redis_options const&) = default;
};

/// From where one hears that somebody has changed something in a Redis.
struct subscription_options {
  std::string backend;  // the redis backend's name
  std::string channel;  // empty: the server tracks the keys

  bool tracking() const { return channel.empty(); }

  friend bool operator==(subscription_options const&, subscription_options const&) = default;
};

}  // namespace tandem::backend::redis
