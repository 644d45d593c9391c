// A Redis Cluster whose nodes tell names of each other, or no host at all, in a network in which the test resolves names.
#include "support/catch.hpp"
#include "support/name_server.hpp"
#include "support/network_namespace.hpp"
#include "support/redis_cluster.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::string node_name(std::size_t index) { return fmt::format("node{}.test", index); }

void configure_all(redis_cluster& cluster, std::string const& what, std::string const& value) {
  for (std::size_t each = 0; each < redis_cluster::nodes; ++each)
    REQUIRE_FALSE(cluster.node(each).command({"CONFIG", "SET", what, value}).is_error());
}

/// Returns when every node knows every name.
void name_all(redis_cluster& cluster, name_server& names) {
  for (std::size_t each = 0; each < redis_cluster::nodes; ++each) {
    names.has(node_name(each), {"127.0.0.1"});
    REQUIRE_FALSE(cluster.node(each)
                      .command({"CONFIG", "SET", "cluster-announce-hostname", node_name(each)})
                      .is_error());
  }
  REQUIRE(wait_until([&] {
    for (std::size_t each = 0; each < redis_cluster::nodes; ++each) {
      std::string const known = cluster.node(each).command({"CLUSTER", "NODES"}).text;
      for (std::size_t other = 0; other < redis_cluster::nodes; ++other)
        if (known.find("," + node_name(other) + " ") == std::string::npos) return false;
    }
    return true;
  }));
}

tandem_daemon on_nodes(std::string const& seed) {
  return tandem_daemon(fmt::format(
      "backends:\n  store:\n    redis: {{cluster: [\"{}\"]}}\n    timeout: 2s\nroutes: [{{to: store}}]\n",
      seed));
}

/// Keys on all nodes, before and after a slot has gone to another.
void use(tandem_daemon const& tandem, redis_cluster& cluster) {
  text_client client = tandem.connect();
  for (int turn = 0; turn < 2; ++turn) {
    for (int number = 0; number < 100; ++number) {
      std::string const key = fmt::format("key{}", number);
      CHECK(client.converse(fmt::format("set {} 0 0 1\r\n{}\r\nget {}\r\n", key, turn, key)) ==
            fmt::format("STORED\r\nVALUE {} 0 1\r\n{}\r\nEND\r\n", key, turn));
    }
    if (turn > 0) break;
    unsigned const slot = slot_of("key0");
    std::size_t const from = cluster.master_of(slot);
    cluster.move(slot, from, (from + 1) % redis_cluster::masters);
  }
  // Unless it has just heard of it: then another goes.
  auto const redirected = [&] {
    return tandem.metric("tandem_redis_redirections_total", {{"kind", "moved"}}) > 0;
  };
  for (int tries = 0; tries < 20 && !redirected(); ++tries) {
    unsigned const slot = slot_of("key1");
    std::size_t const from = cluster.master_of(slot);
    cluster.move(slot, from, (from + 1) % redis_cluster::masters);
    CHECK(client.converse("get key1\r\n") == "VALUE key1 0 1\r\n1\r\nEND\r\n");
  }
  CHECK(redirected());
}

double connections_to(tandem_daemon const& tandem, std::string const& host, redis_cluster& cluster,
                      std::size_t index) {
  return tandem.metric("tandem_server_connections",
                       {{"server", fmt::format("{}:{}", host, cluster.node(index).port())}});
}

}  // namespace

TEST_CASE("the nodes of a cluster that prefers names are known by them, and found by what they stand for") {
  if (auto const why_not = no_networks()) {
    WARN("skipped, no networks:\n" << *why_not);
    return;
  }
  network_namespace const alone;
  network_namespace::visit const here(alone);
  name_server names(alone);
  redis_cluster cluster;
  name_all(cluster, names);
  configure_all(cluster, "cluster-preferred-endpoint-type", "hostname");
  tandem_daemon const tandem = on_nodes(cluster.node(0).address());
  use(tandem, cluster);
  for (std::size_t each = 0; each < redis_cluster::masters; ++each)
    CHECK(connections_to(tandem, node_name(each), cluster, each) > 0);
}

TEST_CASE("the nodes of a cluster that tells no hosts are at the host that was asked") {
  if (auto const why_not = no_networks()) {
    WARN("skipped, no networks:\n" << *why_not);
    return;
  }
  network_namespace const alone;
  network_namespace::visit const here(alone);
  name_server names(alone);
  names.has("seed.test", {"127.0.0.1"});
  redis_cluster cluster;
  configure_all(cluster, "cluster-preferred-endpoint-type", "unknown-endpoint");
  tandem_daemon const tandem = on_nodes(fmt::format("seed.test:{}", cluster.node(0).port()));
  use(tandem, cluster);
  for (std::size_t each = 0; each < redis_cluster::masters; ++each)
    CHECK(connections_to(tandem, "seed.test", cluster, each) > 0);
}
