// What others change in Redis: L1 answers it no longer.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <string>

using namespace tandem::test;

namespace {

std::string configuration(std::string const& near, redis_server const& far, std::string const& invalidation,
                          std::string const& tiers = "write: around") {
  return fmt::format(
      "backends:\n"
      "  near: {}\n"
      "  own: {{memory: {{size: 1MiB}}}}\n"
      "  far: {{redis: {{server: \"{}\", encoding: plain, key_prefix: \"t:\"}}, timeout: 200ms}}\n"
      "  both: {{tiered: {{l1: near, l2: far, {}}}}}\n"
      "{}routes:\n  - {{prefix: \"own:\", to: own}}\n  - {{to: both}}\n",
      near, far.address(), tiers, invalidation);
}

std::string pool(memcached_server const& near) {
  return fmt::format("{{memcached: {{servers: [\"{}\"]}}, timeout: 200ms}}", near.address());
}

constexpr char memory[] = "{memory: {size: 16MiB}}";
constexpr char channel[] = "invalidation:\n  - {redis: far, channel: changed}\n";
constexpr char tracking[] = "invalidation:\n  - {redis: far, tracking: true}\n";

std::string got(std::string const& key, std::string const& value) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
}

std::string get(tandem_daemon const& tandem, std::string const& key) {
  return tandem.converse("get " + key + "\r\n");
}

bool answers(tandem_daemon const& tandem, std::string const& key, std::string const& value) {
  return wait_until([&] { return get(tandem, key) == got(key, value); });
}

bool trusts(tandem_daemon const& tandem) {
  return wait_until([&] { return tandem.metric("tandem_invalidation_trusted") == 1; });
}

/// Until L1 has it: some hit in L1 came after a read.
bool settles(tandem_daemon const& tandem, std::string const& key) {
  double const before = tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}});
  return wait_until([&] {
    get(tandem, key);
    return tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) > before;
  });
}

/// The key is in Redis and L1, and L1 answers it.
void put(tandem_daemon const& tandem, redis_server& far, std::string const& key, std::string const& value) {
  far.command({"SET", "t:" + key, value});
  REQUIRE(answers(tandem, key, value));
  REQUIRE(settles(tandem, key));
}

/// And then Redis holds a newer value.
void outdate(tandem_daemon const& tandem, redis_server& far, std::string const& key) {
  REQUIRE(trusts(tandem));
  put(tandem, far, key, "old");
  far.command({"SET", "t:" + key, "new"});
}

}  // namespace

TEST_CASE("a key that is published is read anew, and no other") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  outdate(tandem, far, "a:1");
  outdate(tandem, far, "a:2");
  CHECK(get(tandem, "a:1") == got("a:1", "old"));
  far.command({"PUBLISH", "changed", "a:1"});
  CHECK(answers(tandem, "a:1", "new"));
  CHECK(get(tandem, "a:2") == got("a:2", "old"));
  CHECK(tandem.metric("tandem_invalidations_received_total", {{"source", "channel"}}) == 1);
  CHECK(tandem.metric("tandem_invalidation_duration_seconds_count", {{"backend", "both"}}) == 1);
}

TEST_CASE("a prefix that is published is read anew, by every worker, and lies in L1 again after that") {
  memcached_server near;
  redis_server far;
  std::string const kind = GENERATE("pool", "memory");
  tandem_daemon const tandem(configuration(kind == "pool" ? pool(near) : memory, far, channel));
  outdate(tandem, far, "a:1");
  outdate(tandem, far, "b:1");
  far.command({"PUBLISH", "changed", "a:*"});
  CHECK(answers(tandem, "a:1", "new"));
  for (int connection = 0; connection < 20; ++connection) CHECK(get(tandem, "a:1") == got("a:1", "new"));
  CHECK(settles(tandem, "a:1"));
  CHECK(get(tandem, "b:1") == got("b:1", "old"));
}

TEST_CASE("what is published also leaves the memory backends that are no L1") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  REQUIRE(trusts(tandem));
  for (std::string const message : {"own:1", "own:*", "*"}) {
    REQUIRE(tandem.converse("set own:1 0 0 1\r\nv\r\n") == "STORED\r\n");
    REQUIRE(get(tandem, "own:1") == got("own:1", "v"));
    far.command({"PUBLISH", "changed", message});
    CHECK(wait_until([&] { return get(tandem, "own:1") == "END\r\n"; }));
  }
}

TEST_CASE("a message that is no key is counted, and logged once per second at most") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  REQUIRE(trusts(tandem));
  far.command({"PUBLISH", "changed", ""});
  far.command({"PUBLISH", "changed", "a b"});
  far.command({"PUBLISH", "changed", std::string(251, 'x')});
  CHECK(wait_until([&] { return tandem.metric("tandem_invalidation_bad_messages_total") == 3; }));
  std::string const log = tandem.log();
  std::string const words = "is neither a key nor a prefix";
  std::size_t const first = log.find(words);
  REQUIRE(first != std::string::npos);
  CHECK(log.find(words, first + 1) == std::string::npos);
}

