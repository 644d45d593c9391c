// A Redis whose master Sentinels name: found, followed when another takes over, and never left for one that was demoted.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_sentinels.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <csignal>
#include <string>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

std::string store(std::string const& sentinels, std::string const& more = "") {
  return fmt::format(
      "  store:\n    redis: {{sentinel: {{master: main, sentinels: {}}}{}}}\n    timeout: 300ms\n", sentinels,
      more);
}

std::string on(redis_sentinels const& far, std::string const& more = "") {
  return "workers: 2\nbackends:\n" + store(far.addresses(), more) +
         "routes:\n  - {to: store, deadline: 1s}\n";
}

std::string set(std::string const& key, std::string const& value) {
  return fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value);
}

/// What a get answers, in one line.
std::string value_of(text_client& client, std::string const& key) {
  std::string const first = client.ask("get " + key + "\r\n");
  if (!first.starts_with("VALUE")) return first;
  std::string const value = client.read_line();
  return client.read_line() == "END" ? value : "no end";
}

double switches(tandem_daemon const& tandem) {
  return tandem.metric("tandem_redis_master_switches_total", {{"backend", "store"}});
}

/// Clients of both workers.
std::vector<text_client> clients_of(tandem_daemon const& tandem) {
  std::vector<text_client> all;
  for (int each = 0; each < 6; ++each) all.push_back(tandem.connect());
  return all;
}

bool stores(text_client& client, std::string const& key, std::string const& value,
            std::chrono::milliseconds within = 20s) {
  return wait_until([&] { return client.ask(set(key, value)) == "STORED"; }, within);
}

/// How many reads the node has executed.
std::string reads_at(redis_sentinels& far, std::size_t node) {
  std::string const all = far.ask(node, {"INFO", "commandstats"}).text;
  std::size_t const found = all.find("cmdstat_get:calls=");
  return found == std::string::npos ? "" : all.substr(found, all.find(',', found) - found);
}

}  // namespace

TEST_CASE("the master that Sentinels name is read and written, and the log says which that is") {
  redis_sentinels far;
  tandem_daemon const tandem(on(far));
  for (text_client& each : clients_of(tandem)) {
    CHECK(each.ask(set("k", "v")) == "STORED");
    CHECK(value_of(each, "k") == "v");
  }
  CHECK(far.node(0).command({"GET", "k"}).text.ends_with("v"));
  std::string const line = "backend store: the master is " + far.node(0).address() + ": Sentinel ";
  CHECK(tandem.log().find(line) != std::string::npos);
  CHECK(switches(tandem) == 0);
  finished const checked = run_tandem({"--config", tandem.configuration_file().string(), "--check"});
  CHECK(checked.output.find("backend store: master main of Sentinels " + far.sentinel(0).address()) !=
        std::string::npos);
  finished const where = run_tandem({"explain", "--config", tandem.configuration_file().string(), "k"});
  CHECK(where.output.find("master main of Sentinels " + far.sentinel(0).address()) != std::string::npos);
}

TEST_CASE("after a failover by an operator all goes to the new master, and none to the demoted one") {
  redis_sentinels far;
  tandem_daemon const tandem(on(far));
  auto clients = clients_of(tandem);
  for (text_client& each : clients) CHECK(each.ask(set("k", "1")) == "STORED");
  std::size_t const now = far.fail_over();
  REQUIRE(wait_until([&] { return switches(tandem) >= 1; }));
  std::string const before = reads_at(far, 0);
  REQUIRE(stores(clients.front(), "k", "2"));
  for (int round = 0; round < 50; ++round) {
    for (text_client& each : clients) CHECK(value_of(each, "k") == "2");
  }
  CHECK(reads_at(far, 0) == before);
  CHECK(far.ask(now, {"GET", "k"}).text.ends_with("2"));
  CHECK(tandem.log().find(fmt::format("backend store: the master is now {}, it was {}: Sentinel ",
                                      far.node(now).address(), far.node(0).address())) != std::string::npos);
  std::size_t const next = far.fail_over();
  REQUIRE(wait_until([&] { return switches(tandem) >= 2; }));
  REQUIRE(stores(clients.back(), "k", "3"));
  for (text_client& each : clients) CHECK(value_of(each, "k") == "3");
  CHECK(far.ask(next, {"GET", "k"}).text.ends_with("3"));
}

