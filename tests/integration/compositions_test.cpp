// Backends that are made of others through the running daemon, with real servers behind them.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// Every key on `kind`, the composition's words, which may name the memcached backends a and b. One worker sees all.
std::string on_two(memcached_server const& a, memcached_server const& b, std::string const& kind,
                   std::string const& timeout) {
  return fmt::format(
      "workers: 1\n"
      "backends:\n"
      "  a: {{memcached: {{servers: [\"{}\"]}}, timeout: {}}}\n"
      "  b: {{memcached: {{servers: [\"{}\"]}}, timeout: {}}}\n"
      "  made: {{{}}}\n"
      "routes:\n  - {{to: made}}\n",
      a.address(), timeout, b.address(), timeout, kind);
}

struct two_servers {
  explicit two_servers(std::string const& kind, std::string const& timeout = "1s")
      : tandem(on_two(a, b, kind, timeout)) {}

  std::string say(std::string const& commands) const { return tandem.converse(commands); }
  static std::string in(memcached_server const& server, std::string const& key) {
    return server.connect().converse("get " + key + "\r\n");
  }

  memcached_server a;
  memcached_server b;
  tandem_daemon tandem;
};

std::string got(std::string const& key, std::string const& value) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
}

std::string const nothing = "END\r\n";

}  // namespace

TEST_CASE("a stand-in serves while the first is dead, and gives way to it, and what it had ends") {
  two_servers both("failover: {to: [a, b], ttl: 5s}");
  CHECK(both.say("set old 0 0 1\r\n1\r\n") == "STORED\r\n");
  CHECK(two_servers::in(both.b, "old") == nothing);
  both.a.kill();
  CHECK(both.say("set k 0 3600 1\r\n2\r\n") == "STORED\r\n");
  CHECK(both.say("get k\r\n") == got("k", "2"));
  CHECK(both.say("get old\r\n") == nothing);
  CHECK(both.say("gets k\r\n") == "VALUE k 0 1 9223372036854775807\r\n2\r\nEND\r\n");
  CHECK(both.say("cas k 0 0 1 9223372036854775807\r\n3\r\n").starts_with("SERVER_ERROR backend a"));
  CHECK(both.say("delete k\r\n") == "DELETED\r\n");
  CHECK(both.say("get k\r\n") == nothing);
  CHECK(both.say("set k 0 3600 1\r\n2\r\n") == "STORED\r\n");
  CHECK(both.tandem.metric("tandem_failover_answers_total", {{"stand_in", "b"}, {"reason", "error"}}) >= 5);
  both.a.start();
  REQUIRE(wait_until([&] {
    both.say("set back 0 0 1\r\n1\r\n");
    return two_servers::in(both.a, "back") == got("back", "1");
  }));
  CHECK(both.say("get k\r\n") == nothing);
  CHECK(both.say("set k 0 0 1\r\n4\r\n") == "STORED\r\n");
  CHECK(two_servers::in(both.a, "k") == got("k", "4"));
  CHECK(wait_until([&] { return two_servers::in(both.b, "k") == nothing; }));
  CHECK(wait_until([&] {
    both.say("get k\r\n");
    return both.tandem.log().find("backend made: its first answers again") != std::string::npos;
  }));
  std::string const log = both.tandem.log();
  std::string const began = "backend made: others stand in for its first: ";
  REQUIRE(log.find(began) != std::string::npos);
  CHECK(log.find(began) == log.rfind(began));
}

TEST_CASE("one that hangs leaves its stand-in the time to answer") {
  two_servers both("failover: {to: [a, b], on: [timeout]}");
  CHECK(both.say("set k 0 0 1\r\n1\r\n") == "STORED\r\n");
  both.b.connect().converse("set k 0 0 1\r\n2\r\n");
  both.a.suspend();
  CHECK(both.say("get k\r\n") == got("k", "2"));
  CHECK(both.say("incr k 1\r\n").starts_with("SERVER_ERROR backend a"));
  CHECK(two_servers::in(both.b, "k") == got("k", "2"));
  both.a.resume();
  CHECK(both.tandem.metric("tandem_failover_answers_total", {{"reason", "timeout"}}) >= 1);
}

