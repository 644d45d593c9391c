// The fixtures themselves: that they start and stop what they promise.
#include "support/catch.hpp"
#include "support/free_port.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/wait_until.hpp"

#include <signal.h>

#include <chrono>
#include <set>

using namespace tandem::test;

TEST_CASE("free ports are all different") {
  std::set<std::uint16_t> ports;
  for (int i = 0; i < 50; ++i) ports.insert(free_port());
  CHECK(ports.size() == 50);
}

TEST_CASE("a program's output and status are there when it has ended") {
  finished const ended = run({"sh", "-c", "echo $GREETING; exit 3"}, {"GREETING=hello"});
  CHECK(ended.status == 3);
  CHECK(ended.output == "hello\n");
  CHECK(run({"no-such-program"}).status == 127);
}

TEST_CASE("a process that ignores SIGTERM is killed") {
  process stubborn({"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"});
  REQUIRE(wait_until([&] { return stubborn.output() == "ready\n"; }));
  CHECK(stubborn.stop(std::chrono::milliseconds(200)) == 128 + SIGKILL);
  CHECK_FALSE(stubborn.running());
}

TEST_CASE("a memcached keeps its address when it is killed and started again") {
  memcached_server server;
  CHECK(server.connect().ask("set k 0 0 1\r\nv\r\n") == "STORED");
  CHECK(server.connect().converse("get k\r\n") == "VALUE k 0 1\r\nv\r\nEND\r\n");
  CHECK(server.stat("cmd_set") == 1);
  server.kill();
  CHECK_THROWS(server.connect());
  server.start();
  CHECK(server.connect().converse("get k\r\n") == "END\r\n");
}

TEST_CASE("a suspended memcached accepts, and answers when it goes on") {
  memcached_server server;
  text_client client = server.connect();
  server.suspend();
  client.send("version\r\n");
  CHECK(client.silent(std::chrono::milliseconds(50)));
  server.resume();
  CHECK(client.read_line().starts_with("VERSION"));
}

TEST_CASE("a memcached serves a Unix socket") {
  memcached_server const server(on_unix_socket{}, {});
  CHECK(server.address().starts_with("unix:/"));
  CHECK(server.connect().ask("set k 0 0 1\r\nv\r\n") == "STORED");
}

TEST_CASE("a Redis takes its options and answers") {
  redis_server server({"--maxmemory", "100mb"});
  CHECK(server.command({"SET", "k", std::string("a\0b", 3)}).text == "OK");
  CHECK(server.command({"GET", "k"}).text == std::string("a\0b", 3));
  CHECK(server.command({"GET", "none"}).is_nil());
  CHECK(server.command({"CONFIG", "GET", "maxmemory"}).elements.at(1).text == "104857600");
  CHECK(server.command({"NONSENSE"}).is_error());
}

TEST_CASE("slots are those of the cluster specification") {
  CHECK(slot_of("123456789") == 0x31C3);
  CHECK(slot_of("{user}.following") == slot_of("user"));
  CHECK(slot_of("a{}b") != slot_of(""));
}

TEST_CASE("a cluster moves slots and fails over") {
  redis_cluster cluster;
  std::string const key = "{tag}1";
  unsigned const slot = slot_of(key);
  std::size_t const from = cluster.master_of(slot);
  std::size_t const to = (from + 1) % redis_cluster::masters;
  CHECK(cluster.node(from).command({"SET", key, "v"}).text == "OK");

  cluster.move(slot, from, to);
  CHECK(cluster.master_of(slot) == to);
  CHECK(cluster.node(from).command({"GET", key}).text.starts_with("MOVED"));
  CHECK(cluster.node(to).command({"GET", key}).text == "v");

  CHECK(cluster.fail_over(slot) == to);
  std::size_t const promoted = cluster.master_of(slot);
  CHECK(promoted == to + redis_cluster::masters);
  CHECK(cluster.node(promoted).command({"SET", key, "w"}).text == "OK");
}