TEST_CASE(
    "a master that is stopped is left, and not asked when it goes on and still takes itself for the master") {
  redis_sentinels far;
  tandem_daemon const tandem(on(far));
  auto clients = clients_of(tandem);
  for (text_client& each : clients) CHECK(each.ask(set("k", "1")) == "STORED");
  far.pause_writes();
  far.node(0).suspend();
  auto const stopped = std::chrono::steady_clock::now();
  REQUIRE(stores(clients.front(), "k", "2"));
  auto const away = std::chrono::steady_clock::now() - stopped;
  INFO("writes worked again after " << away / 1ms << " ms");
  CHECK(away < 15s);
  CHECK(switches(tandem) >= 1);
  far.node(0).resume();
  CHECK(far.node(0).command({"ROLE"}).elements.at(0).text == "master");
  for (int round = 0; round < 200; ++round) {
    for (text_client& each : clients) REQUIRE(value_of(each, "k") == "2");
  }
  REQUIRE(wait_until([&] { return far.ask(0, {"ROLE"}).elements.at(0).text == "slave"; }, 30s));
  for (text_client& each : clients) CHECK(value_of(each, "k") == "2");
  CHECK(switches(tandem) >= 1);
}

TEST_CASE("a master that is killed is left, and one that comes back empty is not asked") {
  redis_sentinels far;
  tandem_daemon const tandem(on(far));
  auto clients = clients_of(tandem);
  for (text_client& each : clients) CHECK(each.ask(set("k", "1")) == "STORED");
  far.pause_writes();
  far.node(0).kill();
  std::size_t const now = far.master_after(0);
  REQUIRE(stores(clients.front(), "k", "2"));
  far.node(0).start();
  CHECK(far.node(0).command({"ROLE"}).elements.at(0).text == "master");
  for (int round = 0; round < 200; ++round) {
    for (text_client& each : clients) REQUIRE(value_of(each, "k") == "2");
  }
  CHECK(far.ask(now, {"GET", "k"}).text.ends_with("2"));
  CHECK(switches(tandem) >= 1);
}

TEST_CASE("what was acknowledged after a switch is never read as older, whoever asks") {
  redis_sentinels far;
  tandem_daemon const tandem(on(far));
  auto clients = clients_of(tandem);
  REQUIRE(stores(clients.front(), "n", "0"));
  REQUIRE_FALSE(far.sentinel(0).command({"SENTINEL", "FAILOVER", "main"}).is_error());
  std::size_t acknowledged = 0;
  auto const end = std::chrono::steady_clock::now() + 60s;
  for (std::size_t number = 1, after = 0; after < 400; ++number) {
    REQUIRE(std::chrono::steady_clock::now() < end);
    bool const switched = switches(tandem) > 0;
    bool const stored = clients[number % clients.size()].ask(set("n", std::to_string(number))) == "STORED";
    if (switched && stored) acknowledged = number;
    after += acknowledged > 0;
    for (text_client& each : clients) {
      std::string const read = value_of(each, "n");
      if (!read.starts_with("SERVER_ERROR")) REQUIRE(std::stoul(read) >= acknowledged);
    }
  }
  CHECK(switches(tandem) >= 1);
}

TEST_CASE("a Sentinel that is dead and one that is stopped are done without") {
  redis_sentinels far;
  far.sentinel(0).kill();
  tandem_daemon const tandem(on(far));
  text_client client = tandem.connect();
  CHECK(wait_until([&] { return client.ask(set("k", "1")) == "STORED"; }));
  auto const begun = [&] { return !far.sentinel(1).command({"SENTINEL", "FAILOVER", "main"}).is_error(); };
  REQUIRE(wait_until(begun));
  std::size_t const now = far.master_after(0);
  REQUIRE(wait_until([&] { return switches(tandem) >= 1; }));
  REQUIRE(stores(client, "k", "2"));
  CHECK(far.ask(now, {"GET", "k"}).text.ends_with("2"));
  far.sentinel(1).suspend();
  CHECK(value_of(client, "k") == "2");
  tandem_daemon const later(on(far));
  text_client other = later.connect();
  CHECK(wait_until([&] { return value_of(other, "k") == "2"; }));
  far.sentinel(1).resume();
}

