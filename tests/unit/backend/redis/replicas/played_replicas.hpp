// A master and its replicas, in a cluster and by Sentinels, all of them played.
#pragma once

#include "backend/redis/redis_route.hpp"
#include "unit/backend/redis/sentinel/played_sentinels.hpp"
#include "unit/model/requests.hpp"

#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace tandem::test {

/// Server 0 is the master, the others are its replicas; each listens on its own of the addresses.
struct played_replicas : played_redis {
  using read_from = backend::redis::read_from;
  using topology = backend::redis::topology;

  played_replicas(topology how, read_from from, net::zone_options const& zones = {},
                  std::vector<std::string> const& addresses = {"127.0.0.1", "127.0.0.1", "127.0.0.1"}) {
    for (std::size_t at = 0; at < addresses.size(); ++at) {
      infos.push_back({at == 0 ? "master" : "slave", "up", 100});
      played_server& one = add_redis(addresses[at]);
      one.greeting = [this, at](std::string const& command) { return first_words(at, command); };
      one.answer = [at](std::string const&) { return bulk(std::to_string(at)); };
    }
    options.topology = how;
    options.read_from = from;
    options.zones = zones;
    options.max_lag = std::chrono::seconds(1);
    options.sentinel.master = "main";
    options.servers.resize(how == topology::cluster ? 1 : 0);
    belief = std::make_shared<backend::redis::master_belief>(options.sentinel);
    if (how == topology::sentinel) belief->believe(servers[0]->where(), replicas());
    route.emplace("store", options, upstream, around, flushes, how == topology::sentinel ? belief : nullptr);
  }

  std::string told(model::request const& asked) { return told_by(*route, asked); }
  std::string read() { return told(model::tests::ask(model::verb::get, "k")); }
  /// Waits until it answers so.
  bool comes_to(std::string const& answer) {
    for (int each = 0; each < 200; ++each) {
      if (read() == answer) return true;
      base::time_point const later = loop.now() + std::chrono::milliseconds(10);
      std::ignore = until([&] { return loop.now() >= later; });
    }
    return false;
  }
  double replica_reads() const { return registry.total(metrics::replica_reads_total); }

  struct info {
    std::string role, link;
    int offset;
  };
  std::vector<info> infos;
  backend::redis::flush_gate flushes;
  std::shared_ptr<backend::redis::master_belief> belief;
  std::optional<backend::redis::redis_route> route;

 private:
  std::vector<net::endpoint> replicas() const {
    std::vector<net::endpoint> made;
    for (std::size_t at = 1; at < servers.size(); ++at) made.push_back(servers[at]->where());
    return made;
  }
  std::vector<std::size_t> all() const {
    std::vector<std::size_t> made;
    for (std::size_t at = 0; at < servers.size(); ++at) made.push_back(at);
    return made;
  }
  std::string first_words(std::size_t at, std::string const& command) {
    info const& now = infos[at];
    if (command == "INFO replication") {
      return bulk(
          fmt::format("role:{}\r\nmaster_link_status:{}\r\nslave_repl_offset:{}\r\nmaster_replid:h\r\n"
                      "master_repl_offset:{}\r\n",
                      now.role, now.link, now.offset, now.offset));
    }
    if (command == "READONLY") return at == 0 ? "-ERR a master\r\n" : "+OK\r\n";
    if (command == "CLUSTER SLOTS") return slot_map({{0, 16383, all()}});
    if (command == "ROLE") return array_of({bulk(now.role), ":0\r\n"});
    return command.starts_with("SCRIPT LOAD") ? "+OK\r\n" : "";
  }
};

}  // namespace tandem::test
