// What a cache that was started again, empty, means for what stands behind it: 200 clients of two daemons ask for the same keys
// at once, and what is behind takes 100 ms.
#include "consistency/relay.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t clients = 200;
constexpr std::size_t keys = 20;
constexpr double loads_max = 1.05;  // of each key

std::string key(std::size_t number) { return fmt::format("page:{}", number); }

/// A Redis that answers after 100 ms, and how often it was read.
class origin {
 public:
  origin() : slow_(server_.port(), 1) { slow_.delay_answers(100ms); }

  std::uint16_t port() const { return slow_.port(); }

  std::uint64_t reads() {
    std::string const all = server_.command({"INFO", "commandstats"}).text;
    std::string const name = "cmdstat_get:calls=";
    std::size_t const at = all.find(name);
    return at == std::string::npos ? 0 : std::stoull(all.substr(at + name.size()));
  }

 private:
  redis_server server_;
  tandem::consistency::relay slow_;
};

/// Half of all clients are one daemon's, half the other's.
class crowd {
 public:
  explicit crowd(std::string const& configuration)
      : tandems_{{tandem_daemon(configuration), tandem_daemon(configuration)}} {
    for (std::size_t each = 0; each < clients; ++each) clients_.push_back(tandems_[each % 2].connect());
    for (text_client& each : clients_) each.timeout(20s);
  }

  tandem_daemon& tandem() { return tandems_[0]; }

  /// All ask that at once, and are answered so.
  void ask(std::string const& words, std::string const& answer) {
    for (text_client& each : clients_) each.send(words);
    std::size_t wrong = 0;
    for (text_client& each : clients_) wrong += each.read_exactly(answer.size()) != answer;
    CHECK(wrong == 0);
  }

  /// All ask that at once; how many answers have this in them.
  std::size_t count(std::string const& words, std::string_view what) {
    for (text_client& each : clients_) each.send(words);
    std::size_t found = 0;
    for (text_client& each : clients_) found += each.read_line().find(what) != std::string::npos;
    return found;
  }

  void store_all() {
    for (std::size_t each = 0; each < keys; ++each)
      CHECK(tandems_[0].converse(fmt::format("set {} 0 0 1\r\nv\r\n", key(each))) == "STORED\r\n");
  }
  void ask_all() {
    for (std::size_t each = 0; each < keys; ++each)
      ask(fmt::format("get {}\r\n", key(each)), fmt::format("VALUE {} 0 1\r\nv\r\nEND\r\n", key(each)));
  }

  /// Of every worker: each has links of its own, and some of the clients.
  void await_connections() {
    for (tandem_daemon& each : tandems_) {
      CHECK(wait_until([&] {
        std::size_t const well = count("get none\r\n", "END");
        return well == clients && each.metric("tandem_server_withheld_percent") == 0 &&
               each.metric("tandem_server_trouble") == 0;
      }));
    }
  }

 private:
  std::array<tandem_daemon, 2> tandems_;
  std::vector<text_client> clients_;
};

std::string tiers(memcached_server const& near, origin const& far, std::string const& to) {
  return fmt::format(
      "backends:\n"
      "  near: {{memcached: {{servers: [\"{}\"]}}, timeout: 1s}}\n"
      "  far: {{redis: {{server: \"127.0.0.1:{}\"}}, timeout: 2s}}\n"
      "  both: {{tiered: {{l1: near, l2: far}}}}\n"
      "  merged: {{coalesce: {{to: both}}}}\n"
      "routes:\n  - {{to: {}}}\n",
      near.address(), far.port(), to);
}

}  // namespace

TEST_CASE("an L1 that was started again, empty, has each key loaded once from L2, by whichever daemon") {
  for (std::string const to : {"both", "merged"}) {
    memcached_server near;
    origin far;
    crowd all(tiers(near, far, to));
    all.store_all();
    near.kill();
    near.start();
    all.await_connections();
    std::uint64_t const before = far.reads();
    all.ask_all();
    double const loads = static_cast<double>(far.reads() - before) / keys;
    WARN(fmt::format("{}: {} clients, two daemons, L2 of 100 ms: {:.2f} loads of each key that went away", to,
                     clients, loads));
    CHECK(loads >= 1);
    CHECK(loads <= loads_max);
  }
}

TEST_CASE("of a pool alone that lost its items, one of all clients that ask under a lease is to load each") {
  memcached_server server;
  crowd all(fmt::format(
      "backends:\n  pool: {{memcached: {{servers: [\"{}\"]}}, timeout: 1s}}\nroutes:\n  - {{to: pool}}\n",
      server.address()));
  server.kill();
  server.start();
  all.await_connections();
  std::size_t loads = 0;
  for (std::size_t each = 0; each < keys; ++each)
    loads += all.count(fmt::format("mg {} N30 t\r\n", key(each)), " W");
  WARN(fmt::format("a pool, leases by clients: {:.2f} loads of each key", static_cast<double>(loads) / keys));
  CHECK(loads == keys);
}
