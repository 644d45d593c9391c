// A server of a pool fails while its keys are asked for and changed, and comes back with what it had: who answers meanwhile, and
// that nobody is told what was changed since.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem::test;

namespace {

struct pool_of_three {
  explicit pool_of_three(std::string_view choice, std::string_view more = "")
      : tandem(fmt::format(
            "workers: 2\nbackends:\n  pool:\n    memcached: {{servers: [\"{}\", \"{}\", \"{}\"]{}}}\n"
            "    timeout: 300ms\n    circuit_breaker: {{failures: 2, open: 100ms, return: [100%]}}\n"
            "    probe: {{every: 100ms}}\n{}"
            "  spare: {{memcached: {{servers: [\"{}\"]}}}}\nroutes:\n  - {{to: pool}}\n",
            servers[0].address(), servers[1].address(), servers[2].address(),
            choice.empty() ? "" : fmt::format(", on_server_failure: {}", choice), more, spare.address())) {
    for (int number = 0; keys.size() < 12; ++number) {
      std::string const key = fmt::format("key{}", number);
      REQUIRE(say("set " + key + " 0 0 3\r\nold\r\n") == "STORED\r\n");
      (has(servers[0], key) ? keys : others).push_back(key);
    }
  }

  std::string say(std::string const& commands) const { return tandem.converse(commands); }
  static bool has(memcached_server const& server, std::string const& key) {
    return server.connect().converse("get " + key + "\r\n") != "END\r\n";
  }
  /// What a client is told of the key, in a word: its value, miss or error.
  std::string got(std::string const& key) const {
    std::string const told = say("get " + key + "\r\n");
    if (told == "END\r\n") return "miss";
    if (told.starts_with("SERVER_ERROR")) return "error";
    return told.substr(told.find('\n') + 1, 3);
  }
  /// Until a write goes to the first server again, over whatever connection, and nothing is due there.
  [[nodiscard]] bool back() const {
    return wait_until([&] {
      bool all = tandem.metric("tandem_pool_removals_due") == 0;
      for (std::string const& key : keys) {
        all = say("set " + key + " 0 0 3\r\nown\r\n") == "STORED\r\n" && has(servers[0], key) && all;
      }
      return all;
    });
  }

  std::vector<memcached_server> servers{3};
  memcached_server spare;
  tandem_daemon tandem;
  std::vector<std::string> keys;    // on the first server
  std::vector<std::string> others;  // and elsewhere
};

}  // namespace

TEST_CASE("a server that was away tells nothing of what was deleted or written meanwhile, whoever stood in") {
  struct row {
    std::string choice, more;
    std::string told;  // to a delete and a set meanwhile
  };
  for (row const& each : std::vector<row>{{"", "", "SERVER_ERROR"},
                                          {"error", "    on_failure: miss\n", ""},
                                          {"{gutter: spare, ttl: 2s}", "", ""},
                                          {"rehash", "", ""}}) {
    INFO(each.choice << each.more);
    pool_of_three pool(each.choice, each.more);
    pool.servers[0].suspend();
    // The first few are sent and done late, those behind them never are.
    for (std::size_t at = 0; at < pool.keys.size(); ++at) {
      std::string const& key = pool.keys[at];
      std::string const told =
          pool.say(at % 2 == 0 ? "delete " + key + "\r\n" : "set " + key + " 0 0 3\r\nnew\r\n");
      CHECK(told.starts_with(each.told));
    }
    pool.servers[0].resume();
    for (int round = 0; round < 20; ++round) {
      for (std::string const& key : pool.keys) CHECK(pool.got(key) != "old");
    }
    REQUIRE(pool.back());
    for (std::string const& key : pool.keys) CHECK(pool.got(key) != "old");
    for (std::string const& key : pool.others) CHECK(pool.got(key) == "old");
    CHECK(pool.tandem.metric("tandem_pool_removals_replayed_total") >= 1);
  }
}

TEST_CASE("what nobody asks for is removed from a server that is back as well") {
  pool_of_three pool("");
  pool.servers[0].suspend();
  for (std::string const& key : pool.keys)
    CHECK(pool.say("delete " + key + "\r\n").starts_with("SERVER_ERROR"));
  CHECK(pool.tandem.metric("tandem_pool_removals_due") == static_cast<double>(pool.keys.size()));
  pool.servers[0].resume();
  CHECK(wait_until([&] { return pool.tandem.metric("tandem_pool_removals_due") == 0; }));
  for (std::string const& key : pool.keys) CHECK(!pool_of_three::has(pool.servers[0], key));
}

TEST_CASE("a gutter has the keys of a server that is dead for a short time, and gives them back") {
  pool_of_three pool("{gutter: spare, ttl: 5s}");
  std::string const& key = pool.keys.front();
  pool.servers[0].kill();
  CHECK(pool.got(key) == "miss");
  CHECK(pool.say("set " + key + " 0 3600 3\r\nnew\r\n") == "STORED\r\n");
  CHECK(pool.got(key) == "new");
  CHECK(pool_of_three::has(pool.spare, key));
  CHECK(pool.spare.connect().converse("mg " + key + " t\r\n") <= "HD t5\r\n");
  CHECK(pool.say("delete " + key + "\r\n") == "DELETED\r\n");
  CHECK(pool.got(key) == "miss");
  CHECK(pool.say("add " + key + " 0 0 3\r\ntwo\r\n") == "STORED\r\n");
  for (std::string const& other : pool.others) CHECK(!pool_of_three::has(pool.spare, other));
  CHECK(pool.tandem.metric("tandem_failover_answers_total", {{"backend", "pool"}, {"stand_in", "spare"}}) >=
        5);
  CHECK(wait_until([&] {
    return pool.tandem.log().find("backend pool: others stand in for servers that fail: ") !=
           std::string::npos;
  }));

  pool.servers[0].start();
  REQUIRE(pool.back());
  CHECK(pool.got(key) == "own");
  CHECK(!pool_of_three::has(pool.spare, key));
}

TEST_CASE("the other servers of a pool have the keys of one that is dead") {
  pool_of_three pool("rehash");
  pool.servers[0].kill();
  for (std::string const& key : pool.keys) {
    CHECK(pool.say("set " + key + " 0 3600 3\r\nnew\r\n") == "STORED\r\n");
    CHECK(pool.got(key) == "new");
    CHECK(pool_of_three::has(pool.servers[1], key) != pool_of_three::has(pool.servers[2], key));
  }
  CHECK(pool.tandem.metric("tandem_failover_answers_total", {{"backend", "pool"}, {"stand_in", "rehash"}}) >=
        5);
  pool.servers[0].start();
  CHECK(pool.back());
}