TEST_CASE("a key that is written, deleted or flushed in Redis is read anew, where Redis tracks keys") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, tracking));
  outdate(tandem, far, "a:1");
  CHECK(answers(tandem, "a:1", "new"));
  REQUIRE(settles(tandem, "a:1"));
  far.command({"DEL", "t:a:1"});
  CHECK(wait_until([&] { return get(tandem, "a:1") == "END\r\n"; }));
  put(tandem, far, "a:2", "v");
  far.command({"FLUSHALL"});
  CHECK(wait_until([&] { return get(tandem, "a:2") == "END\r\n"; }));
  CHECK(tandem.metric("tandem_invalidations_received_total", {{"source", "tracking"}}) >= 4);
}

TEST_CASE("what may have been missed while the link was lost is read anew") {
  memcached_server near;
  redis_server far;
  std::string const source = GENERATE(as<std::string>(), channel, tracking);
  tandem_daemon const tandem(configuration(pool(near), far, source));
  REQUIRE(trusts(tandem));
  put(tandem, far, "a:1", "old");
  far.kill();
  REQUIRE(wait_until([&] { return tandem.metric("tandem_invalidation_link_losses_total") == 1; }));
  CHECK(tandem.metric("tandem_invalidation_trusted") == 0);
  CHECK(get(tandem, "a:1") == got("a:1", "old"));
  far.start();
  far.command({"SET", "t:a:1", "newest"});
  REQUIRE(trusts(tandem));
  CHECK(answers(tandem, "a:1", "newest"));
}

TEST_CASE("a link that Redis cuts is made again, and all is read anew") {
  memcached_server near;
  redis_server far;
  std::string const source = GENERATE(as<std::string>(), channel, tracking);
  tandem_daemon const tandem(configuration(pool(near), far, source));
  REQUIRE(trusts(tandem));
  put(tandem, far, "a:1", "old");
  far.command({"CLIENT", "KILL", "TYPE", "pubsub"});
  far.command({"SET", "t:a:1", "new"});
  CHECK(answers(tandem, "a:1", "new"));
  CHECK(trusts(tandem));
  CHECK(tandem.metric("tandem_invalidation_link_losses_total") == 1);
}

TEST_CASE("with more keys than can be removed at a time, all of L1 is outdated") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  outdate(tandem, far, "last");
  near.suspend();
  far.command({"EVAL",
               "for i = 1, 40000 do redis.call('PUBLISH', 'changed', 'k' .. i) end "
               "redis.call('PUBLISH', 'changed', 'last')",
               "0"});
  CHECK(wait_until([&] { return tandem.metric("tandem_invalidation_marks") == 2; }));
  near.resume();
  CHECK(answers(tandem, "last", "new"));
  CHECK(settles(tandem, "last"));
}

TEST_CASE("what L1 could not be told to remove is not read there") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  outdate(tandem, far, "a:1");
  near.suspend();
  far.command({"PUBLISH", "changed", "a:1"});
  CHECK(wait_until([&] { return tandem.metric("tandem_tier_removals_due") == 1; }));
  near.resume();
  CHECK(answers(tandem, "a:1", "new"));
}

TEST_CASE("an L1 that starts anew fills again under a prefix that was invalidated") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, channel));
  outdate(tandem, far, "a:1");
  for (int times = 0; times < 50; ++times) near.connect().ask("set filler 0 0 1\r\nv\r\n");
  far.command({"PUBLISH", "changed", "a:*"});
  REQUIRE(answers(tandem, "a:1", "new"));
  REQUIRE(settles(tandem, "a:1"));
  near.kill();
  near.start();
  CHECK(settles(tandem, "a:1"));
}

TEST_CASE("an invalidation loses nothing that waits to be written to L2") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(
      configuration(pool(near), far, tracking, "write: back, queue: {items: 100, bytes: 1MiB}"), {},
      "invalidate: true");
  REQUIRE(trusts(tandem));
  far.suspend();
  REQUIRE(tandem.converse("set a:1 0 0 6\r\nqueued\r\n") == "STORED\r\n");
  for (std::string const what : {"a:1", "a:*", "*"}) {
    CHECK(http_post(tandem.admin_port(), "/invalidate", what).status == 202);
    CHECK(get(tandem, "a:1") == got("a:1", "queued"));
  }
  CHECK(tandem.metric("tandem_tier_write_back_items") == 1);
  far.resume();
  CHECK(wait_until([&] { return far.command({"GET", "t:a:1"}).text == "queued"; }));
  CHECK(answers(tandem, "a:1", "queued"));
}

TEST_CASE("POST /invalidate is off unless it is allowed") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, ""));
  http_response const refused = http_post(tandem.admin_port(), "/invalidate", "a:1\n");
  CHECK(refused.status == 403);
  CHECK(refused.body == "off; write invalidate: true in the configuration's admin section\n");
}

