// What is old in L1 while Redis fails or is slow, and who is answered with it: over a memcached and over the daemon's own
// store, whichever way it writes.
#include "support/binary_client.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <optional>
#include <string>

using namespace tandem::test;

namespace {

enum class near_kind { memcached, memory };

/// A Redis that several daemons may have behind them, each with an L1 of its own, or all with one.
struct tiers {
  tiers(redis_server& behind, near_kind kind, std::string const& more, std::string const& invalidation = "",
        std::string const& deadline = "300ms")
      : far(behind) {
    if (kind == near_kind::memcached) server.emplace();
    start(server ? pool(*server) : "{memory: {size: 16MiB}}", more, invalidation, deadline);
  }
  tiers(redis_server& behind, memcached_server const& near, std::string const& more) : far(behind) {
    start(pool(near), more, "", "300ms");
  }

  static std::string pool(memcached_server const& near) {
    return fmt::format("{{memcached: {{servers: [\"{}\"]}}}}", near.address());
  }
  void start(std::string const& near, std::string const& more, std::string const& invalidation,
             std::string const& deadline) {
    tandem.emplace(
        fmt::format("backends:\n"
                    "  near: {}\n"
                    "  far: {{redis: {{server: \"{}\", encoding: plain, flags: drop, flush: flushdb}}}}\n"
                    "  both: {{tiered: {{l1: near, l2: far, {}}}}}\n"
                    "{}routes:\n  - {{to: both, deadline: {}}}\n",
                    near, far.address(), more, invalidation, deadline));
  }

  std::string say(std::string const& commands) const { return tandem->converse(commands); }
  std::string get(std::string const& key) const { return say("get " + key + "\r\n"); }
  double old_answers(std::string const& reason) const {
    return tandem->metric("tandem_tier_stale_answers_total", {{"reason", reason}});
  }
  double old_answers() const { return tandem->metric("tandem_tier_stale_answers_total"); }
  double hits(std::string const& tier) const {
    return tandem->metric("tandem_tier_hits_total", {{"tier", tier}});
  }

  /// Redis has it, and L1, which has answered it.
  void put(std::string const& key, std::string const& value) const;
  bool fails(std::string const& command) const { return say(command).starts_with("SERVER_ERROR"); }

