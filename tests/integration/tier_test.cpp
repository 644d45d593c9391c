// Two tiers through the running daemon: a real memcached in front of a real Redis.
#include "support/built_daemon.hpp"
#include "support/catch.hpp"
#include "support/libmemcached_client.hpp"
#include "support/memcached_server.hpp"
#include "support/process.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"
#include "support/wrapped.hpp"

#include <fmt/format.h>

#include <chrono>
#include <string>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

/// Every key on both tiers; `more` are further words of the tiered backend, each with a comma in front.
std::string on_tiers(memcached_server const& near, redis_server const& far, std::string const& more = "") {
  return fmt::format(
      "backends:\n"
      "  near: {{memcached: {{servers: [\"{}\"]}}, timeout: 500ms}}\n"
      "  far: {{redis: {{server: \"{}\", flush: flushdb}}, timeout: 1s}}\n"
      "  both: {{tiered: {{l1: near, l2: far{}}}}}\n"
      "routes:\n  - {{to: both}}\n",
      near.address(), far.address(), more);
}

struct tiers {
  explicit tiers(std::string const& more = "") : tandem(on_tiers(near, far, more)) {}

  std::string say(std::string const& commands) const { return tandem.converse(commands); }
  /// What L1 holds, frame and all; empty for nothing.
  std::string in_near(std::string const& key) const {
    std::string const said = near.connect().converse("mg " + key + " v\r\n");
    return said == "EN\r\n" ? "" : said;
  }
  bool near_has(std::string const& key, std::string const& value) const {
    return in_near(key).ends_with(value + "\r\n");
  }

  memcached_server near;
  redis_server far;
  tandem_daemon tandem;
};

std::string got(std::string const& key, std::string const& value, int flags = 0) {
  return fmt::format("VALUE {} {} {}\r\n{}\r\nEND\r\n", key, flags, value.size(), value);
}

}  // namespace

TEST_CASE("written through, an item is in both tiers and L1 answers it") {
  tiers both;
  CHECK(both.say("set k 7 0 5\r\nvalue\r\n") == "STORED\r\n");
  CHECK(both.near_has("k", "value"));
  CHECK(both.far.command({"GET", "k"}).text.ends_with("value"));
  both.far.kill();
  CHECK(both.say("get k\r\n") == got("k", "value", 7));
  CHECK(both.tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) == 1);
  both.far.start();
}

TEST_CASE("a miss in L1 is filled from L2 with flags, cas and the smaller time") {
  tiers both(", write: around");
  CHECK(both.say("set k 7 20 5\r\nvalue\r\n") == "STORED\r\n");
  CHECK(both.in_near("k").empty());
  std::string const first = both.say("gets k\r\n");
  CHECK(first.starts_with("VALUE k 7 5 "));
  REQUIRE(wait_until([&] { return both.near_has("k", "value"); }));
  CHECK(both.say("gets k\r\n") == first);
  CHECK(both.tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) == 1);
  CHECK(both.tandem.metric("tandem_tier_hits_total", {{"tier", "l2"}}) == 1);
  CHECK(both.tandem.metric("tandem_tier_fills_total") == 1);
  std::string const left = both.near.connect().converse("mg k t\r\n");
  CHECK(left.starts_with("HD t1"));
  CHECK(both.say("set n 0 0 1\r\nv\r\nget n\r\n") == "STORED\r\n" + got("n", "v"));
  REQUIRE(wait_until([&] { return both.near_has("n", "v"); }));
  CHECK(std::stoi(both.near.connect().converse("mg n t\r\n").substr(4)) > 50);
}

TEST_CASE("the cas that L1 tells is the one that L2 compares") {
  tiers both;
  CHECK(both.say("set k 0 0 1\r\na\r\n") == "STORED\r\n");
  std::string const told = both.say("gets k\r\n");
  std::string const cas = told.substr(12, told.find('\r') - 12);
  CHECK(both.say("cas k 0 0 1 " + cas + "\r\nb\r\ncas k 0 0 1 " + cas + "\r\nc\r\nget k\r\n") ==
        "STORED\r\nEXISTS\r\n" + got("k", "b"));
}

