// Name servers that do not answer: in a network namespace every name server of this machine is a socket that nobody
// reads from.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/name_server.hpp"
#include "support/network_namespace.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// Takes questions, and reads none of them.
class silent_name_servers {
 public:
  explicit silent_name_servers(network_namespace const& here) : sockets_(open_name_servers(here)) {}
  ~silent_name_servers() {
    for (int const each : sockets_) ::close(each);
  }
  silent_name_servers(silent_name_servers const&) = delete;
  silent_name_servers& operator=(silent_name_servers const&) = delete;

 private:
  std::vector<int> const sockets_;
};

}  // namespace

TEST_CASE("while no name server answers, servers given by address serve, and the daemon ends in time") {
  if (auto const why_not = no_networks()) {
    WARN("skipped, no networks:\n" << *why_not);
    return;
  }
  network_namespace const alone;
  network_namespace::visit const here(alone);
  silent_name_servers const silent(alone);
  memcached_server given_by_address;
  tandem_daemon tandem(fmt::format(R"(
workers: 1
drain: 1s
backends:
  named: {{memcached: {{servers: [cache.example:11211, other.example:11211]}}, connect_timeout: 300ms, timeout: 5s}}
  addressed: {{memcached: {{servers: ["{}"]}}}}
routes:
  - {{prefix: "n:", to: named}}
  - {{to: addressed}}
)",
                                   given_by_address.address()));

  auto const named = tandem.connect().converse("get n:1\r\nget n:2\r\nget n:3\r\nget n:4\r\n");
  CHECK(named.find("SERVER_ERROR") == 0);
  CHECK(tandem.converse("set a 0 0 1\r\nx\r\nget a\r\n") == "STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n");
  CHECK(tandem.log().find("no answer about its name within 300 ms") != std::string::npos);

  auto const told = std::chrono::steady_clock::now();
  tandem.signal(SIGTERM);
  CHECK(tandem.wait(10s) == 0);
  CHECK(std::chrono::steady_clock::now() - told < 5s);
}
