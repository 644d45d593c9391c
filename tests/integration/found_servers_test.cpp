// Pools whose servers are found: by a name whose addresses change, and by a configuration endpoint; and servers whose names come to
// stand for others.
#include "support/catch.hpp"
#include "support/fake_server.hpp"
#include "support/free_port.hpp"
#include "support/memcached_server.hpp"
#include "support/name_server.hpp"
#include "support/network_namespace.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

constexpr int keys = 200;

/// What may take some rounds of questions, and of all keys.
bool eventually(std::function<bool()> const& happened) { return wait_until(happened, 60s); }

/// A memcached at another loopback address.
class pod {
 public:
  pod(std::string address, std::uint16_t port) : address_(std::move(address)), port_(port) {
    process_.emplace(std::vector<std::string>{memcached_program(), "-l", address_, "-p", std::to_string(port),
                                              "-U", "0", "-u", "root"});
    REQUIRE(eventually([&] {
      try {
        text_client const tried(address_, port_);
        return true;
      } catch (std::runtime_error const&) {
        return false;
      }
    }));
  }

  text_client connect() const { return {address_, port_}; }
  /// As it counts them: whoever asks is one.
  std::string connections() const {
    std::string const all = connect().converse("stats\r\n");
    std::size_t const at = all.find("curr_connections");
    return all.substr(at, all.find('\r', at) - at);
  }
  std::string address() const { return address_; }
  std::string name() const { return fmt::format("{}:{}", address_, port_); }

 private:
  std::string address_;
  std::uint16_t port_;
  std::optional<process> process_;
};

std::string key(int number) { return fmt::format("key{}", number); }

void set_all(text_client client, std::string const& value = "v") {
  for (int number = 0; number < keys; ++number)
    CHECK(client.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key(number), value.size(), value)) == "STORED");
}

/// The keys that the client is told to have their items.
std::vector<std::string> hits(text_client client) {
  std::vector<std::string> found;
  for (int number = 0; number < keys; ++number) {
    std::string const told = client.converse("get " + key(number) + "\r\n");
    if (told.starts_with("VALUE")) found.push_back(key(number));
    CHECK((told == "END\r\n" || told.starts_with("VALUE")));
  }
  return found;
}

/// Which server has each key, as `tandem explain` says it.
std::map<std::string, std::string> placed(tandem_daemon const& tandem) {
  std::vector<std::string> words{"explain", "--config", tandem.configuration_file().string()};
  for (int number = 0; number < keys; ++number) words.push_back(key(number));
  finished const said = run_tandem(words);
  INFO(said.output);
  CHECK(said.status == 0);
  std::map<std::string, std::string> servers;
  std::istringstream lines(said.output);
  for (std::string line; std::getline(lines, line);) {
    std::string const mark = "-> server ";
    std::size_t const at = line.find(mark);
    if (at != std::string::npos) servers[line.substr(0, line.find(':'))] = line.substr(at + mark.size());
  }
  return servers;
}

std::vector<std::string> keys_not_on(std::map<std::string, std::string> const& where,
                                     std::string const& server) {
  std::vector<std::string> found;
  for (int number = 0; number < keys; ++number)
    if (where.at(key(number)) != server) found.push_back(key(number));
  return found;
}

double servers_known(tandem_daemon const& tandem) {
  return tandem.metric("tandem_discovery_servers", {{"backend", "cache"}});
}

/// Clients that go on while servers come and go, and are never told of an error.
class steady_clients {
 public:
  explicit steady_clients(tandem_daemon const& tandem)
      : client_(tandem.connect()), thread_([this] { run(); }) {}
  ~steady_clients() { stop(); }

  std::string stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
    return wrong_;
  }

 private:
  void run() {
    for (int turn = 0; !over_; ++turn) {
      std::string const name = fmt::format("steady{}", turn % 50);
      std::string const told = client_.converse(fmt::format("set {} 0 0 1\r\nx\r\nget {}\r\n", name, name));
      bool const right = told == fmt::format("STORED\r\nVALUE {} 0 1\r\nx\r\nEND\r\n", name);
      // The server of the key may be another when it is read.
      if (!right && told != "STORED\r\nEND\r\n" && wrong_.empty()) wrong_ = told;
    }
  }

  text_client client_;
  std::string wrong_;
  std::atomic<bool> over_{false};
  std::thread thread_;
};

/// What a test in a namespace of its own begins with; without it the test is skipped, which ctest tells.
struct own_network {
  network_namespace alone;
  network_namespace::visit here{alone};
  name_server names{alone};
};

std::unique_ptr<own_network> make_network() {
  if (auto const why_not = no_networks()) {
    WARN("skipped, no networks:\n" << *why_not);
    return nullptr;
  }
  return std::make_unique<own_network>();
}