TEST_CASE("each verb leaves no older value in L1") {
  for (std::string const policy : {"through", "around"}) {
    tiers both(", write: " + policy);
    auto const expect = [&](std::string const& command, std::string const& answer, std::string const& then) {
      CHECK(both.say("get k\r\n").starts_with("VALUE k"));
      CHECK(both.say(command + "get k\r\n") == answer + then);
      CHECK(both.say("get k\r\n") == then);
    };
    both.say("set k 0 0 1\r\n5\r\n");
    expect("set k 0 0 1\r\n6\r\n", "STORED\r\n", got("k", "6"));
    expect("add k 0 0 1\r\n9\r\n", "NOT_STORED\r\n", got("k", "6"));
    expect("replace k 0 0 1\r\n7\r\n", "STORED\r\n", got("k", "7"));
    expect("append k 0 0 1\r\n1\r\n", "STORED\r\n", got("k", "71"));
    expect("prepend k 0 0 1\r\n2\r\n", "STORED\r\n", got("k", "271"));
    expect("incr k 4\r\n", "275\r\n", got("k", "275"));
    expect("decr k 5\r\n", "270\r\n", got("k", "270"));
    expect("touch k 100\r\n", "TOUCHED\r\n", got("k", "270"));
    expect("touch k 30\r\n", "TOUCHED\r\n", got("k", "270"));
    expect("gat 20 k\r\n", got("k", "270"), got("k", "270"));
    expect("md k\r\n", "HD\r\n", "END\r\n");
    both.say("set k 0 0 1\r\n5\r\n");
    expect("delete k noreply\r\n", "", "END\r\n");
    both.say("set k 0 0 1\r\n5\r\n");
    expect("flush_all\r\n", "OK\r\n", "END\r\n");
  }
}

TEST_CASE("many keys are read from L1, and what it has not from L2") {
  tiers both;
  both.say("set a 0 0 1\r\na\r\nset b 0 0 1\r\nb\r\nset c 0 0 1\r\nc\r\n");
  both.near.connect().converse("delete b\r\n");
  CHECK(both.say("get a b x c\r\n") == "VALUE a 0 1\r\na\r\nVALUE b 0 1\r\nb\r\nVALUE c 0 1\r\nc\r\nEND\r\n");
  CHECK(both.tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) == 2);
  CHECK(both.tandem.metric("tandem_tier_hits_total", {{"tier", "l2"}}) == 1);
  CHECK(both.tandem.metric("tandem_tier_misses_total") == 1);
}

TEST_CASE("a cas of the client's choice is L2's; L1 tells it, and decides nothing by it") {
  for (std::string const policy : {"through", "around"}) {
    INFO(policy);
    tiers both(", write: " + policy);
    CHECK(both.say("ms k 1\r\na\r\nmg k v\r\n") == "HD\r\nVA 1\r\na\r\n");
    CHECK(wait_until([&] { return both.near_has("k", "a"); }));
    CHECK(both.say("ms k 1 E18446744073709551615\r\nb\r\nmg k c v\r\n") ==
          "HD\r\nVA 1 c18446744073709551615\r\nb\r\n");
    CHECK(wait_until([&] { return both.near_has("k", "b"); }));
    CHECK(both.say("mg k c v\r\n") == "VA 1 c18446744073709551615\r\nb\r\n");
    // A number below all others, and one that is used again.
    CHECK(both.say("ms k 1 E1\r\nc\r\nmg k v c\r\n") == "HD\r\nVA 1 c1\r\nc\r\n");
    CHECK(wait_until([&] { return both.near_has("k", "c"); }));
    CHECK(both.say("ms k 1 E1\r\nd\r\nmg k v c\r\n") == "HD\r\nVA 1 c1\r\nd\r\n");
    CHECK(wait_until([&] { return both.near_has("k", "d"); }));
    CHECK(both.say("md k x\r\nmg k v c\r\n") == "HD\r\nVA 0 c1\r\n\r\n");
    CHECK(both.say("ms k 2 MA N30 s\r\nef\r\nmg k v\r\n") == "HD s2\r\nVA 2\r\nef\r\n");
    CHECK(both.say("set k 0 0 1\r\ng\r\nget k\r\n") == "STORED\r\n" + got("k", "g"));
  }
}

