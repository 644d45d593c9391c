// What clients are told while a server is dead, with on_failure: error and miss, in each dialect.
#include "support/binary_client.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

using namespace tandem::test;

namespace {

/// Three servers, of which the first is killed when a key on it is known.
struct broken_pool {
  explicit broken_pool(std::string const& on_failure)
      : tandem(fmt::format("backends:\n  pool:\n    memcached: {{servers: [\"{}\", \"{}\", \"{}\"]}}\n"
                           "    timeout: 1s\n    on_failure: {}\nroutes:\n  - {{to: pool}}\n",
                           servers[0].address(), servers[1].address(), servers[2].address(), on_failure)) {
    dead = key_on(0);
    alive = key_on(1);
    servers[0].kill();
  }

  std::string key_on(std::size_t server) {
    for (int i = 0;; ++i) {
      std::string key = fmt::format("key{}", i);
      REQUIRE(tandem.converse("set " + key + " 0 0 1\r\nv\r\n") == "STORED\r\n");
      if (servers[server].connect().converse("get " + key + "\r\n") != "END\r\n") return key;
    }
  }

  /// `words` with the key in the place of KEY.
  static std::string about(std::string words, std::string const& key) {
    for (std::size_t at = words.find("KEY"); at != std::string::npos; at = words.find("KEY"))
      words.replace(at, 3, key);
    return words;
  }

  std::vector<memcached_server> servers{3};
  tandem_daemon tandem;
  std::string dead;
  std::string alive;
};

struct example {
  std::string said;  // KEY is the key
  std::string miss;  // the answer with on_failure: miss; empty: an error as ever
};

std::vector<example> const examples{
    {"get KEY\r\n", "END\r\n"},
    {"gets KEY\r\n", "END\r\n"},
    {"gat 10 KEY\r\n", "END\r\n"},
    {"get KEY KEY\r\n", "END\r\n"},
    {"mg KEY v\r\n", "EN\r\n"},
    {"mg KEY v q\r\n", "(nothing)"},
    {"mg KEY v k O7\r\n", "EN\r\n"},
    {"mg KEY v t N30\r\n", "EN\r\n"},
    {"delete KEY\r\n", "NOT_FOUND\r\n"},
    {"delete KEY noreply\r\n", "(nothing)"},
    {"md KEY\r\n", "NF\r\n"},
    {"set KEY 0 0 1\r\nx\r\n", ""},
    {"add KEY 0 0 1\r\nx\r\n", ""},
    {"append KEY 0 0 1\r\nx\r\n", ""},
    {"cas KEY 0 0 1 1\r\nx\r\n", ""},
    {"incr KEY 1\r\n", ""},
    {"touch KEY 10\r\n", ""},
    {"ms KEY 1\r\nx\r\n", ""},
    {"ma KEY\r\n", ""},
    {"flush_all\r\n", ""},
};

}  // namespace

TEST_CASE("keys of a dead server are misses to those who may not see its failure") {
  broken_pool pool("miss");
  for (example const& each : examples) {
    INFO(each.said);
    std::string const answer = pool.tandem.converse(broken_pool::about(each.said, pool.dead));
    if (each.miss.empty()) {
      CHECK(answer.starts_with("SERVER_ERROR backend pool server " + pool.servers[0].address()));
    } else if (each.miss == "(nothing)") {
      CHECK(answer.empty());
    } else {
      CHECK(answer.starts_with(each.miss.substr(0, 2)));
      CHECK(answer.ends_with(each.miss.substr(each.miss.size() - 2)));
    }
    CHECK(answer.find("SERVER_ERROR") == (each.miss.empty() ? 0 : std::string::npos));
  }
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total", {{"command", "get"}}) == 8);
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total", {{"command", "gat"}}) == 1);
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total", {{"command", "delete"}}) == 3);
  CHECK(pool.tandem.metric("tandem_errors_total", {{"backend", "pool"}}) >= 12);
}

TEST_CASE("without it each failure is told, but for a get of many keys") {
  broken_pool pool("error");
  for (example const& each : examples) {
    INFO(each.said);
    bool const untold =
        each.said.starts_with("get KEY KEY") || each.said.find("noreply") != std::string::npos;
    std::string const answer = pool.tandem.converse(broken_pool::about(each.said, pool.dead));
    CHECK(answer.starts_with("SERVER_ERROR") == !untold);
  }
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total") == 0);
}

TEST_CASE("in binary a failed get is not found, and a quiet one nothing") {
  broken_pool pool("miss");
  binary_client client(pool.tandem.connect());
  constexpr std::uint8_t get = 0x00, get_quiet = 0x09, set = 0x01, remove = 0x04, no_operation = 0x0a;
  CHECK(client.ask({.opcode = get, .key = pool.dead}).status == 1);
  CHECK(client.ask({.opcode = remove, .key = pool.dead}).status == 1);
  CHECK(client.ask({.opcode = set, .key = pool.dead, .extras = std::string(8, '\0'), .value = "x"}).status >
        0x80);
  client.send({.opcode = get_quiet, .key = pool.dead});
  CHECK(client.ask({.opcode = no_operation}).opcode == no_operation);
  CHECK(client.ask({.opcode = get, .key = pool.alive}).status == 0);
}

TEST_CASE("two tiers know a failed L2 from an absent item, whatever L2's own rules are told") {
  memcached_server l1;
  tandem_daemon tandem(
      fmt::format("backends:\n  near:\n    memcached: {{servers: [\"{}\"]}}\n    on_failure: miss\n"
                  "  far:\n    redis: {{server: \"127.0.0.1:1\"}}\n    on_failure: miss\n"
                  "  both:\n    tiered: {{l1: near, l2: far, negative_ttl: 60s}}\n"
                  "  hidden:\n    tiered: {{l1: other, l2: far}}\n    on_failure: miss\n"
                  "  other:\n    memory: {{size: 1MiB}}\n"
                  "routes:\n  - {{prefix: \"far:\", to: far}}\n  - {{prefix: \"hidden:\", to: hidden}}\n"
                  "  - {{to: both}}\n",
                  l1.address()));
  CHECK(tandem.converse("get far:k\r\n") == "END\r\n");
  CHECK(tandem.converse("get hidden:k\r\n") == "END\r\n");
  CHECK(tandem.converse("get k\r\n").starts_with("SERVER_ERROR backend far"));
  CHECK(tandem.converse("delete k\r\n").starts_with("SERVER_ERROR backend far"));
}