TEST_CASE("two tiers may have a stand-in for when Redis is away") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(
      fmt::format("backends:\n"
                  "  near: {{memcached: {{servers: [\"{}\"]}}}}\n"
                  "  far: {{redis: {{server: \"{}\"}}}}\n"
                  "  both: {{tiered: {{l1: near, l2: far}}}}\n"
                  "  scratch: {{memory: {{size: 1MiB}}}}\n"
                  "  safe: {{failover: {{to: [both, scratch]}}}}\n"
                  "routes:\n  - {{to: safe}}\n",
                  near.address(), far.address()));
  CHECK(tandem.converse("set k 0 0 1\r\n1\r\nget k\r\n") == "STORED\r\n" + got("k", "1"));
  far.kill();
  CHECK(tandem.converse("set other 0 0 1\r\n2\r\nget other\r\n") == "STORED\r\n" + got("other", "2"));
  far.start();
  CHECK(wait_until([&] { return tandem.converse("get other\r\n") == nothing; }));
}

TEST_CASE("gets that come while one is under way are one at the server, and a write ends that") {
  two_servers both("coalesce: {to: a}", "20s");
  CHECK(both.say("set k 0 0 1\r\n1\r\n") == "STORED\r\n");
  std::uint64_t const before = both.a.stat("cmd_get");
  both.a.suspend();
  auto const read_bytes = [&] { return both.tandem.metric("tandem_client_read_bytes_total"); };
  double const bytes = read_bytes();
  std::vector<text_client> clients;
  for (int each = 0; each < 10; ++each) {
    clients.push_back(both.tandem.connect());
    clients.back().send("get k\r\n");
  }
  text_client writer = both.tandem.connect();
  REQUIRE(wait_until([&] { return read_bytes() - bytes == 70; }));
  writer.send("set k 0 0 1\r\n2\r\nget k\r\n");
  REQUIRE(wait_until([&] { return read_bytes() - bytes == 93; }));
  clients.front() = both.tandem.connect();  // the one that asked is gone
  both.a.resume();
  for (std::size_t each = 1; each < clients.size(); ++each)
    CHECK(clients[each].read_until("END\r\n") == got("k", "1"));
  CHECK(writer.read_until("END\r\n") == "STORED\r\n" + got("k", "2"));
  CHECK(both.a.stat("cmd_get") - before == 2);
  CHECK(both.tandem.metric("tandem_coalesced_gets_total", {{"backend", "made"}}) >= 8);
}

TEST_CASE("a share of the traffic is copied, compared, and dropped rather than waited for") {
  two_servers both("shadow: {to: a, copy_to: b, share: 100%, compare: true}");
  auto const count = [&](std::string const& name) {
    return both.tandem.metric("tandem_shadow_" + name + "_total", {{"backend", "made"}});
  };
  auto const differences = [&](std::string const& kind) {
    return both.tandem.metric("tandem_shadow_differences_total", {{"backend", "made"}, {"kind", kind}});
  };
  CHECK(both.say("set k 7 0 1\r\n1\r\nadd n 0 0 1\r\n5\r\nincr n 1\r\n") == "STORED\r\nSTORED\r\n6\r\n");
  REQUIRE(wait_until([&] { return two_servers::in(both.b, "n") == got("n", "6"); }));
  CHECK(both.say("get k\r\n") == "VALUE k 7 1\r\n1\r\nEND\r\n");
  REQUIRE(wait_until([&] { return count("compared") == 1; }));
  CHECK(count("differences") == 0);
  both.b.connect().converse("set k 8 0 1\r\n2\r\ndelete n\r\n");
  both.say("get k\r\nget n\r\n");
  REQUIRE(wait_until([&] { return count("compared") == 3; }));
  CHECK(differences("value") == 1);
  CHECK(differences("flags") == 1);
  CHECK(differences("presence") == 1);
  both.b.suspend();
  std::string many;
  for (int each = 0; each < 600; ++each) many += "get k\r\n";
  both.say(many);
  CHECK(count("dropped") >= 1);
  both.b.kill();
  CHECK(both.say("get n\r\n") == got("n", "6"));
}

