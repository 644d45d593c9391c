// Two tiers with a write-back queue: what is acknowledged reaches Redis, whatever ends in between.
#include "support/catch.hpp"
#include "support/free_port.hpp"
#include "support/libmemcached_client.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/repeated.hpp"
#include "support/tandem_daemon.hpp"
#include "support/temporary_directory.hpp"
#include "support/text_client.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <random>
#include <string>

using namespace tandem::test;

namespace {

constexpr std::size_t frame_bytes = 14;

struct tiers {
  memcached_server near;
  redis_server far;

  /// Every key in both tiers; `tiered` are further lines of that section, in flow style.
  std::string configuration(std::string const& tiered, std::string const& more = "drain: 5s\n") const {
    return more + fmt::format(R"(backends:
  near:
    memcached: {{servers: ["{}"]}}
  far:
    redis: {{server: "{}"}}
    timeout: 1s
  both:
    tiered: {{l1: near, l2: far, {}}}
routes:
  - {{to: both}}
)",
                              near.address(), far.address(), tiered);
  }

  std::string in_redis(std::string const& key) {
    std::string const stored = far.command({"GET", key}).text;
    bool const framed = stored.starts_with("\x9e\x01");
    return framed ? stored.substr(frame_bytes) : stored;
  }
};

std::string const back = "write: back, queue: {}";

std::string with_journal(temporary_directory const& place, std::string const& fsync = "always") {
  return fmt::format("write: back, queue: {{journal: {{directory: \"{}\", fsync: {}}}}}",
                     (place.path() / "journal").string(), fsync);
}

bool unwritten(tandem_daemon const& tandem, double items) {
  return tandem.metric("tandem_tier_write_back_items") == items;
}

std::string sets(int first, int last) {
  std::string all;
  for (int each = first; each <= last; ++each) all += fmt::format("set k{} 0 0 4\r\n{:04}\r\n", each, each);
  return all;
}

}  // namespace

TEST_CASE("a set is in L1 when it is answered, and in L2 soon after") {
  tiers both;
  tandem_daemon const tandem(both.configuration(back));
  CHECK(tandem.converse("set k 5 100 1\r\nv\r\n") == "STORED\r\n");
  CHECK(both.near.connect().ask("mg k v\r\n") == "VA 11");  // framed
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(both.in_redis("k") == "v");
  CHECK(both.far.command({"TTL", "k"}).number > 90);
  CHECK(tandem.metric("tandem_tier_write_back_written_total", {{"backend", "both"}}) == 1);
}

TEST_CASE("one client's commands are executed in their order, as memcached does") {
  tiers both;
  memcached_server judge;
  tandem_daemon const tandem(both.configuration(back));
  std::mt19937 dice(1);
  for (int session = 0; session < 20; ++session) {
    std::string commands;
    for (int step = 0; step < 40; ++step) {
      std::string const key = fmt::format("k{}", dice() % 3);
      switch (dice() % 8) {
        case 0:
        case 1:
        case 2: commands += fmt::format("set {} 0 0 2\r\n{}\r\n", key, 10 + dice() % 90); break;
        case 3: commands += fmt::format("incr {} 1\r\n", key); break;
        case 4: commands += fmt::format("append {} 0 0 1\r\n{}\r\n", key, dice() % 10); break;
        case 5: commands += fmt::format("delete {}\r\n", key); break;
        case 6: commands += fmt::format("add {} 0 0 1\r\n{}\r\n", key, 1 + dice() % 9); break;
        default: commands += fmt::format("get {}\r\n", key); break;
      }
    }
    CAPTURE(session, commands);
    CHECK(tandem.converse(commands) == judge.connect().converse(commands));
    std::string const state =
        fmt::format("L2 k0 {} k1 {} k2 {} items {} ", both.in_redis("k0"), both.in_redis("k1"),
                    both.in_redis("k2"), tandem.metric("tandem_tier_write_back_items")) +
        both.near.connect().converse("get k0 k1 k2\r\n");
    CAPTURE(state);
    CHECK(tandem.converse("get k0 k1 k2\r\n") == judge.connect().converse("get k0 k1 k2\r\n"));
  }
}