TEST_CASE("without any Sentinel the known master serves, and who knows none says what was tried") {
  redis_sentinels far;
  tandem_daemon const tandem(on(far));
  text_client client = tandem.connect();
  CHECK(wait_until([&] { return client.ask(set("k", "1")) == "STORED"; }));
  for (std::size_t each = 0; each < redis_sentinels::sentinels; ++each) far.sentinel(each).kill();
  std::string const stays = far.node(0).address() + " stays the master";
  REQUIRE(wait_until([&] { return tandem.log().find(stays) != std::string::npos; }));
  CHECK(client.ask(set("k", "2")) == "STORED");
  CHECK(value_of(client, "k") == "2");

  tandem_daemon const later(on(far));
  text_client other = later.connect();
  std::string told;
  REQUIRE(wait_until([&] {
    told = value_of(other, "k");
    return told.find(" yet") == std::string::npos;
  }));
  CHECK(told.starts_with("SERVER_ERROR backend store: no Sentinel names a master \"main\": " +
                         far.sentinel(0).address() + ": "));
  CHECK(told.find("; " + far.sentinel(2).address() + ": ") != std::string::npos);
  far.sentinel(1).start();
  CHECK(wait_until([&] { return value_of(other, "k") == "2"; }));
}

TEST_CASE("the Sentinels have a password of their own, and a name of the master") {
  redis_sentinels far("secret");
  tandem_daemon const tandem(
      "workers: 2\nbackends:\n" +
      fmt::format("  store:\n    redis: {{sentinel: {{master: main, sentinels: {}, "
                  "password: secret}}}}\n  wrong:\n    redis: {{sentinel: {{master: "
                  "other, sentinels: {}, password: secret}}}}\n  shut:\n    redis: "
                  "{{sentinel: {{master: main, sentinels: {}}}}}\n",
                  far.addresses(), far.addresses(), far.addresses()) +
      "routes:\n  - {prefix: w, to: wrong}\n  - {prefix: s, to: shut}\n  - {to: store}\n");
  text_client client = tandem.connect();
  REQUIRE(stores(client, "k", "1"));
  CHECK(wait_until(
      [&] { return value_of(client, "w").find("No such master with that name") != std::string::npos; }));
  CHECK(wait_until([&] { return value_of(client, "s").find("NOAUTH") != std::string::npos; }));
}

namespace {

std::string tiers(redis_sentinels const& far, std::string const& near, std::string const& how,
                  std::string const& more = "") {
  return "workers: 2\nbackends:\n  near: " + near + "\n" + store(far.addresses(), ", encoding: plain") +
         "  both: {tiered: {l1: near, l2: store, l1_ttl: 300s, " + how + "}}\n" + more +
         "routes:\n  - {to: both, deadline: 1s}\n";
}

/// Until L1 answers it.
bool settles(tandem_daemon const& tandem, text_client& client, std::string const& key) {
  auto const hits = [&] { return tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}); };
  double const before = hits();
  return wait_until([&] { return value_of(client, key), hits() > before; });
}

}  // namespace

TEST_CASE("what L1 holds of a demoted master counts as outdated") {
  memcached_server pool;
  redis_sentinels far;
  std::string const memory = "{memory: {size: 16MiB}}";
  for (std::string const& near :
       {fmt::format("{{memcached: {{servers: [\"{}\"]}}}}", pool.address()), memory}) {
    INFO(near);
    tandem_daemon const tandem(tiers(far, near, "write: through"));
    text_client client = tandem.connect();
    REQUIRE(stores(client, "k", "kept"));
    REQUIRE(settles(tandem, client, "k"));
    std::size_t const now = far.fail_over();
    // As if the new master had never had it.
    far.ask(now, {"SET", "k", "other"});
    REQUIRE(wait_until([&] { return switches(tandem) >= 1; }));
    CHECK(wait_until([&] { return value_of(client, "k") == "other"; }));
  }
}

