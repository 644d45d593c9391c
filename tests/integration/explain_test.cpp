// What the admin endpoint says of where a key goes now: while servers fail, and when they are back.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_sentinels.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::string explained(tandem_daemon const& by, std::string const& key) {
  http_response const got = http_get(by.admin_port(), "/explain?key=" + key);
  CHECK(got.status == 200);
  return got.body;
}

std::string by_command_line(tandem_daemon const& of, std::string const& key) {
  return run_tandem({"explain", "--config", of.configuration_file().string(), key}).output;
}

bool has(std::string const& line, std::string const& words) { return line.find(words) != std::string::npos; }

/// Asks for the key, so that what becomes of its servers is met, until the page says so.
bool says(tandem_daemon const& by, std::string const& key, std::string const& words) {
  std::string line;
  bool const said = wait_until(
      [&] {
        by.converse("get " + key + "\r\n");
        line = explained(by, key);
        return has(line, words);
      },
      std::chrono::seconds(30));
  INFO(line << "should have: " << words);
  CHECK(said);
  return said;
}

bool is_plain(tandem_daemon const& by, std::string const& key, std::string const& line) {
  return wait_until(
      [&] {
        by.converse("get " + key + "\r\n");
        return explained(by, key) == line;
      },
      std::chrono::seconds(30));
}

std::string const guard =
    "    timeout: 200ms\n    circuit_breaker: {failures: 2, open: 200ms, return: [20%, 100%]}\n"
    "    probe: {every: 100ms}\n";

}  // namespace

TEST_CASE("a running daemon says what the command line says, until servers fail") {
  memcached_server server;
  tandem_daemon const tandem(fmt::format(
      "backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\nroutes:\n  - {{prefix: \"p:\", to: pool}}\n",
      server.address()));
  std::string lines;
  for (std::string const key : {"p:1", "p:2", "q"}) lines += by_command_line(tandem, key);
  http_response const got = http_get(tandem.admin_port(), "/explain?key=p%3A1&key=p:2&key=q");
  CHECK(got.status == 200);
  CHECK(got.body == lines);
  CHECK(has(got.body, "p:1: rule prefix \"p:\" -> backend pool -> server " + server.address() + "\n"));
  CHECK(has(got.body, "q: no rule matches; a client gets SERVER_ERROR\n"));
  CHECK(http_get(tandem.admin_port(), "/explain").status == 400);
  CHECK(http_get(tandem.admin_port(), "/explain?key=%20").status == 400);
  CHECK(has(http_get(tandem.admin_port(), "/").body, " /explain "));
}

TEST_CASE(
    "of a pool whose server is dead it says so, who takes the key, and how much the server returns with") {
  std::vector<memcached_server> servers(2);
  memcached_server spare;
  tandem_daemon const tandem(fmt::format(
      "backends:\n  pool:\n    memcached: {{servers: [\"{}\", \"{}\"], on_server_failure: {{gutter: "
      "spare, ttl: 10s}}}}\n{}  spare:\n    memcached: {{servers: [\"{}\"]}}\nroutes:\n  - {{to: "
      "pool}}\n",
      servers[0].address(), servers[1].address(), guard, spare.address()));
  std::string const key = "k";
  std::string const well = explained(tandem, key);
  CHECK(well == by_command_line(tandem, key));
  memcached_server& own = has(well, servers[0].address()) ? servers[0] : servers[1];
  std::string const server = "pool, server " + own.address();
  std::string const spared = "; else spare, server " + spare.address();
  CHECK(has(well, server + spared + "\n"));

  own.kill();
  CHECK(says(tandem, key, server + " (left alone "));
  CHECK(has(explained(tandem, key), spared + " (takes it now)\n"));
  CHECK(by_command_line(tandem, key) == well);
  own.start();
  CHECK(is_plain(tandem, key, well));
}

TEST_CASE("of a failover it says who takes the key while the Redis in front is stopped") {
  redis_server redis;
  memcached_server cache;
  tandem_daemon const tandem(
      fmt::format("backends:\n  store:\n    redis: {{server: \"{}\"}}\n{}  cache:\n    memcached: {{servers: "
                  "[\"{}\"]}}\n  both:\n    failover: {{to: [store, cache]}}\nroutes:\n  - {{to: both}}\n",
                  redis.address(), guard, cache.address()));
  std::string const well = explained(tandem, "k");
  CHECK(well == fmt::format("k: rule default -> backend both -> store, server {}; else cache, server {}\n",
                            redis.address(), cache.address()));
  redis.suspend();
  CHECK(says(tandem, "k", redis.address() + " (left alone "));
  CHECK(says(tandem, "k", cache.address() + " (takes it now)\n"));
  redis.resume();
  CHECK(is_plain(tandem, "k", well));
}

TEST_CASE("of a Redis behind Sentinels it says which server is the master now") {
  redis_sentinels far;
  tandem_daemon const tandem(
      fmt::format("backends:\n  store:\n    redis: {{sentinel: {{master: main, sentinels: {}}}}}\n{}"
                  "routes:\n  - {{to: store}}\n",
                  far.addresses(), guard));
  CHECK(says(tandem, "k", ", server " + far.node(0).address() + "\n"));
  std::size_t const now = far.fail_over();
  CHECK(says(tandem, "k", ", server " + far.node(now).address() + "\n"));
  CHECK_FALSE(has(explained(tandem, "k"), ", server " + far.node(0).address()));
}

TEST_CASE("of a cluster it says which node has the key's slot now, and that it is away") {
  redis_cluster far;
  std::string const key = "foo";
  unsigned const slot = slot_of(key);
  tandem_daemon const tandem(fmt::format(
      "workers: 1\nbackends:\n  store:\n    redis: {{cluster: {}}}\n{}routes:\n  - {{to: store}}\n",
      far.addresses(), guard));
  std::string const front = fmt::format("slot {}", slot);
  CHECK(has(explained(tandem, key), front + " (no slot map yet)\n"));
  std::string const first = far.node(far.master_of(slot)).address();
  CHECK(says(tandem, key, front + " server " + first + "\n"));
  far.fail_over(slot);
  std::string const next = far.node(far.master_of(slot)).address();
  CHECK(next != first);
  CHECK(says(tandem, key, front + " server " + next + "\n"));
  far.node(far.master_of(slot)).suspend();
  CHECK(says(tandem, key, front + " server " + next + " (left alone "));
}

TEST_CASE("a pool that answers misses for failures is said to") {
  memcached_server server;
  tandem_daemon const tandem(fmt::format(
      "backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\n    on_failure: miss\n{}routes:\n"
      "  - {{to: pool}}\n",
      server.address(), guard));
  server.kill();
  CHECK(says(tandem, "k", "; a get is answered as a miss\n"));
  CHECK(has(explained(tandem, "k"), server.address() + " ("));
}