TEST_CASE("while L2 is away sets are answered and read, and L2 has them when it is back") {
  tiers both;
  tandem_daemon const tandem(both.configuration(back));
  both.far.kill();
  CHECK(tandem.converse(sets(1, 50)) == repeated("STORED\r\n", 50));
  CHECK(tandem.converse("set k1 0 0 1\r\n2\r\nget k1\r\n") == "STORED\r\nVALUE k1 0 1\r\n2\r\nEND\r\n");
  CHECK(tandem.converse("incr k1 1\r\n").starts_with("SERVER_ERROR both: "));
  CHECK(unwritten(tandem, 50));
  CHECK(tandem.metric("tandem_tier_write_back_bytes") > 50 * 4);
  CHECK(tandem.metric("tandem_tier_write_back_coalesced_total") == 1);
  CHECK(tandem.metric("tandem_tier_write_back_age_seconds") > 0);
  both.far.start();
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(both.in_redis("k1") == "2");
  CHECK(both.in_redis("k50") == "0050");
  // The other worker may not have connected again yet.
  CHECK(wait_until([&] { return tandem.converse("incr k1 1\r\n") == "3\r\n"; }));
}

TEST_CASE("what is in a journal is written though no rule sends keys there any more") {
  tiers both;
  temporary_directory const place;
  std::string const before = both.configuration(with_journal(place));
  std::string after = before;
  after.replace(after.find("{to: both}"), 10, "{to: near}");
  both.far.kill();
  {
    tandem_daemon tandem(before);
    CHECK(tandem.converse(sets(1, 2)) == repeated("STORED\r\n", 2));
    tandem.kill();
  }
  both.far.start();
  tandem_daemon const tandem(after);
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(both.in_redis("k1") == "0001");
  CHECK(both.in_redis("k2") == "0002");
}

TEST_CASE("a daemon that is killed writes every acknowledged set when it is started again") {
  tiers both;
  temporary_directory const place;
  auto const fsync = GENERATE(as<std::string>(), "always", "interval", "never");
  both.far.kill();
  {
    tandem_daemon tandem(both.configuration(with_journal(place, fsync)));
    CHECK(tandem.converse(sets(1, 100)) == repeated("STORED\r\n", 100));
    CHECK(tandem.converse("set k1 7 1000 3\r\nnew\r\n") == "STORED\r\n");
    tandem.kill();
  }
  // What L1 holds may be older than what the journal does.
  both.near.connect().ask("set k1 0 0 3\r\nold\r\n");
  tandem_daemon const tandem(both.configuration(with_journal(place, fsync)));
  CHECK(tandem.metric("tandem_tier_write_back_replayed_total") == 100);
  CHECK(tandem.converse("get k1\r\n") == "VALUE k1 7 3\r\nnew\r\nEND\r\n");
  both.far.start();
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(both.in_redis("k1") == "new");
  CHECK(both.far.command({"TTL", "k1"}).number > 900);
  CHECK(both.in_redis("k100") == "0100");
  CHECK(both.far.command({"DBSIZE"}).number == 100);
  // The other worker may not have connected again yet.
  CHECK(wait_until([&] { return tandem.converse("mg k1 v\r\n") == "VA 3\r\nnew\r\n"; }));
}

TEST_CASE(
    "a daemon that is killed while it writes loses no acknowledged set and undoes no acknowledged "
    "increment") {
  tiers both;
  temporary_directory const place;
  int const keys = 40;
  int const rounds = 50;
  {
    tandem_daemon tandem(both.configuration(with_journal(place, "never")));
    text_client client = tandem.connect();
    for (int round = 1; round <= rounds; ++round) {
      CHECK(client.converse("set n" + std::to_string(round) + " 0 0 3\r\n100\r\n") == "STORED\r\n");
      std::string batch = fmt::format("incr n{} 1\r\n", round);
      for (int key = 0; key < keys; ++key) batch += fmt::format("set k{} 0 0 4\r\n{:04}\r\n", key, round);
      CHECK(client.converse(batch) == "101\r\n" + repeated("STORED\r\n", keys));
    }
    tandem.kill();
  }
  tandem_daemon const tandem(both.configuration(with_journal(place, "never")));
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  for (int key = 0; key < keys; ++key) {
    CHECK(both.in_redis("k" + std::to_string(key)) == fmt::format("{:04}", rounds));
  }
  for (int round = 1; round <= rounds; ++round) CHECK(both.in_redis("n" + std::to_string(round)) == "101");
}

