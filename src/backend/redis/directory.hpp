// Which Redis server has a key: one for all, the slot map of a cluster, or the master that Sentinels name. The answers change while requests
// are under way, so each of them holds its node by a shared pointer: a node that left the cluster lives until
// its last request is done.
#pragma once

#include "backend/explained.hpp"
#include "backend/redis/node.hpp"
#include "net/link_registry.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::backend::redis {

using node_pointer = std::shared_ptr<node>;

/// It outlives the route when another with the same options takes its place.
class directory : public net::registered {
 public:
  /// By which a worker knows it.
  struct terms {
    std::string backend;
    redis_options options;
    net::upstream_options upstream;
    std::shared_ptr<master_belief> master;

    friend bool operator==(terms const&, terms const&) = default;
  };

  bool quiet() const override { return true; }

  /// None while it is not known who has the key. `key` is as stored, with the backend's prefix.
  virtual node_pointer node_for(std::string_view key) = 0;

  /// Why node_for() knows none, in words.
  virtual std::string trouble() const = 0;

  /// A replica that has the key, of several one by chance; none if none is known, or each may lag too far behind. Only where
  /// options.read_from says so; where it says `zone`, one that is in it, else the master if that is, else any.
  virtual node_pointer replica_for(std::string_view, std::uint32_t) { return nullptr; }

  /// Why replica_for() knows none, in words; empty while that may change at any moment, as in the beginning.
  virtual std::string trouble_of_replicas(std::string_view) { return {}; }

  /// The server at an address that a redirection named; none if there are too many servers.
  virtual node_pointer node_at(net::endpoint const& where) = 0;

  /// A server said that this slot is served from there.
  virtual void moved(std::uint16_t slot, net::endpoint const& where) = 0;

  /// Something happened that an outdated idea of who has which key would explain.
  virtual void suspect() = 0;

  /// Whether an answer of that server counts: one that is the master no longer may have told what is outdated.
  virtual bool serves(node const&) { return true; }

  /// Every server that holds keys which others do not hold; empty if that is not known before the deadline.
  virtual base::task<std::vector<node_pointer>> masters(base::time_point deadline) = 0;

  /// Where the key goes, in words, and whether anybody is there; see model::explanation. Whoever asks for this moment has it
  /// found out as a request would, for the next time.
  virtual void explain(std::string_view key, model::explanation& where) = 0;

 protected:
  static void explain_node(node const& one, std::string_view key, model::explanation& where) {
    explain_server(one, one.where().str(), key, where);
  }
};

}  // namespace tandem::backend::redis