TEST_CASE("a replica that was away is filled again by reads, and none of them keeps what is outdated") {
  two_servers both("replicated: {to: [a, b]}");
  CHECK(both.say("set k 7 3600 1\r\n1\r\nadd n 0 0 1\r\n5\r\nincr n 1\r\n") == "STORED\r\nSTORED\r\n6\r\n");
  CHECK(two_servers::in(both.b, "k") == "VALUE k 7 1\r\n1\r\nEND\r\n");
  CHECK(two_servers::in(both.b, "n") == got("n", "6"));
  both.a.kill();
  CHECK(both.say("get k\r\n") == "VALUE k 7 1\r\n1\r\nEND\r\n");
  CHECK(both.say("set k 0 0 1\r\n2\r\n").starts_with("SERVER_ERROR backend a"));
  CHECK(both.say("delete n\r\n").starts_with("SERVER_ERROR backend a"));
  CHECK(two_servers::in(both.b, "n") == nothing);
  both.a.start();
  REQUIRE(wait_until([&] {
    both.say("get k\r\n");
    return two_servers::in(both.a, "k") == "VALUE k 7 1\r\n1\r\nEND\r\n";
  }));
  std::string const left = both.a.connect().converse("mg k t\r\n");
  CHECK(left.starts_with("HD t3"));
  CHECK(both.tandem.metric("tandem_replica_refills_total", {{"backend", "made"}, {"replica", "a"}}) >= 1);
  CHECK(both.say("delete k\r\n") == "DELETED\r\n");
  CHECK(two_servers::in(both.a, "k") == nothing);
  CHECK(two_servers::in(both.b, "k") == nothing);
  both.b.kill();
  CHECK(both.say("set k 0 0 1\r\n2\r\n").starts_with("SERVER_ERROR backend b"));
  CHECK(both.tandem.metric("tandem_replica_missed_total", {{"replica", "b"}}) == 1);
}

TEST_CASE("with one to take a write, a dead replica is no error, and its items are no other's") {
  two_servers both("replicated: {to: [a, b], write: one}");
  CHECK(both.say("set k 0 0 1\r\n1\r\n") == "STORED\r\n");
  CHECK(two_servers::in(both.b, "k") == nothing);
  both.a.kill();
  CHECK(both.say("set k 0 0 1\r\n2\r\nget k\r\nappend k 0 0 1\r\n3\r\n") ==
        "STORED\r\n" + got("k", "2") + "STORED\r\n");
  CHECK(both.say("delete k\r\n").starts_with("SERVER_ERROR backend a"));
}

TEST_CASE("a client's requests on a key stay in order, whoever is the fastest") {
  two_servers both("replicated: {to: [a, b], read: fastest}");
  std::string said;
  std::string expected;
  for (int each = 0; each < 100; ++each) {
    std::string const value = std::to_string(each);
    said += fmt::format("set k 0 0 {}\r\n{}\r\nget k\r\ndelete k\r\nget k\r\n", value.size(), value);
    expected += "STORED\r\n" + got("k", value) + "DELETED\r\n" + nothing;
  }
  CHECK(both.say(said) == expected);
}

TEST_CASE("compositions stand behind one another") {
  memcached_server a;
  memcached_server b;
  redis_server far;
  tandem_daemon tandem(
      fmt::format("backends:\n"
                  "  a: {{memcached: {{servers: [\"{}\"]}}}}\n"
                  "  b: {{memcached: {{servers: [\"{}\"]}}}}\n"
                  "  far: {{redis: {{server: \"{}\"}}}}\n"
                  "  near: {{memory: {{size: 1MiB}}}}\n"
                  "  scratch: {{memory: {{size: 1MiB}}}}\n"
                  "  both: {{tiered: {{l1: near, l2: far}}}}\n"
                  "  twice: {{replicated: {{to: [a, b]}}}}\n"
                  "  watched: {{shadow: {{to: twice, copy_to: both}}}}\n"
                  "  safe: {{failover: {{to: [watched, scratch]}}}}\n"
                  "  merged: {{coalesce: {{to: safe}}}}\n"
                  "  apart: {{split: {{get: merged, default: merged}}}}\n"
                  "routes:\n  - {{to: apart}}\n",
                  a.address(), b.address(), far.address()));
  CHECK(tandem.converse("set k 0 0 1\r\n1\r\nget k\r\nincr k 1\r\n") ==
        "STORED\r\n" + got("k", "1") + "2\r\n");
  CHECK(two_servers::in(a, "k") == got("k", "2"));
  CHECK(two_servers::in(b, "k") == got("k", "2"));
  CHECK(wait_until([&] { return far.command({"GET", "k"}).text.ends_with("2"); }));
  finished const explained = run_tandem({"explain", "--config", tandem.configuration_file().string(), "k"});
  CHECK(explained.output.find("safe") != std::string::npos);
  a.kill();
  b.kill();
  CHECK(tandem.converse("set other 0 0 1\r\n3\r\nget other\r\n") == "STORED\r\n" + got("other", "3"));
  CHECK(tandem.stop() == 0);
}
