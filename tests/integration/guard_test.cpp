// Servers that hang, come back and flap: when they are left alone, and how they return.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

using clock = std::chrono::steady_clock;

std::string configuration(std::string const& kind, std::string const& guard) {
  return fmt::format(
      "workers: 2\nbackends:\n  b:\n    {}\n    timeout: 200ms\n    {}\nroutes:\n  - {{to: b}}\n", kind,
      guard);
}

std::string pool_of(memcached_server const& server) {
  return fmt::format("memcached: {{servers: [\"{}\"]}}", server.address());
}

std::string redis_at(redis_server const& server) {
  return fmt::format("redis: {{server: \"{}\"}}", server.address());
}

double withheld(tandem_daemon const& of) { return of.metric("tandem_server_withheld_percent"); }

bool left_alone(tandem_daemon const& by) {
  return wait_until([&] { return withheld(by) == 100; }, 10s);
}

bool back(tandem_daemon const& at) {
  return wait_until([&] { return withheld(at) == 0; }, 20s);
}

/// Of a server that hangs: nobody waits for it any more, and who asks is told so; then it goes on, and returns.
template <class Server>
void hang(Server& server, tandem_daemon const& tandem) {
  REQUIRE(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  server.suspend();
  CHECK(tandem.converse("get k\r\nmg k v\r\n").find("SERVER_ERROR") != std::string::npos);
  REQUIRE(left_alone(tandem));
  auto const started = clock::now();
  for (int each = 0; each < 50; ++each) CHECK(tandem.converse("mg k v\r\n").starts_with("SERVER_ERROR"));
  CHECK(clock::now() - started < 5s);  // 50 time-outs are 10 s
  CHECK(tandem.log().find("is left alone") != std::string::npos);
  server.resume();
  REQUIRE(back(tandem));
  CHECK(tandem.converse("get k\r\n") == "VALUE k 0 1\r\nv\r\nEND\r\n");
  CHECK(tandem.log().find("returns: 5 % of its keys") != std::string::npos);
  CHECK(tandem.log().find("has all of its keys again") != std::string::npos);
}

std::string const quick = "circuit_breaker: {open: 200ms}";

}  // namespace

TEST_CASE("a memcached that hangs is left alone after two time-outs, and returns by itself") {
  memcached_server server;
  hang(server, tandem_daemon(configuration(pool_of(server), quick)));
}

TEST_CASE("a Redis that hangs is left alone after two time-outs, and returns by itself") {
  redis_server server;
  hang(server, tandem_daemon(configuration(redis_at(server), quick)));
}

TEST_CASE("a server is asked how it is though no client asks for anything") {
  memcached_server server;
  tandem_daemon const tandem(configuration(pool_of(server), "probe: {every: 100ms}\n    " + quick));
  REQUIRE(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  CHECK(wait_until([&] {
    return tandem.metric("tandem_server_probes_total", {{"result", "answered"}}) > 3;
  }));
  server.suspend();
  CHECK(left_alone(tandem));
  CHECK(tandem.metric("tandem_server_probes_total", {{"result", "silent"}}) >= 2);
  server.resume();
  CHECK(back(tandem));
}

TEST_CASE("a server that returns is asked for more and more of its keys") {
  memcached_server server;
  tandem_daemon const tandem(
      configuration(pool_of(server), "circuit_breaker: {open: 1s, return: [10%, 60%, 100%]}"));
  std::string many = "get";
  for (int each = 0; each < 200; ++each) {
    std::string const key = fmt::format("k{}", each);
    REQUIRE(tandem.converse("set " + key + " 0 0 1\r\nv\r\n") == "STORED\r\n");
    many += " " + key;
  }
  server.suspend();
  CHECK(tandem.converse("mg k1 v\r\n").find("SERVER_ERROR") == 0);
  REQUIRE(left_alone(tandem));
  server.resume();
  auto const found = [&] {
    std::string const answer = tandem.converse(many + "\r\n");
    std::size_t values = 0;
    for (std::size_t at = answer.find("VALUE"); at != std::string::npos; at = answer.find("VALUE", at + 1))
      ++values;
    return values;
  };
  std::vector<std::size_t> steps;
  CHECK(wait_until(
      [&] {
        std::size_t const values = found();
        if (values > 0 && (steps.empty() || values != steps.back())) steps.push_back(values);
        return values == 200;
      },
      20s));
  CHECK(steps.size() >= 3);
  CHECK(std::ranges::is_sorted(steps));
}

TEST_CASE("a server that fails again soon after it has returned stays away until it has proved itself") {
  memcached_server server;
  tandem_daemon const tandem(configuration(
      pool_of(server), "circuit_breaker: {open: 100ms, flap_window: 4s}\n    probe: {every: 100ms}"));
  REQUIRE(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  server.suspend();
  REQUIRE(left_alone(tandem));
  server.resume();
  REQUIRE(back(tandem));
  server.suspend();
  REQUIRE(left_alone(tandem));
  server.resume();
  auto const resumed = clock::now();
  CHECK(back(tandem));
  CHECK(clock::now() - resumed > 4s);
  CHECK(tandem.log().find(
            "it has failed again soon after it returned, 1 times in a row; it returns when every probe has "
            "succeeded for 4 s") != std::string::npos);
}

TEST_CASE("one that is killed and started again at once is not left alone") {
  memcached_server server;
  tandem_daemon const tandem(configuration(pool_of(server), ""));
  REQUIRE(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  server.kill();
  server.start();
  CHECK(wait_until([&] { return tandem.converse("get k\r\n") == "END\r\n"; }));
  CHECK(tandem.log().find("is left alone") == std::string::npos);
}