TEST_CASE("POST /invalidate takes keys and prefixes, a line each, and does all of them or none") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(configuration(pool(near), far, ""), {}, "invalidate: true");
  for (std::string const key : {"a:1", "b:1", "b:2"}) {
    put(tandem, far, key, "old");
    far.command({"SET", "t:" + key, "new"});
  }
  auto const post = [&](std::string const& body) {
    return http_post(tandem.admin_port(), "/invalidate", body);
  };
  http_response const wrong = post("a:1\nb 1\n");
  CHECK(wrong.status == 400);
  CHECK(wrong.body == "line 2 is neither a key nor a prefix and *: \"b 1\"; nothing was invalidated\n");
  CHECK(post("").status == 400);
  CHECK(post(std::string(9000, 'x')).status == 413);
  CHECK(http_get(tandem.admin_port(), "/invalidate").status == 405);
  CHECK(get(tandem, "a:1") == got("a:1", "old"));

  http_response const done = post("a:1\r\nb:*");
  CHECK(done.status == 202);
  CHECK(done.body == "2 invalidated\n");
  for (std::string const key : {"a:1", "b:1", "b:2"}) CHECK(answers(tandem, key, "new"));
  CHECK(tandem.metric("tandem_invalidations_received_total", {{"source", "admin"}}) == 2);
}

namespace {

std::string on_cluster(memcached_server const& near, redis_cluster const& far, std::string const& source) {
  return fmt::format(
      "backends:\n"
      "  near: {}\n"
      "  far: {{redis: {{cluster: {}, encoding: plain}}, timeout: 1s}}\n"
      "  both: {{tiered: {{l1: near, l2: far, write: around}}}}\n"
      "invalidation:\n  - {{redis: far, {}}}\nroutes:\n  - {{to: both}}\n",
      pool(near), far.addresses(), source);
}

/// Writes to a key behind Tandem's back, on the node that serves it.
void set_at_master(redis_cluster& far, std::string const& key, std::string const& value) {
  REQUIRE(wait_until([&] {
    return !far.node(far.master_of(slot_of(key))).command({"SET", key, value}).is_error();
  }));
}

/// L1 answers the older value of the key no longer.
bool follows(tandem_daemon const& tandem, redis_cluster& far, std::string const& key,
             std::string const& value) {
  return settles(tandem, key) && (set_at_master(far, key, value), answers(tandem, key, value));
}

std::size_t another_master(redis_cluster& far, std::size_t own) {
  for (unsigned slot = 0; slot < 16384; slot += 512) {
    if (std::size_t const found = far.master_of(slot); found != own) return found;
  }
  FAIL("one master has every slot");
  return own;
}

}  // namespace

TEST_CASE("in a cluster every master is tracked, also one that has taken over from another") {
  memcached_server near;
  redis_cluster far;
  tandem_daemon const tandem(on_cluster(near, far, "tracking: true"));
  REQUIRE(trusts(tandem));
  for (std::string const key : {"a", "b", "c", "d", "e", "f"}) {
    set_at_master(far, key, "0");
    CHECK(follows(tandem, far, key, "1"));
  }
  far.fail_over(slot_of("a"));
  CHECK(tandem.metric("tandem_invalidation_link_losses_total") >= 1);
  set_at_master(far, "a", "2");
  REQUIRE(trusts(tandem));
  CHECK(answers(tandem, "a", "2"));
  for (std::string const key : {"a", "b", "c", "d", "e", "f"}) CHECK(follows(tandem, far, key, "3"));
}

TEST_CASE("in a cluster a channel is heard with PUBLISH and SPUBLISH, also when its slot moves") {
  memcached_server near;
  redis_cluster far;
  tandem_daemon const tandem(on_cluster(near, far, "channel: changed"));
  REQUIRE(trusts(tandem));
  unsigned const slot = slot_of("changed");
  std::size_t const owner = far.master_of(slot);
  set_at_master(far, "a", "0");
  REQUIRE(settles(tandem, "a"));
  set_at_master(far, "a", "1");
  far.node(owner).command({"SPUBLISH", "changed", "a"});
  CHECK(answers(tandem, "a", "1"));
  std::size_t const other = another_master(far, owner);
  REQUIRE(settles(tandem, "a"));
  set_at_master(far, "a", "2");
  far.node(other).command({"PUBLISH", "changed", "a"});
  CHECK(answers(tandem, "a", "2"));

  far.move(slot, owner, other);
  REQUIRE(wait_until([&] { return tandem.metric("tandem_invalidation_link_losses_total") >= 1; }));
  REQUIRE(trusts(tandem));
  REQUIRE(settles(tandem, "a"));
  set_at_master(far, "a", "3");
  far.node(other).command({"SPUBLISH", "changed", "a"});
  CHECK(answers(tandem, "a", "3"));
}