std::string pool_by_name(std::uint16_t port, std::string const& more = "") {
  return fmt::format(R"(
backends:
  cache: {{memcached: {{discover: {{dns: "cache.test:{}", every: 1s}}}}, timeout: 5s}}
{}
)",
                     port, more);
}

}  // namespace

TEST_CASE("a name with several addresses is several servers, and a change moves only the keys that it must") {
  auto const network = make_network();
  if (!network) return;
  std::uint16_t const port = 11311;
  pod const one("127.0.0.2", port), two("127.0.0.3", port), three("127.0.0.4", port);
  std::string const alone = one.connections();
  network->names.has("cache.test", {"127.0.0.3", "127.0.0.2"});
  tandem_daemon const tandem(pool_by_name(port, "routes: [{to: cache}]"));
  CHECK(servers_known(tandem) == 2);
  set_all(tandem.connect());
  CHECK(hits(tandem.connect()).size() == keys);
  CHECK(hits(one.connect()).size() + hits(two.connect()).size() == keys);

  {
    steady_clients clients(tandem);
    network->names.has("cache.test", {"127.0.0.4", "127.0.0.3", "127.0.0.2"});
    REQUIRE(eventually([&] { return tandem.log().find(three.name() + " came") != std::string::npos; }));
    auto const after = placed(tandem);
    REQUIRE(eventually([&] { return hits(tandem.connect()) == keys_not_on(after, three.name()); }));
    CHECK(keys_not_on(after, three.name()).size() < keys);
    set_all(tandem.connect());
    CHECK(hits(tandem.connect()).size() == keys);

    network->names.has("cache.test", {"127.0.0.3", "127.0.0.4"});
    REQUIRE(eventually([&] { return tandem.log().find(one.name() + " went") != std::string::npos; }));
    REQUIRE(eventually([&] { return hits(tandem.connect()).size() < keys; }));
    CHECK(clients.stop() == "");
  }
  CHECK(servers_known(tandem) == 2);
  CHECK(tandem.metric("tandem_discovery_changes_total", {{"backend", "cache"}}) == 2);
  CHECK(tandem.metric("tandem_discovery_last_success_timestamp_seconds") > 1'600'000'000);
  CHECK(eventually([&] { return one.connections() == alone; }));
}

TEST_CASE("a name that does not resolve any more keeps its servers") {
  auto const network = make_network();
  if (!network) return;
  std::uint16_t const port = 11311;
  pod const one("127.0.0.2", port), two("127.0.0.3", port);
  network->names.has("cache.test", {"127.0.0.2", "127.0.0.3"});
  tandem_daemon const tandem(pool_by_name(port, "routes: [{to: cache}]"));
  set_all(tandem.connect());
  network->names.has("cache.test", {});
  REQUIRE(eventually([&] { return tandem.metric("tandem_discovery_failures_total") >= 2; }));
  CHECK(hits(tandem.connect()).size() == keys);
  CHECK(servers_known(tandem) == 2);
  CHECK(tandem.log().find("does not tell its servers: cannot resolve the name") != std::string::npos);
  CHECK(tandem.log().find("the 2 that it has stay") != std::string::npos);
  network->names.has("cache.test", {"127.0.0.2", "127.0.0.3"});
  REQUIRE(eventually([&] { return tandem.log().find("answers again") != std::string::npos; }));
  CHECK(hits(tandem.connect()).size() == keys);
}

TEST_CASE("without any server a pool says so, until there is one; other backends are served") {
  auto const network = make_network();
  if (!network) return;
  std::uint16_t const port = 11311;
  pod const one("127.0.0.2", port);
  tandem_daemon const tandem(
      pool_by_name(port, "  memory: {memory: {}}\nroutes: [{prefix: \"m\", to: memory}, {to: cache}]"));
  CHECK(tandem.converse("set m 0 0 1\r\nx\r\nset k 0 0 1\r\nx\r\nget k\r\n") ==
        fmt::format(
            "STORED\r\n{0}{0}",
            fmt::format("SERVER_ERROR backend cache: no server is known, dns cache.test:{} has not told "
                        "any\r\n",
                        port)));
  CHECK(servers_known(tandem) == 0);
  finished const checked = run_tandem({"--check", "--config", tandem.configuration_file().string()});
  CHECK(checked.status == 0);
  network->names.has("cache.test", {"127.0.0.2"});
  CHECK(eventually([&] { return tandem.converse("set k 0 0 1\r\nx\r\n") == "STORED\r\n"; }));
  CHECK(servers_known(tandem) == 1);
}

TEST_CASE("a server of L1 that was away answers nothing from before") {
  auto const network = make_network();
  if (!network) return;
  std::uint16_t const port = 11311;
  pod const one("127.0.0.2", port), two("127.0.0.3", port);
  redis_server const redis;
  std::vector<std::string> const both{"127.0.0.2", "127.0.0.3"};
  network->names.has("cache.test", both);
  tandem_daemon const tandem(
      pool_by_name(port, fmt::format("  store: {{redis: {{server: \"{}\"}}, timeout: 5s}}\n  tiers: "
                                     "{{tiered: {{l1: cache, l2: store, l1_ttl: "
                                     "300s}}}}\nroutes: [{{to: tiers}}]",
                                     redis.address())));
  set_all(tandem.connect(), "old");
  auto const copies_at_two = [&](std::string const& value) {
    int count = 0;
    text_client client = two.connect();
    for (int number = 0; number < keys; ++number)
      count += client.converse("get " + key(number) + "\r\n").find(value) != std::string::npos ? 1 : 0;
    return count;
  };
  int const copies = copies_at_two("old");
  CHECK(copies > 0);
  network->names.has("cache.test", {"127.0.0.2"});
  std::map<std::string, std::string> const at_two{{"server", two.name()}};
  REQUIRE(eventually([&] {
    return tandem.log().find(two.name() + " went") != std::string::npos &&
           tandem.metric("tandem_server_connections", at_two) == 0;
  }));
  set_all(tandem.connect(), "new");
  CHECK(copies_at_two("old") == copies);
  network->names.has("cache.test", both);
  // Of both workers, from before the change until there are copies at that server again.
  std::vector<text_client> clients;
  for (int count = 0; count < 4; ++count) clients.push_back(tandem.connect());
  CHECK(eventually([&] {
    for (int number = 0; number < keys; ++number) {
      for (text_client& each : clients)
        CHECK(each.converse("get " + key(number) + "\r\n") ==
              fmt::format("VALUE {} 0 3\r\nnew\r\nEND\r\n", key(number)));
    }
    return copies_at_two("new") == copies;
  }));
}

namespace {

/// A configuration endpoint that tells what the test says, each time over a connection of its own.
class configuration_endpoint {
 public:
  configuration_endpoint() : thread_([this] { run(); }) {}
  ~configuration_endpoint() {
    over_ = true;
    thread_.join();
  }

  std::string address() const { return listens_.address(); }

  void tell(int version, std::string const& servers) {
    std::lock_guard const lock(mutex_);
    list_ = fmt::format("{}\n{}\n", version, servers);
  }
  /// As before release 1.4.14.
  void know_old_form_only() { old_ = true; }

 private:
  void run() {
    while (!over_) {
      auto asked = listens_.accept(50ms);
      if (!asked) continue;
      try {
        while (true) asked->send(answer(asked->read_line()));
      } catch (std::runtime_error const&) {
        // Tandem has hung up.
      }
    }
  }

  std::string answer(std::string const& line) {
    std::lock_guard const lock(mutex_);
    bool const newer = line == "config get cluster" && !old_;
    if (!newer && line != "get AmazonElastiCache:cluster") return "ERROR\r\n";
    return fmt::format("{} 0 {}\r\n{}\r\nEND\r\n",
                       newer ? "CONFIG cluster" : "VALUE AmazonElastiCache:cluster", list_.size(), list_);
  }

  fake_server listens_;
  std::mutex mutex_;
  std::string list_;
  std::atomic<bool> old_{false}, over_{false};
  std::thread thread_;
};

std::string pool_by_endpoint(std::string const& address) {
  return fmt::format(
      "backends:\n  cache: {{memcached: {{discover: {{elasticache: \"{}\", every: 1s}}}}, timeout: "
      "5s}}\nroutes: [{{to: "
      "cache}}]\n",
      address);
}

}  // namespace

TEST_CASE("a configuration endpoint tells servers by name, by which keys are placed, and where they are") {
  std::uint16_t const port = free_port();
  pod const one("127.0.0.2", port), two("127.0.0.3", port), three("127.0.0.4", port),
      other("127.0.0.5", port);
  auto const listed = [&](std::string const& name, pod const& server) {
    return fmt::format("{}.example|{}|{}", name, server.address(), port);
  };
  auto const named = [&](std::string const& name) { return fmt::format("{}.example:{}", name, port); };
  configuration_endpoint endpoint;
  SECTION("one that knows the present form") {}
  SECTION("one that knows the old form") { endpoint.know_old_form_only(); }
  endpoint.tell(7, listed("b", two) + " " + listed("a", one));
  tandem_daemon const tandem(pool_by_endpoint(endpoint.address()));
  set_all(tandem.connect());
  auto const where = placed(tandem);
  CHECK(hits(one.connect()) == keys_not_on(where, named("b")));
  CHECK(hits(two.connect()) == keys_not_on(where, named("a")));
  // Clients that place keys by these names do it in the same way.
  tandem_daemon const by_hand(fmt::format(
      "backends:\n  cache: {{memcached: {{servers: [\"{}\", \"{}\"]}}}}\nroutes: [{{to: cache}}]\n",
      named("b"), named("a")));
  CHECK(placed(by_hand) == where);

  endpoint.tell(8, listed("a", one) + " " + listed("c", three) + " " + listed("b", two));
  REQUIRE(eventually([&] { return tandem.log().find(named("c") + " came") != std::string::npos; }));
  auto const after = placed(tandem);
  CHECK(eventually([&] { return hits(tandem.connect()) == keys_not_on(after, named("c")); }));
  set_all(tandem.connect());
  // A name stays where another server takes its place, and so do its keys.
  endpoint.tell(9, listed("a", one) + " " + listed("c", three) + " " + listed("b", other));
  REQUIRE(
      eventually([&] { return tandem.log().find(named("b") + " (127.0.0.5) moved") != std::string::npos; }));
  CHECK(eventually([&] { return hits(tandem.connect()) == keys_not_on(after, named("b")); }));
  CHECK(placed(tandem) == after);
}

TEST_CASE("a Tandem that announces servers is a configuration endpoint") {
  memcached_server server;
  std::uint16_t const port = free_port();
  tandem_daemon const tells(
      "", {fmt::format("{{address: \"127.0.0.1:{}\", announce: \"{}\"}}", port, server.address())});
  tandem_daemon const tandem(pool_by_endpoint(fmt::format("127.0.0.1:{}", port)));
  set_all(tandem.connect());
  CHECK(hits(server.connect()).size() == keys);
}

TEST_CASE("a server whose name stands for another address is asked there, and no request is lost meanwhile") {
  auto const network = make_network();
  if (!network) return;
  std::uint16_t const port = 11311;
  pod const one("127.0.0.2", port), two("127.0.0.3", port);
  std::string const alone = one.connections();
  network->names.has("cache.test", {"127.0.0.2"});
  tandem_daemon const tandem(
      fmt::format("backends:\n  cache: {{memcached: {{servers: [\"cache.test:{}\"]}}, timeout: 5s, resolve: "
                  "1s}}\nroutes: [{{to: cache}}]\n",
                  port));
  set_all(tandem.connect());
  CHECK(hits(one.connect()).size() == keys);
  steady_clients clients(tandem);
  network->names.has("cache.test", {"127.0.0.2", "127.0.0.3"});
  network->names.has("cache.test", {"127.0.0.3"});
  CHECK(eventually([&] { return one.connections() == alone; }));
  CHECK(clients.stop() == "");
  CHECK(hits(tandem.connect()).empty());
  set_all(tandem.connect());
  CHECK(hits(two.connect()).size() == keys);
  std::string const said =
      fmt::format("backend cache server cache.test:{}: its name stands for 127.0.0.3 now", port);
  std::string const log = tandem.log();
  CHECK(log.find(said) != std::string::npos);
  CHECK(log.find(said) == log.rfind(said));
  CHECK(tandem.metric("tandem_server_moves_total", {{"backend", "cache"}}) > 0);
  // One that does not resolve stays where it is.
  network->names.has("cache.test", {});
  finished const explained = run_tandem({"explain", "--config", tandem.configuration_file().string(), "key"});
  CHECK(explained.status == 0);
  CHECK(hits(tandem.connect()).size() == keys);
}

TEST_CASE("a server of L1 that gets its name back answers nothing from before") {
  auto const network = make_network();
  if (!network) return;
  std::uint16_t const port = 11311;
  pod const one("127.0.0.2", port), two("127.0.0.3", port);
  redis_server const redis;
  network->names.has("cache.test", {"127.0.0.2"});
  tandem_daemon const tandem(fmt::format(
      R"(
workers: 1
backends:
  near: {{memcached: {{servers: ["cache.test:{}"]}}, timeout: 5s, resolve: 1s}}
  store: {{redis: {{server: "{}"}}, timeout: 5s}}
  tiers: {{tiered: {{l1: near, l2: store, l1_ttl: 300s}}}}
routes: [{{to: tiers}}]
)",
      port, redis.address()));
  auto const go_to = [&](pod const& server) {
    network->names.has("cache.test", {server.address()});
    std::string const said = "its name stands for " + server.address() + " now";
    REQUIRE(eventually([&] { return tandem.log().find(said) != std::string::npos; }));
  };
  set_all(tandem.connect(), "old");
  CHECK(hits(one.connect()).size() == keys);
  go_to(two);
  set_all(tandem.connect(), "new");
  CHECK(hits(one.connect()).size() == keys);
  go_to(one);
  text_client client = tandem.connect();
  for (int number = 0; number < keys; ++number) {
    CHECK(client.converse("get " + key(number) + "\r\n") ==
          fmt::format("VALUE {} 0 3\r\nnew\r\nEND\r\n", key(number)));
  }
}
