// Name servers that do not answer: in a network namespace every name server of this machine is a socket that nobody
// reads from.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/network_namespace.hpp"
#include "support/tandem_daemon.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// Those of /etc/resolv.conf, or the one that stands for none.
std::vector<std::string> name_servers() {
  std::vector<std::string> found;
  std::ifstream file("/etc/resolv.conf");
  for (std::string word; file >> word;) {
    if (word == "nameserver" && file >> word && word.find(':') == std::string::npos) found.push_back(word);
  }
  return found.empty() ? std::vector<std::string>{"127.0.0.1"} : found;
}

/// The address is this namespace's own, and its port for names takes what comes.
class silent_name_server {
 public:
  silent_name_server(network_namespace const& in, std::string const& address)
      : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    if (!address.starts_with("127.")) in.ip("address add " + address + "/32 dev lo");
    sockaddr_in where{};
    where.sin_family = AF_INET;
    where.sin_port = htons(53);
    ::inet_pton(AF_INET, address.c_str(), &where.sin_addr);
    REQUIRE(::bind(socket_, reinterpret_cast<sockaddr const*>(&where), sizeof where) == 0);
  }
  ~silent_name_server() { ::close(socket_); }
  silent_name_server(silent_name_server const&) = delete;
  silent_name_server& operator=(silent_name_server const&) = delete;

 private:
  int socket_;
};

}  // namespace

TEST_CASE("while no name server answers, servers given by address serve, and the daemon ends in time") {
  if (auto const why_not = no_networks()) {
    WARN("skipped, no networks:\n" << *why_not);
    return;
  }
  network_namespace const alone;
  network_namespace::visit const here(alone);
  std::vector<std::unique_ptr<silent_name_server>> silent;
  for (std::string const& each : name_servers())
    silent.push_back(std::make_unique<silent_name_server>(alone, each));
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