TEST_CASE("what is in an L1 gets its number from the server, whoever stores it there") {
  memcached_server const server;
  redis_server redis;
  std::string const config = R"(
backends:
  pool: {{memcached: {{servers: ["{0}"]}}}}
  store: {{memory: {{size: 1MiB}}}}
  far: {{redis: {{server: "{1}"}}}}
  both: {{tiered: {{l1: pool, l2: far}}}}
  inner: {{tiered: {{l1: store, l2: far}}}}
routes:
  - {{prefix: "pool:", to: pool}}
  - {{prefix: "store:", to: store}}
  - {{prefix: "inner:", to: inner}}
  - {{to: both}}
)";
  tandem_daemon const tandem(fmt::format(fmt::runtime(config), server.address(), redis.address()));
  for (std::string const name : {"pool", "store"}) {
    INFO(name);
    CHECK(tandem.converse(fmt::format("ms {0}:k 1 E5\r\nv\r\nmg {0}:k\r\n", name)) ==
          fmt::format(
              "CLIENT_ERROR flag E is not possible for backend {}{}: it is an L1, where the server's numbers "
              "tell what is outdated\r\nEN\r\n",
              name, wraps_backends() ? "_wrapped" : ""));
  }
}

TEST_CASE("what only memcached can do is refused by name") {
  tiers both;
  for (std::string const flag : {"N30", "R30", "h", "l"}) {
    CHECK(both.say("mg k v " + flag + "\r\n") ==
          "CLIENT_ERROR flag " + flag.substr(0, 1) + " is not possible for backend far\r\n");
  }
  both.say("set k 0 100 1\r\nv\r\n");
  CHECK(both.say("mg k t v\r\n") == "VA 1 t100\r\nv\r\n");
}

TEST_CASE("negative_ttl remembers what L2 does not have, and a set ends that") {
  tiers both(", negative_ttl: 60s");
  CHECK(both.say("get k\r\n") == "END\r\n");
  REQUIRE(wait_until([&] { return !both.in_near("k").starts_with("VA 0 "); }));
  both.far.kill();
  CHECK(both.say("get k\r\n") == "END\r\n");
  both.far.start();
  REQUIRE(wait_until([&] { return both.say("set k 0 0 1\r\nv\r\n") == "STORED\r\n"; }));
  CHECK(both.say("get k\r\n") == got("k", "v"));
}

TEST_CASE("an item that is too large for L1 lives in L2 alone") {
  memcached_server near;
  redis_server far;
  tandem_daemon const tandem(on_tiers(near, far));
  std::string const large(1'048'570, 'x');
  tandem.converse("set k 0 0 5\r\nsmall\r\n");
  CHECK(tandem.converse("set k 0 0 1048570\r\n" + large + "\r\n") == "STORED\r\n");
  CHECK(tandem.converse("get k\r\n") == got("k", large));
  CHECK(tandem.converse("get k\r\n") == got("k", large));
}

TEST_CASE("L2 answers while L1 is away, and a deletion that L1 missed is replayed") {
  tiers both;
  both.say("set k 0 0 1\r\na\r\nset other 0 0 1\r\no\r\n");
  both.near.suspend();
  CHECK(both.say("delete k\r\n") == "DELETED\r\n");
  CHECK(both.tandem.metric("tandem_tier_removals_missed_total") == 1);
  CHECK(both.say("get k\r\n") == "END\r\n");
  both.near.resume();
  CHECK(both.say("get k\r\n") == "END\r\n");
  REQUIRE(wait_until([&] { return both.tandem.metric("tandem_tier_removals_due") == 0; }));
  CHECK(both.tandem.metric("tandem_tier_removals_replayed_total") >= 1);
  CHECK(both.in_near("k").empty());
  CHECK(both.say("get other\r\n") == got("other", "o"));
}

TEST_CASE("an L1 that is killed costs no request, and serves again when it is back") {
  tiers both;
  both.say("set k 0 0 1\r\na\r\n");
  both.near.kill();
  CHECK(both.say("get k\r\n") == got("k", "a"));
  CHECK(both.say("set k 0 0 1\r\nb\r\nget k\r\n") == "STORED\r\n" + got("k", "b"));
  both.near.start();
  REQUIRE(wait_until([&] { return both.say("get k\r\n") == got("k", "b") && both.near_has("k", "b"); }));
}