TEST_CASE("a memory backend that keeps no copies of the Redis is left alone by a switch") {
  redis_sentinels far;
  tandem_daemon const tandem("workers: 2\nbackends:\n  own: {memory: {size: 1MiB}}\n" +
                             store(far.addresses()) +
                             "routes:\n  - {prefix: own, to: own}\n  - {to: store, deadline: 1s}\n");
  text_client client = tandem.connect();
  REQUIRE(stores(client, "k", "1"));
  CHECK(client.ask(set("own", "mine")) == "STORED");
  far.fail_over();
  REQUIRE(wait_until([&] { return switches(tandem) >= 1; }));
  REQUIRE(stores(client, "k", "2"));
  CHECK(value_of(client, "own") == "mine");
}

TEST_CASE("what is written back reaches the new master, also what was set while there was none") {
  memcached_server pool;
  redis_sentinels far;
  tandem_daemon const tandem(tiers(far, fmt::format("{{memcached: {{servers: [\"{}\"]}}}}", pool.address()),
                                   "write: back, queue: {items: 1000, bytes: 1MiB}"));
  text_client client = tandem.connect();
  REQUIRE(stores(client, "before", "1"));
  REQUIRE(wait_until([&] { return tandem.metric("tandem_tier_write_back_items") == 0; }));
  far.pause_writes();
  far.node(0).kill();
  for (int each = 0; each < 100; ++each) {
    CHECK(client.ask(set(fmt::format("k{}", each), std::to_string(each))) == "STORED");
  }
  CHECK(value_of(client, "k7") == "7");
  std::size_t const now = far.master_after(0);
  REQUIRE(wait_until([&] { return tandem.metric("tandem_tier_write_back_items") == 0; }, 20s));
  for (int each = 0; each < 100; ++each) {
    CHECK(far.ask(now, {"GET", fmt::format("k{}", each)}).text == std::to_string(each));
  }
  CHECK(value_of(client, "k7") == "7");
  CHECK(value_of(client, "before") == "1");
}

TEST_CASE("what is not written yet when the process is to end reaches the master that takes over then") {
  memcached_server pool;
  redis_sentinels far;
  tandem_daemon tandem("drain: 60s\n" +
                       tiers(far, fmt::format("{{memcached: {{servers: [\"{}\"]}}}}", pool.address()),
                             "write: back, queue: {items: 1000, bytes: 1MiB}"));
  {
    text_client client = tandem.connect();
    REQUIRE(stores(client, "before", "1"));
    REQUIRE(wait_until([&] { return tandem.metric("tandem_tier_write_back_items") == 0; }));
    far.pause_writes();
    far.node(0).kill();
    CHECK(client.ask(set("k", "2")) == "STORED");
  }
  tandem.signal(SIGTERM);
  std::size_t const now = far.master_after(0);
  CHECK(tandem.wait(60s) == 0);
  CHECK(far.ask(now, {"GET", "k"}).text == "2");
}

TEST_CASE("tracking and a channel follow the master") {
  memcached_server pool;
  redis_sentinels far;
  auto const trusts = [](tandem_daemon const& tandem) {
    return wait_until([&] { return tandem.metric("tandem_invalidation_trusted") == 1; });
  };
  for (std::string const& source : {std::string("tracking: true"), std::string("channel: changed")}) {
    INFO(source);
    tandem_daemon const tandem(tiers(far, fmt::format("{{memcached: {{servers: [\"{}\"]}}}}", pool.address()),
                                     "write: around", "invalidation:\n  - {redis: store, " + source + "}\n"));
    text_client client = tandem.connect();
    auto const changes = [&](std::size_t master, std::string const& value) {
      if (!stores(client, "k", value + " old") || !settles(tandem, client, "k")) return false;
      far.ask(master, {"SET", "k", value});
      if (source.starts_with("channel")) far.ask(master, {"PUBLISH", "changed", "k"});
      return wait_until([&] { return value_of(client, "k") == value; });
    };
    std::size_t const first = far.master().value();
    REQUIRE(trusts(tandem));
    CHECK(changes(first, "1"));
    std::size_t const second = far.fail_over();
    REQUIRE(wait_until([&] { return switches(tandem) >= 1; }));
    REQUIRE(trusts(tandem));
    CHECK(changes(second, "2"));
    CHECK(tandem.metric("tandem_invalidation_link_losses_total") >= 1);
  }
}
