// Sentinels that a test plays, and the Redis servers that they name.
#pragma once

#include "backend/redis/sentinel/master_belief.hpp"
#include "unit/backend/redis/played_redis.hpp"

#include <memory>
#include <string>

namespace tandem::test {

inline std::string array_of(std::vector<std::string> const& elements) {
  std::string made = fmt::format("*{}\r\n", elements.size());
  for (std::string const& each : elements) made += each;
  return made;
}

/// The first servers are Sentinels, and what is behind them Redis servers.
struct played_sentinels : played_redis {
  explicit played_sentinels(std::size_t sentinels, std::size_t nodes) : says(sentinels) {
    options.topology = backend::redis::topology::sentinel;
    options.sentinel.master = "main";
    for (std::size_t at = 0; at < sentinels; ++at) {
      played_server& made = add_server();
      made.answer = [this, at](std::string const& command) { return answer_to(at, command); };
      made.listen();
      options.sentinel.servers.push_back(made.where());
    }
    for (std::size_t at = 0; at < nodes; ++at) {
      played_server& made = add_redis();
      std::size_t const number = sentinels + at;
      roles.push_back("master");
      made.greeting = [this, at](std::string const& command) {
        if (command == "ROLE") return array_of({bulk(roles[at]), ":0\r\n", "*0\r\n"});
        return std::string(command.starts_with("SCRIPT LOAD") ? "+OK\r\n" : "");
      };
      made.answer = [number](std::string const&) { return bulk(std::to_string(number)); };
    }
    options.servers.clear();
    belief = std::make_shared<backend::redis::master_belief>(options.sentinel);
  }

  /// From now on a Sentinel says that.
  struct view {
    std::size_t master = 0;  // of the servers
    std::uint64_t epoch = 0;
    std::string instead{};  // of all answers
    std::vector<std::size_t> replicas{};
  };

  std::string address(std::size_t server) const { return servers.at(server)->where().str(); }

  backend::redis::node_settings settings() {
    auto made = played_redis::settings();
    made.master = belief;
    return made;
  }

  std::vector<view> says;
  std::vector<std::string> roles;
  std::shared_ptr<backend::redis::master_belief> belief;

 private:
  std::string replicas_of(view const& now) const {
    std::vector<std::string> all;
    for (std::size_t const each : now.replicas) {
      net::endpoint const where = servers.at(each)->where();
      all.push_back(array_of({bulk("ip"), bulk(where.host), bulk("port"), bulk(std::to_string(where.port))}));
    }
    return array_of(all);
  }

  std::string answer_to(std::size_t at, std::string const& command) {
    view const& now = says[at];
    if (command == "PING") return array_of({bulk("pong"), bulk("")});
    if (command.starts_with("SUBSCRIBE"))
      return array_of({bulk("subscribe"), bulk("+switch-master"), ":1\r\n"});
    if (!now.instead.empty()) return now.instead;
    net::endpoint const master = servers.at(now.master)->where();
    if (command == "SENTINEL GET-MASTER-ADDR-BY-NAME main")
      return array_of({bulk(master.host), bulk(std::to_string(master.port))});
    if (command == "SENTINEL MASTER main")
      return array_of({bulk("name"), bulk("main"), bulk("config-epoch"), bulk(std::to_string(now.epoch))});
    if (command == "SENTINEL REPLICAS main") return replicas_of(now);
    return "-ERR unknown command\r\n";
  }
};

}  // namespace tandem::test