TEST_CASE("what has reached L2 is not written again at the next start") {
  tiers both;
  temporary_directory const place;
  {
    tandem_daemon tandem(both.configuration(with_journal(place)));
    CHECK(tandem.converse("set k 0 0 1\r\n1\r\nincr k 1\r\n") == "STORED\r\n2\r\n");
    tandem.kill();
  }
  tandem_daemon const tandem(both.configuration(with_journal(place)));
  CHECK(tandem.metric("tandem_tier_write_back_replayed_total") == 0);
  CHECK(tandem.converse("get k\r\n") == "VALUE k 0 1\r\n2\r\nEND\r\n");
}

TEST_CASE("a value for which the queue has no room is in L2 when it is answered") {
  tiers both;
  tandem_daemon const tandem(both.configuration("write: back, queue: {bytes: 64KiB}"));
  std::string const large(100'000, 'x');
  CHECK(tandem.converse(fmt::format("set k 0 0 {}\r\n{}\r\n", large.size(), large)) == "STORED\r\n");
  CHECK(both.in_redis("k") == large);
  CHECK(tandem.metric("tandem_tier_write_back_full_total") == 1);
  both.far.kill();
  CHECK(tandem.converse(fmt::format("set k 0 0 {}\r\n{}\r\n", large.size(), large))
            .starts_with("SERVER_ERROR "));
}

TEST_CASE("a full queue loses nothing") {
  tiers both;
  tandem_daemon const tandem(both.configuration("write: back, queue: {items: 10}"));
  both.far.kill();
  CHECK(tandem.converse(sets(1, 10)) == repeated("STORED\r\n", 10));
  CHECK(tandem.converse(sets(11, 11)).starts_with("SERVER_ERROR "));
  CHECK(tandem.converse("set k1 0 0 1\r\n2\r\n") == "STORED\r\n");
  both.far.start();
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(both.in_redis("k1") == "2");
  // The other worker may not have connected again yet.
  CHECK(wait_until([&] { return tandem.converse(sets(11, 40)) == repeated("STORED\r\n", 30); }));
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(both.in_redis("k40") == "0040");
}

TEST_CASE("SIGTERM writes what is unwritten before the daemon ends") {
  tiers both;
  tandem_daemon tandem(both.configuration(back, "drain: 10s\n"));
  both.far.kill();
  CHECK(tandem.converse(sets(1, 100)) == repeated("STORED\r\n", 100));
  tandem.signal(SIGTERM);
  REQUIRE(wait_until([&] { return tandem.log().find("draining") != std::string::npos; }));
  both.far.start();
  CHECK(tandem.wait() == 0);
  CHECK(both.far.command({"DBSIZE"}).number == 100);
  CHECK(both.in_redis("k100") == "0100");
}

TEST_CASE("what cannot be written in the drain's time is counted in the log") {
  tiers both;
  temporary_directory const place;
  both.far.kill();
  SECTION("as lost, without a journal") {
    tandem_daemon tandem(both.configuration(back, "drain: 300ms\n"));
    CHECK(tandem.converse(sets(1, 5)) == repeated("STORED\r\n", 5));
    tandem.signal(SIGTERM);
    CHECK(tandem.wait() == 0);
    CHECK(tandem.log().find("both: 5 values had not been written to L2 and are lost") != std::string::npos);
  }
  SECTION("as kept, with one") {
    {
      tandem_daemon tandem(both.configuration(with_journal(place), "drain: 300ms\n"));
      CHECK(tandem.converse(sets(1, 5)) == repeated("STORED\r\n", 5));
      tandem.signal(SIGTERM);
      CHECK(tandem.wait() == 0);
      CHECK(tandem.log().find("both: 5 values had not been written to L2 and stay in the journal") !=
            std::string::npos);
    }
    both.far.start();
    tandem_daemon const next(both.configuration(with_journal(place)));
    REQUIRE(wait_until([&] { return unwritten(next, 0); }));
    CHECK(both.far.command({"DBSIZE"}).number == 5);
  }
}

TEST_CASE("requests that wait for one another when the drain's time is over end without an answer") {
  tiers both;
  tandem_daemon tandem(both.configuration(back, "drain: 300ms\n"));
  both.far.suspend();
  text_client client = tandem.connect();
  client.send("set k 0 0 1\r\n1\r\n");
  CHECK(client.read_line() == "STORED");
  client.send("incr k 1\r\nget k\r\nincr k 1\r\nget k\r\nget other\r\n");
  tandem.signal(SIGTERM);
  CHECK(tandem.wait() == 0);
  CHECK(client.read_to_close().empty());
}

TEST_CASE("on_l2_failure: queue keeps the sets that L2 failed") {
  tiers both;
  auto const write = GENERATE(as<std::string>(), "through", "around");
  tandem_daemon const tandem(
      both.configuration(fmt::format("write: {}, on_l2_failure: queue, queue: {{}}", write)));
  CHECK(tandem.converse("set k 0 0 1\r\n1\r\n") == "STORED\r\n");
  CHECK(both.in_redis("k") == "1");
  CHECK(unwritten(tandem, 0));
  both.far.kill();
  CHECK(tandem.converse("set k 0 0 1\r\n2\r\n") == "STORED\r\n");
  CHECK(tandem.converse("get k\r\n") == "VALUE k 0 1\r\n2\r\nEND\r\n");
  CHECK(tandem.converse("delete other\r\n").starts_with("SERVER_ERROR "));
  both.far.start();
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(both.in_redis("k") == "2");
  // The other worker may not have connected again yet.
  CHECK(wait_until([&] { return tandem.converse("get k\r\n") == "VALUE k 0 1\r\n2\r\nEND\r\n"; }));
}

TEST_CASE("on_l2_failure: l1_only keeps in L1 what L2 failed, and L2 never hears of it") {
  tiers both;
  tandem_daemon const tandem(both.configuration("write: through, on_l2_failure: l1_only, l1_ttl: 30s"));
  both.far.kill();
  CHECK(tandem.converse("set k 3 0 1\r\n1\r\nget k\r\n") == "STORED\r\nVALUE k 3 1\r\n1\r\nEND\r\n");
  CHECK(tandem.converse("incr k 1\r\n").starts_with("SERVER_ERROR "));
  both.far.start();
  CHECK(both.far.command({"DBSIZE"}).number == 0);
  CHECK(wait_until(
      [&] { return tandem.converse("set k 0 0 1\r\n2\r\n") == "STORED\r\n" && both.in_redis("k") == "2"; }));
}

TEST_CASE("flags that L2 would refuse later are refused at once") {
  tiers both;
  std::string plain = both.configuration(back);
  plain.replace(plain.find("redis: {"), 8, "redis: {encoding: plain, ");
  tandem_daemon const tandem(plain);
  CHECK(tandem.converse("set k 1 0 1\r\nv\r\n").starts_with("SERVER_ERROR "));
  CHECK(tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n");
}

TEST_CASE(
    "a client that asks for the cas of an unwritten item is told it when L2 has it, and none while L2 is "
    "away") {
  tiers both;
  tandem_daemon const tandem(both.configuration(back, "drain: 100ms\n"));
  std::string const told = tandem.converse("set k 0 0 1\r\n1\r\nmg k c\r\n");
  CHECK(told.starts_with("STORED\r\nHD c"));
  CHECK(told != "STORED\r\nHD c0\r\n");
  both.far.kill();
  CHECK(tandem.converse("set k 0 0 1\r\n2\r\nmg k v c\r\n") == "STORED\r\nVA 1 c0\r\n2\r\n");
}

TEST_CASE("libmemcached in the binary protocol is answered while L2 is away") {
  tiers both;
  tandem_daemon const tandem(both.configuration(back, "drain: 100ms\n"));
  libmemcached_client client({tandem.port()}, {{MEMCACHED_BEHAVIOR_BINARY_PROTOCOL, 1}});
  both.far.kill();
  CHECK(client.set("k", "v"));
  CHECK(client.get("k") == "v");
}

TEST_CASE("an L1 that is shared gets bare values") {
  tiers both;
  tandem_daemon const tandem(both.configuration("lease: off, " + back));
  CHECK(tandem.converse("set k 5 100 1\r\nv\r\n") == "STORED\r\n");
  CHECK(both.near.connect().converse("get k\r\n") == "VALUE k 5 1\r\nv\r\nEND\r\n");
}

TEST_CASE("an L1 that is away keeps no set from being answered, and holds no older value when it is back") {
  tiers both;
  tandem_daemon const tandem(both.configuration(back));
  CHECK(tandem.converse("set k 0 0 1\r\n1\r\nget k\r\n") == "STORED\r\nVALUE k 0 1\r\n1\r\nEND\r\n");
  both.near.suspend();
  CHECK(tandem.converse("set k 0 0 1\r\n2\r\n") == "STORED\r\n");
  both.near.resume();
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(tandem.converse("get k\r\n") == "VALUE k 0 1\r\n2\r\nEND\r\n");
}

TEST_CASE("a journal that cannot be used keeps the daemon from starting") {
  tiers both;
  temporary_directory const place;
  std::string const file =
      place.write("tandem.yaml",
                  both.configuration("write: back, queue: {journal: {directory: /dev/null}}",
                                     fmt::format("listen: [{{address: \"127.0.0.1:{}\"}}]\n", free_port())));
  auto const ended = run_tandem({"--config", file});
  CAPTURE(ended.output);
  CHECK(ended.status == 1);
  CHECK(ended.output.find("both: journal /dev/null: cannot use the directory: Not a directory") !=
        std::string::npos);
}

TEST_CASE("a damaged journal keeps the daemon from starting, and is set aside if the configuration says so") {
  tiers both;
  temporary_directory const place;
  both.far.kill();
  {
    tandem_daemon tandem(both.configuration(with_journal(place)));
    CHECK(tandem.converse(sets(1, 20)) == repeated("STORED\r\n", 20));
    tandem.kill();
  }
  std::filesystem::path const log = place.path() / "journal/journal.log";
  {
    std::fstream file(log, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096 + 40 + 2 + 4);  // the value of the first record, behind its key and checksum
    file.put('X');
  }
  std::string const listen = fmt::format("listen: [{{address: \"127.0.0.1:{}\"}}]\n", free_port());
  auto const refused =
      run_tandem({"--config", place.write("tandem.yaml", both.configuration(with_journal(place), listen))});
  CAPTURE(refused.output);
  CHECK(refused.status == 1);
  CHECK(refused.output.find("journal.log: damaged at byte 4096: 1 of its 20 records cannot be read") !=
        std::string::npos);

  both.far.start();
  tandem_daemon const tandem(
      both.configuration(fmt::format("write: back, queue: {{journal: {{directory: \"{}\", damaged: skip}}}}",
                                     (place.path() / "journal").string())));
  REQUIRE(wait_until([&] { return unwritten(tandem, 0); }));
  CHECK(tandem.metric("tandem_tier_write_back_lost_total") == 1);
  CHECK(tandem.metric("tandem_tier_write_back_replayed_total") == 19);
  CHECK(both.far.command({"DBSIZE"}).number == 19);
  // Whichever came to the journal first: sets of several keys keep no order there.
  int lost = 0;
  for (int key = 1; key <= 20; ++key) {
    std::string const found = both.in_redis(fmt::format("k{}", key));
    lost += found.empty() ? 1 : 0;
    CHECK((found.empty() || found == fmt::format("{:04}", key)));
  }
  CHECK(lost == 1);
  CHECK(tandem.log().find(
            "It is set aside as journal.log.damaged-1, and 19 values that are certain are kept") !=
        std::string::npos);
  CHECK(std::filesystem::exists(log.string() + ".damaged-1"));
}
