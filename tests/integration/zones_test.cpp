// Reads from the own zone, among the replicas of a Redis and among backends with the same items. Zones are loopback addresses.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_sentinels.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

std::string const zones =
    "zone: near\nzones: {near: [127.0.0.2], here: [127.0.0.1/32], far: [127.0.0.3, 127.0.0.4/30]}\n";

std::string got(std::string const& key, std::string const& value) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
}

double zone_reads(tandem_daemon const& of, std::string const& where) {
  return of.metric("tandem_zone_reads_total", {{"backend", "made"}, {"where", where}});
}

/// The backend "made" is replicated over the far memcached, which is the first, and the near one.
struct two_caches {
  bool answers(std::string const& key, std::string const& value) const {
    return tandem.converse("get " + key + "\r\n") == got(key, value);
  }

  memcached_server far{on_host{"127.0.0.1"}};
  memcached_server near{on_host{"127.0.0.2"}};
  tandem_daemon tandem{
      fmt::format("{}workers: 1\nbackends:\n"
                  "  far: {{memcached: {{servers: [\"{}\"]}}, timeout: 1s}}\n"
                  "  near: {{memcached: {{servers: [\"{}\"]}}, timeout: 1s}}\n"
                  "  made: {{replicated: {{to: [far, near], read: zone}}}}\n"
                  "routes:\n  - {{to: made, deadline: 5s}}\n",
                  zones, far.address(), near.address())};
};

/// How many reads the node has executed.
std::uint64_t gets_at(redis_sentinels& of, std::size_t node) {
  std::string const all = of.ask(node, {"INFO", "commandstats"}).text;
  std::string const name = "cmdstat_get:calls=";
  std::size_t const found = all.find(name);
  return found == std::string::npos ? 0 : std::stoull(all.substr(found + name.size()));
}

}  // namespace

TEST_CASE(
    "the replica in the own zone is read, another one while that is dead, and it again when it is back") {
  two_caches both;
  CHECK(both.tandem.converse("set k 0 0 1\r\n1\r\n") == "STORED\r\n");
  std::uint64_t const near = both.near.stat("cmd_get");
  std::uint64_t const far = both.far.stat("cmd_get");
  for (int each = 0; each < 20; ++each) CHECK(both.answers("k", "1"));
  CHECK(both.near.stat("cmd_get") == near + 20);
  CHECK(both.far.stat("cmd_get") == far);
  CHECK(zone_reads(both.tandem, "zone") == 20);
  CHECK(zone_reads(both.tandem, "elsewhere") == 0);

  both.near.kill();
  for (int each = 0; each < 20; ++each) CHECK(both.answers("k", "1"));
  CHECK(both.far.stat("cmd_get") == far + 20);
  CHECK(zone_reads(both.tandem, "elsewhere") == 20);

  both.near.start();
  CHECK(wait_until(
      [&] {
        double const before = zone_reads(both.tandem, "elsewhere");
        return both.answers("k", "1") && zone_reads(both.tandem, "elsewhere") == before;
      },
      30s));
  CHECK(both.near.connect().converse("get k\r\n") == got("k", "1"));
}

TEST_CASE("the far replica, which is the first, has the cas, and is never behind the near one") {
  two_caches both;
  CHECK(both.tandem.converse("set k 0 0 1\r\n1\r\n") == "STORED\r\n");
  std::uint64_t const near = both.near.stat("cmd_get");
  CHECK(both.tandem.converse("gets k\r\n").starts_with("VALUE k 0 1 "));
  CHECK(both.near.stat("cmd_get") == near);
  CHECK(both.tandem.converse("incr k 1\r\nget k\r\ndelete k\r\nget k\r\n") ==
        "2\r\n" + got("k", "2") + "DELETED\r\nEND\r\n");
  CHECK(both.near.connect().converse("get k\r\n") == "END\r\n");
  CHECK(both.far.connect().converse("get k\r\n") == "END\r\n");
}

TEST_CASE("a Redis is read in the own zone, elsewhere while nobody there answers, and in the zone again") {
  redis_sentinels far({}, {"127.0.0.1", "127.0.0.2", "127.0.0.3"});
  tandem_daemon const tandem(
      fmt::format("{}workers: 1\nbackends:\n  made:\n    redis: {{sentinel: {{master: main, sentinels: {}}}, "
                  "encoding: plain, read_from: zone, max_lag: 5s}}\n    timeout: 1s\n"
                  "routes:\n  - {{to: made, deadline: 5s}}\n",
                  zones, far.addresses()));
  auto const answers = [&] { return tandem.converse("get k\r\n") == got("k", "1"); };
  /// From now on it is so, whatever was before.
  auto const reads_only = [&](std::string const& where) {
    std::string const other = where == "zone" ? "elsewhere" : "zone";
    return wait_until(
        [&] {
          double const before = zone_reads(tandem, other);
          double const these = zone_reads(tandem, where);
          for (int each = 0; each < 10; ++each) {
            if (!answers()) return false;
          }
          return zone_reads(tandem, other) == before && zone_reads(tandem, where) >= these + 10;
        },
        60s);
  };
  REQUIRE(wait_until([&] { return tandem.converse("set k 0 0 1\r\n1\r\n") == "STORED\r\n"; }, 30s));
  REQUIRE(reads_only("zone"));
  std::uint64_t const near = gets_at(far, 1);
  std::uint64_t const master = gets_at(far, 0);
  std::uint64_t const farther = gets_at(far, 2);
  REQUIRE(reads_only("zone"));
  CHECK(gets_at(far, 1) >= near + 10);
  CHECK(gets_at(far, 0) == master);
  CHECK(gets_at(far, 2) == farther);
  CHECK(http_get(tandem.admin_port(), "/explain?key=k")
            .body.find(fmt::format("; a get goes to server {}, in zone near", far.node(1).address())) !=
        std::string::npos);

  far.node(1).kill();
  REQUIRE(reads_only("elsewhere"));
  // The replica, and not the master alone, once it has told how far behind it is.
  CHECK(wait_until([&] { return answers() && gets_at(far, 2) > farther; }, 30s));
  far.node(1).start();
  CHECK(reads_only("zone"));
}
