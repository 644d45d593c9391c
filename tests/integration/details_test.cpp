// What clients are told of servers: addresses on a listener with `details: full`, backends' names alone with `names`.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/free_port.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

/// A daemon whose servers are all gone, with a listener that says where they were and one that does not.
struct house {
  std::uint16_t const gone = free_port();
  std::uint16_t const discreet = free_port();
  tandem_daemon tandem{fmt::format(R"(
workers: 1
backends:
  pool: {{memcached: {{servers: ["127.0.0.1:{0}"]}}}}
  single: {{redis: {{server: "127.0.0.1:{0}", flush: flushdb}}}}
  cluster: {{redis: {{cluster: ["127.0.0.1:{0}"]}}}}
  tiers: {{tiered: {{l1: pool, l2: single}}}}
routes:
  - {{prefix: "p:", to: pool}}
  - {{prefix: "s:", to: single}}
  - {{prefix: "c:", to: cluster}}
  - {{prefix: "t:", to: tiers}}
  - {{to: pool}}
)",
                                   gone),
                       {fmt::format("{{address: \"127.0.0.1:{}\", details: names}}", discreet)}};

  std::string address() const { return fmt::format("127.0.0.1:{}", gone); }
};

bool tells(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("errors tell a server's address or its backend's name alone, as the listener says") {
  house const at;
  text_client full(at.tandem.port());
  text_client discreet(at.discreet);
  for (std::string const command :
       {"get p:a\r\n", "set p:a 0 0 1\r\nx\r\n", "delete p:a\r\n", "incr p:a 1\r\n", "mg p:a v\r\n",
        "ms p:a 1\r\nx\r\n", "get s:a\r\n", "set s:a 0 0 1\r\nx\r\n", "append s:a 0 0 1\r\nx\r\n",
        "incr s:a 1\r\n", "mg s:a v\r\n", "get t:a\r\n", "set t:a 0 0 1\r\nx\r\n", "flush_all\r\n"}) {
    CAPTURE(command);
    std::string const open = full.converse(command);
    CHECK(tells(open, "SERVER_ERROR backend "));
    CHECK(tells(open, " server " + at.address() + ": "));
    std::string const told = discreet.converse(command);
    CHECK(tells(told, "SERVER_ERROR backend "));
    CHECK_FALSE(tells(told, "127.0.0.1"));
    CHECK_FALSE(tells(told, std::to_string(at.gone)));
  }
  std::string const cluster = discreet.converse("get c:a\r\n");
  CHECK(tells(cluster, "SERVER_ERROR backend cluster"));
  CHECK_FALSE(tells(cluster, std::to_string(at.gone)));
}

TEST_CASE("stats backends tells metrics by server, or by backend alone") {
  house const at;
  text_client full(at.tandem.port());
  text_client discreet(at.discreet);
  full.converse("get p:a\r\nget s:a\r\n");
  CHECK(tells(full.converse("stats backends\r\n"), at.address()));
  std::string const told = discreet.converse("stats backends\r\n");
  CHECK_FALSE(tells(told, std::to_string(at.gone)));
  CHECK(tells(told, "STAT pool:server_connect_failures_total "));
}

TEST_CASE("a flag that an old memcached does not know is refused without its address") {
  fake_server old;
  std::uint16_t const discreet_port = free_port();
  tandem_daemon const tandem(
      fmt::format(
          "workers: 1\nbackends: {{pool: {{memcached: {{servers: [\"{}\"]}}}}}}\nroutes: [{{to: pool}}]\n",
          old.address()),
      {fmt::format("{{address: \"127.0.0.1:{}\", details: names}}", discreet_port)});
  text_client full(tandem.port());
  full.send("mg a x\r\n");
  auto greeted = old.accept();
  REQUIRE(greeted);
  CHECK(greeted->read_line() == "version");
  greeted->send("VERSION 1.6.18\r\n");
  CHECK(tells(full.read_line(), old.address()));
  std::string const told = text_client(discreet_port).converse("mg a x\r\n");
  CHECK(tells(told, "pool"));
  CHECK_FALSE(tells(told, "127.0.0.1"));
}
