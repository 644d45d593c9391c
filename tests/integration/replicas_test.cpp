// Reads from the replicas of a Redis that has Sentinels, and of a cluster.
#include "support/catch.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_sentinels.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

std::string reading(std::string const& servers, std::string const& from, std::string const& more = "") {
  return fmt::format(
      "workers: 2\nbackends:\n  store:\n    redis: {{{}, encoding: plain, read_from: {}, max_lag: 1s}}\n    "
      "timeout: "
      "500ms\n{}",
      servers, from, more);
}

std::string const to_store = "routes:\n  - {to: store, deadline: 1s}\n";

std::string with_sentinels(redis_sentinels const& far) {
  return "sentinel: {master: main, sentinels: " + far.addresses() + "}";
}

std::string get(tandem_daemon const& tandem, std::string const& key) {
  return tandem.converse("get " + key + "\r\n");
}

bool answers(tandem_daemon const& tandem, std::string const& key, std::string const& value) {
  std::string const wanted = fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
  return wait_until([&] { return get(tandem, key) == wanted; }, 20s);
}

bool stores(tandem_daemon const& tandem, std::string const& key, std::string const& value) {
  std::string const words = fmt::format("set {} 0 0 {}\r\n{}\r\n", key, value.size(), value);
  return wait_until([&] { return tandem.converse(words) == "STORED\r\n"; }, 20s);
}

/// How many reads the node has executed.
std::string reads_at(redis_server& node) {
  std::string const all = node.command({"INFO", "commandstats"}).text;
  std::size_t const found = all.find("cmdstat_get:calls=");
  return found == std::string::npos ? "none" : all.substr(found, all.find(',', found) - found);
}

}  // namespace

TEST_CASE("the replicas that Sentinels name are read, and the master is not") {
  redis_sentinels far;
  tandem_daemon const tandem(reading(with_sentinels(far), "replica", to_store));
  REQUIRE(stores(tandem, "k", "1"));
  REQUIRE(answers(tandem, "k", "1"));
  for (int each = 0; each < 50; ++each) CHECK(answers(tandem, "k", "1"));
  CHECK(reads_at(far.node(0)) == "none");
  CHECK(wait_until([&] {
    return answers(tandem, "k", "1") && reads_at(far.node(1)) != "none" && reads_at(far.node(2)) != "none";
  }));
  CHECK(tandem.metric("tandem_redis_replica_reads_total") >= 50);
  tandem.converse("gets k\r\n");
  CHECK(reads_at(far.node(0)) != "none");
  far.node(1).kill();
  far.node(2).kill();
  CHECK(wait_until([&] { return get(tandem, "k").find("no replica may be read: ") != std::string::npos; },
                   20s));
}

TEST_CASE("without replicas prefer_replica is answered by the master, and by replicas once they are back") {
  redis_sentinels far;
  tandem_daemon const tandem(reading(with_sentinels(far), "prefer_replica", to_store));
  REQUIRE(stores(tandem, "k", "1"));
  REQUIRE(answers(tandem, "k", "1"));
  far.node(1).suspend();
  far.node(2).suspend();
  REQUIRE(wait_until([&] { return answers(tandem, "k", "1") && reads_at(far.node(0)) != "none"; }, 20s));
  far.node(1).resume();
  far.node(2).resume();
  double const before = tandem.metric("tandem_redis_replica_reads_total");
  CHECK(wait_until(
      [&] { return answers(tandem, "k", "1") && tandem.metric("tandem_redis_replica_reads_total") > before; },
      20s));
}

TEST_CASE("two tiers read their L2 from the master") {
  redis_sentinels far;
  tandem_daemon const tandem(
      reading(with_sentinels(far), "replica",
              "  near: {memory: {size: 16MiB}}\n  both: {tiered: {l1: near, l2: store, lease: off}}\n"
              "routes:\n  - {to: both, deadline: 1s}\n"));
  REQUIRE(wait_until([&] { return get(tandem, "none") == "END\r\n"; }));
  far.node(0).command({"SET", "k", "1"});
  CHECK(answers(tandem, "k", "1"));
  CHECK(reads_at(far.node(1)) == "none");
  CHECK(reads_at(far.node(2)) == "none");
  CHECK(tandem.metric("tandem_redis_replica_reads_total") == 0);
}

TEST_CASE("in a cluster the replica of the key's slot is read, and follows a failover") {
  redis_cluster far;
  tandem_daemon const tandem(reading("cluster: " + far.addresses(), "prefer_replica", to_store));
  REQUIRE(stores(tandem, "k", "1"));
  REQUIRE(wait_until(
      [&] { return answers(tandem, "k", "1") && tandem.metric("tandem_redis_replica_reads_total") > 0; },
      20s));
  std::size_t const master = far.master_of(slot_of("k"));
  // Each worker has a view of the cluster of its own, and the first may have been without replicas.
  CHECK(wait_until(
      [&] {
        std::string const before = reads_at(far.node(master));
        for (int each = 0; each < 50; ++each) CHECK(answers(tandem, "k", "1"));
        return reads_at(far.node(master)) == before;
      },
      20s));
  CHECK(reads_at(far.node(master + 3)) != "none");
  far.fail_over(slot_of("k"));
  REQUIRE(stores(tandem, "k", "2"));
  CHECK(answers(tandem, "k", "2"));
}