  redis_server& far;
  std::optional<memcached_server> server;
  std::optional<tandem_daemon> tandem;
};

std::string got(std::string const& key, std::string const& value) {
  return fmt::format("VALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
}

void tiers::put(std::string const& key, std::string const& value) const {
  far.command({"SET", key, value});
  REQUIRE(wait_until([&] { return get(key) == got(key, value); }));
  double const before = hits("l1");
  REQUIRE(wait_until([&] { return get(key) == got(key, value) && hits("l1") > before; }));
}

/// The key is answered so again and again, until it was old.
bool answers_old(tiers const& both, std::string const& key, std::string const& value) {
  double const before = both.old_answers();
  return wait_until([&] {
    CHECK(both.get(key) == got(key, value));
    return both.old_answers() > before;
  });
}

/// The answer to mg: what the protocol has for an item whose renewal is another's.
std::string told_old(std::string const& value) {
  return fmt::format("VA {} c9223372036854775807 Z X\r\n{}\r\n", value.size(), value);
}

constexpr char both_kinds[] = "l1_ttl: 1s, stale_for: 1h";
constexpr char tracking[] = "invalidation:\n  - {redis: far, tracking: true}\n";

}  // namespace

TEST_CASE("what is over is answered while Redis is dead, and what Redis says when it is back") {
  for (near_kind const kind : {near_kind::memcached, near_kind::memory}) {
    redis_server far;
    tiers const both(far, kind, both_kinds);
    both.put("k", "old");
    CHECK(both.old_answers() == 0);
    far.kill();
    REQUIRE(answers_old(both, "k", "old"));
    CHECK(both.old_answers("failed") > 0);
    CHECK(both.say("mg k v c\r\n") == told_old("old"));
    CHECK(both.get("other").starts_with("SERVER_ERROR"));
    CHECK(both.say("get k other\r\n") == got("k", "old"));
    CHECK(both.tandem->log().find("backend both: what is old in L1 is answered, since L2 fails: ") !=
          std::string::npos);
    far.start();
    far.command({"SET", "k", "new"});
    REQUIRE(wait_until([&] { return both.get("k") == got("k", "new"); }));
    CHECK(both.say("mg k v\r\n") == "VA 3\r\nnew\r\n");
    REQUIRE(wait_until([&] {
      both.get("k");
      return both.tandem->log().find("backend both: L2 answers again") != std::string::npos;
    }));
  }
}

TEST_CASE("what is over is answered while Redis hangs, before the time of the request is over") {
  for (near_kind const kind : {near_kind::memcached, near_kind::memory}) {
    redis_server far;
    tiers const both(far, kind, both_kinds);
    both.put("k", "old");
    far.suspend();
    REQUIRE(answers_old(both, "k", "old"));
    for (int each = 0; each < 10; ++each) CHECK(both.get("k") == got("k", "old"));
    CHECK(both.old_answers("slow") > 0);
    far.resume();
    far.command({"SET", "k", "new"});
    REQUIRE(wait_until([&] { return both.get("k") == got("k", "new"); }));
  }
}

TEST_CASE("nothing is answered for longer than stale_for") {
  redis_server far;
  tiers const both(far, near_kind::memcached, "l1_ttl: 1s, stale_for: 2s");
  both.put("k", "old");
  far.kill();
  REQUIRE(wait_until([&] { return both.fails("get k\r\n"); }));
  CHECK(both.fails("get k\r\n"));
  far.start();
}

TEST_CASE("without stale_for what is over is gone") {
  redis_server far;
  tiers const both(far, near_kind::memcached, "l1_ttl: 1s");
  both.put("k", "old");
  far.kill();
  REQUIRE(wait_until([&] { return both.fails("get k\r\n"); }));
  CHECK(both.old_answers() == 0);
  far.start();
}

TEST_CASE(
    "what another daemon has changed is read in Redis, and the old value answered only when that fails") {
  for (near_kind const kind : {near_kind::memcached, near_kind::memory}) {
    redis_server far;
    tiers const here(far, kind, "l1_ttl: 300s, stale_for: 1h", tracking);
    tiers const there(far, kind, "write: around");
    REQUIRE(wait_until([&] { return here.tandem->metric("tandem_invalidation_trusted") == 1; }));
    here.put("k", "old");
    here.put("d", "old");
    auto const applied = [&] {
      return here.tandem->metric("tandem_invalidations_applied_total", {{"backend", "both"}});
    };
    auto const change = [&](std::string const& command, std::string const& answer) {
      double const before = applied();
      CHECK(there.say(command) == answer);
      REQUIRE(wait_until([&] { return applied() > before; }));
    };
    change("set k 0 0 3\r\nnew\r\n", "STORED\r\n");
    CHECK(here.get("k") == got("k", "new"));
    CHECK(here.old_answers() == 0);
    here.put("k", "new");
    change("set k 0 0 5\r\nnewer\r\n", "STORED\r\n");
    change("set k 0 0 6\r\nnewest\r\n", "STORED\r\n");
    far.kill();
    CHECK(here.say("mg k v c\r\n") == told_old("new"));
    CHECK(here.get("d") == got("d", "old"));
    // The link was lost: all that L1 has is of before, and nobody knows what became of it.
    far.start();
    REQUIRE(wait_until([&] { return here.tandem->metric("tandem_invalidation_trusted") == 1; }));
    far.kill();
    CHECK(wait_until([&] { return here.fails("get d\r\n"); }));
    CHECK(here.fails("get k\r\n"));
    far.start();
  }
}

TEST_CASE("what a client has deleted or replaced is not answered again when Redis fails then") {
  for (near_kind const kind : {near_kind::memcached, near_kind::memory}) {
    for (std::string const way : {"through", "around"}) {
      INFO(way);
      redis_server far;
      tiers const both(far, kind, std::string(both_kinds) + ", write: " + way);
      for (std::string const key : {"deleted", "set", "appended", "counted", "touched"}) both.put(key, "1");
      CHECK(both.say("delete deleted\r\n") == "DELETED\r\n");
      CHECK(both.say("set set 0 0 1\r\n2\r\n") == "STORED\r\n");
      CHECK(both.say("append appended 0 0 1\r\n2\r\n") == "STORED\r\n");
      CHECK(both.say("incr counted 1\r\n") == "2\r\n");
      CHECK(both.say("touch touched -1\r\n") == "TOUCHED\r\n");
      far.kill();
      for (std::string const key : {"deleted", "appended", "counted", "touched"})
        CHECK(both.fails("get " + key + "\r\n"));
      if (way == "around") CHECK(both.fails("get set\r\n"));
      if (way == "through") CHECK(answers_old(both, "set", "2"));
      far.start();
    }
  }
}

TEST_CASE("nor what was deleted or replaced through another daemon over the same L1") {
  redis_server far;
  memcached_server near;
  tiers const here(far, near, both_kinds);
  tiers const there(far, near, "l1_ttl: 1s, stale_for: 1h, write: around");
  for (std::string const key : {"deleted", "set", "left"}) here.put(key, "1");
  CHECK(there.say("delete deleted\r\n") == "DELETED\r\n");
  CHECK(there.say("set set 0 0 1\r\n2\r\n") == "STORED\r\n");
  far.kill();
  CHECK(here.fails("get deleted\r\n"));
  CHECK(here.fails("get set\r\n"));
  CHECK(answers_old(here, "left", "1"));
  CHECK(there.get("left") == got("left", "1"));
  far.start();
}

TEST_CASE("a daemon without stale_for takes nothing old from an L1 that others have filled") {
  redis_server far;
  memcached_server near;
  tiers const here(far, near, both_kinds);
  tiers const there(far, near, "l1_ttl: 1s");
  here.put("k", "old");
  CHECK(there.get("k") == got("k", "old"));
  far.kill();
  REQUIRE(wait_until([&] { return there.fails("get k\r\n"); }));
  far.start();
}

TEST_CASE("a flush leaves nothing that could be answered") {
  for (near_kind const kind : {near_kind::memcached, near_kind::memory}) {
    redis_server far;
    tiers const both(far, kind, "l1_ttl: 300s, stale_for: 1h");
    both.put("k", "old");
    CHECK(both.say("flush_all\r\n") == "OK\r\n");
    far.kill();
    CHECK(both.fails("get k\r\n"));
    far.start();
  }
}

TEST_CASE("binary clients are answered what is old, with a cas that no set is taken with") {
  constexpr std::uint8_t get = 0x00;
  constexpr std::uint8_t set = 0x01;
  redis_server far;
  tiers const both(far, near_kind::memcached, both_kinds);
  both.put("k", "old");
  far.kill();
  REQUIRE(answers_old(both, "k", "old"));
  binary_client client(both.tandem->connect());
  binary_reply const told = client.ask({.opcode = get, .key = "k"});
  CHECK(told.status == 0);
  CHECK(told.body == std::string(4, '\0') + "old");
  far.start();
  far.command({"SET", "k", "old"});
  constexpr std::uint16_t exists = 2;
  CHECK(wait_until([&] {
    return client
               .ask(
                   {.opcode = set, .key = "k", .extras = std::string(8, '\0'), .value = "v", .cas = told.cas})
               .status == exists;
  }));
  CHECK(far.command({"GET", "k"}).text == "old");
}

TEST_CASE("what Redis fails to change stays as what is old, but not what it fails to delete") {
  for (near_kind const kind : {near_kind::memcached, near_kind::memory}) {
    for (std::string const way : {"through", "around"}) {
      INFO(way);
      redis_server far;
      tiers const both(far, kind, "l1_ttl: 300s, stale_for: 1h, write: " + way);
      for (std::string const key : {"deleted", "set", "counted"}) both.put(key, "1");
      far.kill();
      // Of the first there may be no telling whether Redis has executed it.
      REQUIRE(wait_until([&] { return both.fails("get other\r\n"); }));
      CHECK(both.fails("delete deleted\r\n"));
      CHECK(both.fails("set set 0 0 1\r\n2\r\n"));
      CHECK(both.fails("incr counted 1\r\n"));
      CHECK(both.fails("get deleted\r\n"));
      CHECK(both.say("mg set v c\r\n") == told_old("1"));
      CHECK(both.say("mg counted v c\r\n") == told_old("1"));
      far.start();
    }
  }
}

TEST_CASE(
    "while Redis may yet execute a write, the value before it is answered, and Redis' own as soon as there "
    "is one") {
  redis_server far;
  tiers const both(far, near_kind::memcached, "l1_ttl: 300s, stale_for: 1h", "", "5s");
  both.put("k", "1");
  far.suspend();
  CHECK(both.fails("set k 0 0 1\r\n2\r\n"));
  CHECK(both.say("mg k v c\r\n") == told_old("1"));
  far.resume();
  REQUIRE(wait_until([&] {
    std::string const there = far.command({"GET", "k"}).text;
    return both.say("mg k v\r\n") == fmt::format("VA 1\r\n{}\r\n", there);
  }));
}

TEST_CASE("a cas that comes with an old value is no item's") {
  redis_server far;
  tiers const both(far, near_kind::memcached, both_kinds);
  both.put("k", "old");
  far.kill();
  REQUIRE(answers_old(both, "k", "old"));
  CHECK(both.say("gets k\r\n") == "VALUE k 0 3 9223372036854775807\r\nold\r\nEND\r\n");
  far.start();
  far.command({"SET", "k", "old"});
  REQUIRE(wait_until([&] { return both.say("cas k 0 0 3 9223372036854775807\r\nnew\r\n") == "EXISTS\r\n"; }));
}

TEST_CASE(
    "what waits for Redis is read from the queue, and what was written back may be answered when it is old") {
  redis_server far;
  tiers const both(far, near_kind::memcached, std::string(both_kinds) + ", write: back, queue: {items: 100}");
  CHECK(both.say("set k 0 0 3\r\nold\r\n") == "STORED\r\n");
  REQUIRE(wait_until([&] { return both.tandem->metric("tandem_tier_write_back_items") == 0; }));
  far.kill();
  REQUIRE(answers_old(both, "k", "old"));
  double const before = both.old_answers();
  CHECK(both.say("set k 0 0 3\r\nnew\r\n") == "STORED\r\n");
  CHECK(both.get("k") == got("k", "new"));
  CHECK(both.old_answers() == before);
  far.start();
  REQUIRE(wait_until([&] { return both.tandem->metric("tandem_tier_write_back_items") == 0; }));
}

TEST_CASE("what L1 alone has taken while Redis fails may be answered when it is old") {
  for (near_kind const kind : {near_kind::memcached, near_kind::memory}) {
    redis_server far;
    tiers const both(far, kind, std::string(both_kinds) + ", on_l2_failure: l1_only");
    far.kill();
    CHECK(both.say("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
    REQUIRE(answers_old(both, "k", "v"));
    far.start();
  }
}
