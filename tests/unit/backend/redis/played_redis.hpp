// Redis servers that a test plays, and the settings of those who speak to them.
#pragma once

#include "backend/redis/node.hpp"
#include "unit/backend/played_world.hpp"

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace tandem::test {

inline std::string bulk(std::string const& text) {
  return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n";
}

struct played_redis : played_world {
  played_redis() : played_world(take_redis_command) {
    upstream.timeout = std::chrono::milliseconds(2000);
    upstream.backoff_min = upstream.backoff_max = std::chrono::milliseconds(1);
    options.encoding = backend::redis::encoding::plain;
    options.flags = backend::redis::flags_policy::drop;
  }

  /// One that takes connections and signs everybody in; the configuration names it.
  played_server& add_redis(std::string const& address = "127.0.0.1") {
    played_server& made = add_server(address);
    made.greeting = [](std::string const& command) {
      return command.starts_with("SCRIPT LOAD") ? "+OK\r\n" : command == "PING" ? "+PONG\r\n" : "";
    };
    options.servers.push_back(made.where());
    made.listen();
    return made;
  }

  backend::redis::node_settings settings() {
    return {"store", options, upstream, loop.reactor(), worker_metrics, health, links};
  }

  /// Everybody serves these slots: [first, last] at a server, and its replicas.
  struct slots {
    int first, last;
    std::vector<std::size_t> at;
  };
  std::string slot_map(std::vector<slots> const& all) const {
    std::string made = fmt::format("*{}\r\n", all.size());
    for (slots const& each : all) {
      made += fmt::format("*{}\r\n:{}\r\n:{}\r\n", 2 + each.at.size(), each.first, each.last);
      for (std::size_t const at : each.at) {
        net::endpoint const where = servers.at(at)->where();
        made += fmt::format("*2\r\n{}:{}\r\n", bulk(where.host), where.port);
      }
    }
    return made;
  }

  /// The name in errors of server `at`.
  std::string label(std::size_t at) const { return "backend store server " + servers.at(at)->where().str(); }

  backend::redis::redis_options options;
  net::upstream_options upstream;
};

}  // namespace tandem::test
