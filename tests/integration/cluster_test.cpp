// A Redis Cluster that changes while clients use it: slots that move, masters that die.
#include "support/catch.hpp"
#include "support/redis_cluster.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"
#include "support/workload.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::string on_cluster(redis_cluster const& cluster, std::string const& timeout) {
  return fmt::format(
      "backends:\n  store:\n    redis: {{cluster: {}}}\n    timeout: {}\nroutes:\n  - {{to: store}}\n",
      cluster.addresses(), timeout);
}

/// The master that is next to the slot's own.
std::size_t another_master(redis_cluster& cluster, unsigned slot) {
  std::size_t const own = cluster.master_of(slot);
  for (unsigned other = 0; other < 16384; other += 512) {
    if (std::size_t const found = cluster.master_of(other); found != own) return found;
  }
  FAIL("one master has every slot");
  return own;
}

}  // namespace

TEST_CASE("keys are spread over the cluster, and each command reaches its node") {
  redis_cluster cluster;
  tandem_daemon const tandem(on_cluster(cluster, "2s"));
  text_client client = tandem.connect();
  std::string asked = "get";
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    std::string const key = fmt::format("key:{}", i);
    REQUIRE(client.ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, key.size(), key)) == "STORED");
    asked += " " + key;
    expected += fmt::format("VALUE {} 0 {}\r\n{}\r\n", key, key.size(), key);
  }
  CHECK(client.converse(asked + "\r\n") == expected + "END\r\n");
  for (std::size_t i = 0; i < redis_cluster::masters; ++i) {
    CHECK(cluster.node(i).command({"DBSIZE"}).number > 30);
  }
}

TEST_CASE("while a slot moves, its keys are followed by ASK, and scripts too") {
  redis_cluster cluster;
  tandem_daemon const tandem(on_cluster(cluster, "2s"));
  text_client client = tandem.connect();
  unsigned const slot = slot_of("{move}");
  std::size_t const from = cluster.master_of(slot);
  std::size_t const to = another_master(cluster, slot);
  for (int i = 0; i < 20; ++i) {
    REQUIRE(client.ask(fmt::format("set {{move}}{} 0 0 2\r\n10\r\n", i)) == "STORED");
  }
  cluster.begin_move(slot, from, to);
  CHECK(cluster.move_keys(slot, from, to, 10) == 10);

  for (int i = 0; i < 20; ++i) {
    std::string const key = fmt::format("{{move}}{}", i);
    INFO(key);
    CHECK(client.converse("get " + key + "\r\n") == "VALUE " + key + " 0 2\r\n10\r\nEND\r\n");
    CHECK(client.ask("incr " + key + " 5\r\n") == "15");
    CHECK(client.ask("append " + key + " 0 0 1\r\n0\r\n") == "STORED");
  }
  // A key that is new goes to the node that the slot is moving to.
  CHECK(client.ask("set {move}new 0 0 1\r\nv\r\n") == "STORED");
  CHECK(client.converse("get {move}new {move}none\r\n") == "VALUE {move}new 0 1\r\nv\r\nEND\r\n");
  CHECK(tandem.metric("tandem_redis_redirections_total") > 0);

  while (cluster.move_keys(slot, from, to, 10) > 0) {
  }
  cluster.finish_move(slot, from, to);
  for (int i = 0; i < 20; ++i) {
    std::string const key = fmt::format("{{move}}{}", i);
    CHECK(client.converse("get " + key + "\r\n") == "VALUE " + key + " 0 3\r\n150\r\nEND\r\n");
  }
}

TEST_CASE("after MOVED, the new node is asked at once") {
  redis_cluster cluster;
  tandem_daemon const tandem(on_cluster(cluster, "2s"));
  text_client client = tandem.connect();
  REQUIRE(client.ask("set {slot}k 0 0 1\r\nv\r\n") == "STORED");
  unsigned const slot = slot_of("{slot}");
  cluster.move(slot, cluster.master_of(slot), another_master(cluster, slot));
  for (int i = 0; i < 20; ++i) {
    CHECK(client.converse("get {slot}k\r\n") == "VALUE {slot}k 0 1\r\nv\r\nEND\r\n");
  }
  double const followed = tandem.metric("tandem_redis_redirections_total");
  CHECK(followed >= 1);
  for (int i = 0; i < 50; ++i) client.converse("get {slot}k\r\n");
  CHECK(tandem.metric("tandem_redis_redirections_total") == followed);
}

TEST_CASE("no client sees an error while slots move from node to node under load") {
  redis_cluster cluster;
  tandem_daemon const tandem(on_cluster(cluster, "5s"));
  workload load({tandem.port(), "{busy}", 8, 20});
  REQUIRE(load.goes_on(1000));
  unsigned const slot = slot_of("{busy}");
  for (int i = 0; i < 4; ++i) {
    cluster.move(slot, cluster.master_of(slot), another_master(cluster, slot));
    REQUIRE(load.goes_on(500));
  }
  load.stop();
  CHECK(load.error_lines().empty());
  CHECK(load.wrong().empty());
  CHECK(load.lost() == 0);
}

TEST_CASE("when a master dies under load, its replica serves its keys, and no client must reconnect") {
  redis_cluster cluster;
  tandem_daemon const tandem(on_cluster(cluster, "500ms"));
  workload load({tandem.port(), "load:", 8, 50});
  REQUIRE(load.goes_on(1000));
  text_client client = tandem.connect();
  REQUIRE(client.ask("set victim 0 0 1\r\nv\r\n") == "STORED");
  // The replica has it when it confirms.
  cluster.node(cluster.master_of(slot_of("victim"))).command({"WAIT", "1", "2000"});

  cluster.fail_over(slot_of("victim"));
  CHECK(wait_until([&] { return client.converse("get victim\r\n") == "VALUE victim 0 1\r\nv\r\nEND\r\n"; },
                   std::chrono::seconds(20)));
  CHECK(wait_until([&] { return client.ask("set victim 0 0 1\r\nw\r\n") == "STORED"; }));
  // Each worker connects again in its own time.
  CHECK(wait_until([&] { return load.without_errors(2000); }, std::chrono::seconds(20)));
  load.stop();
  CHECK(load.wrong().empty());
}

TEST_CASE("the first node of the list may be dead") {
  redis_cluster cluster;
  cluster.fail_over(0);
  tandem_daemon const tandem(on_cluster(cluster, "2s"));
  for (int i = 0; i < 20; ++i) {
    CHECK(tandem.converse(fmt::format("set start:{} 0 0 1\r\nv\r\n", i)) == "STORED\r\n");
  }
}