TEST_CASE("nobody's token from before a restart of L1 is good after it") {
  tiers both(", write: around");
  both.say("set k 0 0 3\r\nold\r\n");
  // The reader has its token, and waits for L2.
  both.far.suspend();
  text_client reader = both.tandem.connect();
  reader.send("get k\r\n");
  REQUIRE(wait_until([&] { return both.in_near("k").starts_with("VA 0"); }));
  both.near.kill();
  both.near.start();
  // A new placeholder, whose cas is that of the old one.
  CHECK(both.near.connect().converse("mg k v c N30\r\n").starts_with("VA 0"));
  both.far.resume();
  CHECK(reader.converse("") == got("k", "old"));
  REQUIRE(wait_until([&] { return both.tandem.metric("tandem_tier_fills_refused_total") == 1; }));
  CHECK(both.in_near("k").starts_with("VA 0"));
}

namespace {

/// Whose time-outs are long enough to be told apart.
struct tiers_that_hang {
  memcached_server near;
  redis_server far;
  tandem_daemon tandem{
      fmt::format("backends:\n"
                  "  near: {{memcached: {{servers: [\"{}\"]}}, timeout: 1s}}\n"
                  "  far: {{redis: {{server: \"{}\"}}, timeout: 1s}}\n"
                  "  both: {{tiered: {{l1: near, l2: far}}}}\n"
                  "routes:\n  - {{prefix: \"short:\", to: both, deadline: 200ms}}\n  - {{to: both}}\n",
                  near.address(), far.address())};
};

}  // namespace

TEST_CASE("where both tiers hang, a request is answered after its own time, not after the sum of theirs") {
  tiers_that_hang both;
  text_client client = both.tandem.connect();
  CHECK(client.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  both.near.suspend();
  both.far.suspend();
  struct row {
    std::string commands;
    std::chrono::milliseconds time;
  };
  for (row const& each : {row{"get short:k\r\n", 200ms}, row{"set short:k 0 0 1\r\nv\r\n", 200ms},
                          row{"get k\r\n", 1500ms}, row{"append k 0 0 1\r\nv\r\n", 1500ms}}) {
    CAPTURE(each.commands);
    auto const started = std::chrono::steady_clock::now();
    std::string const said = client.converse(each.commands);
    auto const took = std::chrono::steady_clock::now() - started;
    CHECK(said.starts_with("SERVER_ERROR backend far server " + both.far.address()));
    CHECK(took < each.time + 450ms);
  }
  both.near.resume();
  both.far.resume();
}

TEST_CASE("an L1 that hangs leaves L2 time to answer") {
  tiers_that_hang both;
  text_client client = both.tandem.connect();
  CHECK(client.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
  both.near.suspend();
  CHECK(client.converse("get k\r\n") == got("k", "v"));
  // Pipelined, too: what waits for its turn behind the first has no more time than that.
  for (std::string const times : {"1", "2", "3", "w"})
    client.send("set k 0 0 1\r\n" + times + "\r\nappend o 0 0 0\r\n\r\n");
  client.send("get k\r\n");
  std::string expected;
  for (int times = 0; times < 4; ++times) expected += "STORED\r\nNOT_STORED\r\n";
  CHECK(client.read_exactly(expected.size()) == expected);
  CHECK(client.read_exactly(got("k", "w").size()) == got("k", "w"));
  both.near.resume();
  CHECK(wait_until([&] { return client.converse("get k\r\n") == got("k", "w"); }));
}

TEST_CASE("L2's failure fails writes clearly, and removes the item from L1") {
  tiers both;
  both.say("set k 0 0 1\r\na\r\nset stays 0 0 1\r\ns\r\n");
  both.far.kill();
  CHECK(both.say("set k 0 0 1\r\nb\r\n").starts_with("SERVER_ERROR "));
  CHECK(both.say("get k\r\n").starts_with("SERVER_ERROR "));
  CHECK(both.say("get stays\r\n") == got("stays", "s"));
  both.far.start();
}

TEST_CASE("a flush_all that L2 executes late leaves nothing in L1 that it has taken") {
  memcached_server near;
  redis_server far;
  std::string const settings = fmt::format(
      R"(
backends:
  near: {{memcached: {{servers: ["{}"]}}, timeout: 2s}}
  far: {{redis: {{server: "{}", flush: flushdb}}, timeout: 3s, probe: {{every: 60s}}}}
  both: {{tiered: {{l1: near, l2: far, l1_ttl: 1h}}}}
routes:
  - {{to: both}}
)",
      near.address(), far.address());
  tandem_daemon const flushes(settings);
  tandem_daemon const reads(settings);
  CHECK(flushes.converse("set k 0 0 3\r\nold\r\n") == "STORED\r\n");
  // Reads go on, and what changes something waits.
  far.command({"CLIENT", "PAUSE", "600000", "WRITE"});
  CHECK(flushes.converse("flush_all\r\n").starts_with("SERVER_ERROR"));
  CHECK(near.connect().converse("mg k v\r\n") == "EN\r\n");
  CHECK(reads.converse("get k\r\n") == got("k", "old"));
  REQUIRE(wait_until([&] { return near.connect().converse("mg k v\r\n").ends_with("old\r\n"); }));
  far.command({"CLIENT", "UNPAUSE"});
  REQUIRE(wait_until([&] { return far.command({"DBSIZE"}).number == 0; }));
  CHECK(wait_until([&] { return reads.converse("get k\r\n") == "END\r\n"; }));
  CHECK(flushes.converse("get k\r\n") == "END\r\n");
  CHECK(flushes.converse("set k 0 0 3\r\nnew\r\n") == "STORED\r\n");
  CHECK(reads.converse("get k\r\n") == got("k", "new"));
}

TEST_CASE("an L1 that does not let itself be flushed is read again when what it had is over") {
  memcached_server near(std::vector<std::string>{"-F"});
  redis_server far;
  tandem_daemon const tandem(on_tiers(near, far, ", l1_ttl: 2s"));
  CHECK(tandem.converse("set k 0 0 3\r\nold\r\n") == "STORED\r\n");
  CHECK(tandem.converse("flush_all\r\n") == "OK\r\n");
  CHECK(tandem.converse("get k\r\n") == "END\r\n");
  CHECK(tandem.metric("tandem_tier_removals_due") > 0);
  REQUIRE(wait_until([&] { return tandem.metric("tandem_tier_removals_due") == 0; }, 30s));
  CHECK(tandem.converse("set k 0 0 3\r\nnew\r\nget k\r\n") == "STORED\r\n" + got("k", "new"));
  CHECK(tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) == 1);
}

TEST_CASE("L1 may be this process' own memory") {
  redis_server far;
  tandem_daemon const tandem(
      fmt::format("backends:\n  near: {{memory: {{}}}}\n  far: {{redis: {{server: \"{}\"}}}}\n"
                  "  both: {{tiered: {{l1: near, l2: far, negative_ttl: 5s}}}}\nroutes: [{{to: both}}]\n",
                  far.address()));
  CHECK(tandem.converse("get k\r\nset k 3 0 1\r\nv\r\nget k\r\n") == "END\r\nSTORED\r\n" + got("k", "v", 3));
  far.command({"DEL", "k"});
  CHECK(tandem.converse("get k\r\n") == got("k", "v", 3));
  CHECK(tandem.converse("delete k\r\nget k\r\n") == "NOT_FOUND\r\nEND\r\n");
}

TEST_CASE("an L1 that others use is filled with bare values") {
  tiers both(", lease: off");
  both.say("set k 3 0 1\r\nv\r\n");
  CHECK(both.near.connect().converse("get k\r\n") == got("k", "v", 3));
  both.near.connect().converse("delete k\r\n");
  CHECK(both.say("get k\r\n") == got("k", "v", 3));
  REQUIRE(wait_until([&] { return both.near.connect().converse("get k\r\n") == got("k", "v", 3); }));
}

TEST_CASE("libmemcached in the binary protocol is served by L1, too") {
  tiers both;
  libmemcached_client client({both.tandem.port()}, {{MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1}});
  CHECK(client.set("k", "value"));
  CHECK(client.get("k") == "value");
  CHECK(both.tandem.metric("tandem_tier_hits_total", {{"tier", "l1"}}) == 1);
}

TEST_CASE("explain names both tiers") {
  tiers both;
  finished const told =
      run({tandem_binary(), "explain", "--config", both.tandem.configuration_file().string(), "k"});
  CHECK(told.status == 0);
  CHECK(told.output.find("backend both -> l1 near, server " + both.near.address() + "; l2 far, ") !=
        std::string::npos);
}
