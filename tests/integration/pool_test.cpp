// A pool of memcached servers: keys where libmemcached puts them, and what clients see when servers die, hang and
// come back.
#include "support/catch.hpp"
#include "support/libmemcached_client.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"
#include "support/workload.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>
#include <vector>

using namespace tandem::test;
using behavior = libmemcached_client::behavior;

namespace {

struct pool {
  explicit pool(std::vector<std::string> const& options = {})
      : servers{memcached_server(options), memcached_server(options), memcached_server(options)} {}

  std::vector<std::uint16_t> ports() const {
    return {servers[0].port(), servers[1].port(), servers[2].port()};
  }

  std::string list() const {
    return fmt::format("[\"{}\", \"{}\", \"{}\"]", servers[0].address(), servers[1].address(),
                       servers[2].address());
  }

  /// A configuration with every key on the pool.
  std::string configuration(std::string const& more = "timeout: 1s") const {
    return fmt::format(
        "backends:\n  pool:\n    memcached: {{servers: {}}}\n    {}\nroutes:\n  - {{to: pool}}\n", list(),
        more);
  }

  /// A key that this server holds.
  std::string key_on(std::size_t server, tandem_daemon const& tandem, std::string const& prefix) {
    for (int i = 0;; ++i) {
      std::string key = fmt::format("{}{}", prefix, i);
      REQUIRE(tandem.converse("set " + key + " 0 0 1\r\nv\r\n") == "STORED\r\n");
      if (servers[server].connect().converse("get " + key + "\r\n") != "END\r\n") return key;
    }
  }

  std::array<memcached_server, 3> servers;
};

struct named_behavior {
  std::string_view name;
  std::vector<behavior> behaviors;
};

std::vector<named_behavior> const distributions{
    {"ketama", {{MEMCACHED_BEHAVIOR_KETAMA, 1}}},
    {"ketama_weighted", {{MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1}}},
    {"ketama_spymemcached",
     {{MEMCACHED_BEHAVIOR_KETAMA_WEIGHTED, 1},
      {MEMCACHED_BEHAVIOR_DISTRIBUTION, MEMCACHED_DISTRIBUTION_CONSISTENT_KETAMA_SPY}}},
    {"modula", {{MEMCACHED_BEHAVIOR_DISTRIBUTION, MEMCACHED_DISTRIBUTION_MODULA}}},
};

struct named_hash {
  std::string_view name;
  memcached_hash_t hash;
};

/// Those that the installed library was built with.
std::vector<named_hash> hashes() {
  std::vector<named_hash> known{
      {"one_at_a_time", MEMCACHED_HASH_DEFAULT},
      {"md5", MEMCACHED_HASH_MD5},
      {"crc", MEMCACHED_HASH_CRC},
      {"fnv1_64", MEMCACHED_HASH_FNV1_64},
      {"fnv1a_64", MEMCACHED_HASH_FNV1A_64},
      {"fnv1_32", MEMCACHED_HASH_FNV1_32},
      {"fnv1a_32", MEMCACHED_HASH_FNV1A_32},
      {"hsieh", MEMCACHED_HASH_HSIEH},
      {"murmur", MEMCACHED_HASH_MURMUR},
      {"murmur3", MEMCACHED_HASH_MURMUR3},
      {"jenkins", MEMCACHED_HASH_JENKINS},
  };
  std::erase_if(known, [](named_hash const& each) {
    return !libmemcached_client::has({MEMCACHED_BEHAVIOR_HASH, static_cast<std::uint64_t>(each.hash)});
  });
  return known;
}

// One backend per combination, reached by a prefix of the key.
std::string every_placement(std::string const& servers) {
  std::string backends = "workers: 1\nbackends:\n";
  std::string routes = "routes:\n";
  for (named_behavior const& distribution : distributions) {
    for (named_hash const& hash : hashes()) {
      backends += fmt::format("  {0}-{1}:\n    memcached: {{servers: {2}, distribution: {0}, hash: {1}}}\n",
                              distribution.name, hash.name, servers);
      routes += fmt::format("  - {{prefix: \"{0}-{1}:\", to: {0}-{1}}}\n", distribution.name, hash.name);
    }
  }
  return backends + routes;
}

// Under AddressSanitizer a daemon needs longer; a suspended server needs the time-out to pass.
constexpr auto soon = std::chrono::seconds(10);

}  // namespace

TEST_CASE("keys are where libmemcached puts them, for every distribution and hash") {
  pool const servers;
  tandem_daemon const tandem(every_placement(servers.list()));
  text_client through = tandem.connect();
  for (named_behavior const& distribution : distributions) {
    for (named_hash const& hash : hashes()) {
      INFO(distribution.name << " with " << hash.name);
      std::vector<behavior> behaviors = distribution.behaviors;
      behaviors.push_back({MEMCACHED_BEHAVIOR_HASH, static_cast<std::uint64_t>(hash.hash)});
      libmemcached_client direct(servers.ports(), behaviors);
      std::string asked = "get";
      std::string expected;
      std::vector<std::string> keys;
      for (int i = 0; i < 40; ++i) {
        std::string const key = fmt::format("{}-{}:{}", distribution.name, hash.name, i * 7919);
        REQUIRE(direct.set(key, key));
        asked += " " + key;
        expected += fmt::format("VALUE {} 0 {}\r\n{}\r\n", key, key.size(), key);
        keys.push_back(key + "/t");
        REQUIRE(through.ask(fmt::format("set {} 0 0 1\r\nt\r\n", keys.back())) == "STORED");
      }
      CHECK(through.converse(asked + "\r\n") == expected + "END\r\n");
      CHECK(direct.get_many(keys).size() == keys.size());
    }
  }
}

TEST_CASE("libmemcached reads a thousand keys of three servers in one multi-get") {
  pool const servers;
  tandem_daemon const tandem(servers.configuration());
  libmemcached_client client({tandem.port()});
  std::vector<std::string> keys;
  for (int i = 0; i < 1000; ++i) {
    keys.push_back(fmt::format("key:{}", i));
    if (i % 10 != 0) REQUIRE(client.set(keys.back(), "value of " + keys.back()));
  }
  auto const found = client.get_many(keys);
  CHECK(found.size() == 900);
  for (auto const& [key, value] : found) CHECK(value == "value of " + key);
  for (memcached_server const& each : servers.servers) CHECK(each.stat("curr_items") > 150);
}

TEST_CASE("values of every size pass unchanged, and one too large is refused") {
  pool const servers({"-I", "2m"});
  tandem_daemon const tandem(servers.configuration());
  libmemcached_client client({tandem.port()});
  for (std::size_t const size : {0U, 1U, 100U, 4096U, 16384U, 65536U, 100000U, (1U << 20) - 1, 1U << 20}) {
    INFO(size << " bytes");
    std::string value(size, '\0');
    for (std::size_t i = 0; i < size; ++i) value[i] = static_cast<char>(i * 31 + i / 251);
    std::string const key = fmt::format("size:{}", size);
    REQUIRE(client.set(key, value));
    CHECK((client.get(key) == value));
  }
  std::size_t const too_large = (1U << 20) + 1;
  std::string const command = fmt::format("set big 0 0 {}\r\n{}\r\n", too_large, std::string(too_large, 'x'));
  CHECK(tandem.converse("set big 0 0 1\r\nv\r\n" + command + "get big\r\n") ==
        "STORED\r\nSERVER_ERROR object too large for cache\r\nEND\r\n");
}

TEST_CASE("a value that the server finds too large is refused, and takes the old item with it") {
  pool const servers({"-I", "512k"});
  tandem_daemon const tandem(servers.configuration());
  std::string const large(700000, 'x');
  std::string const command = fmt::format("set k 0 0 {}\r\n{}\r\n", large.size(), large);
  CHECK(tandem.converse("set k 0 0 1\r\nv\r\n" + command + "get k\r\n") ==
        "STORED\r\nSERVER_ERROR object too large for cache\r\nEND\r\n");
}

TEST_CASE("a memcached on a Unix socket is one of the pool") {
  memcached_server const server(on_unix_socket{}, {});
  tandem_daemon const tandem(
      fmt::format("backends:\n  pool:\n    memcached: {{servers: [\"{}\"]}}\nroutes:\n  - {{to: pool}}\n",
                  server.address()));
  CHECK(tandem.converse("set k 7 0 1\r\nv\r\nget k\r\n") == "STORED\r\nVALUE k 7 1\r\nv\r\nEND\r\n");
  CHECK(server.connect().converse("get k\r\n") == "VALUE k 7 1\r\nv\r\nEND\r\n");
}

TEST_CASE("a hundred clients at once each get their own answers") {
  pool const servers;
  tandem_daemon const tandem(servers.configuration());
  workload load({tandem.port(), "load:", 100, 20});
  CHECK(load.goes_on(10000));
  load.stop();
  CHECK(load.wrong().empty());
  CHECK(load.error_lines().empty());
  CHECK(load.lost() == 0);
}

TEST_CASE(
    "a dead memcached fails its own keys by name, spares the others, and is used again when it is back") {
  pool servers;
  tandem_daemon const tandem(servers.configuration("timeout: 500ms"));
  std::string const doomed = servers.key_on(1, tandem, "doomed");
  std::string const spared = servers.key_on(0, tandem, "spared");
  workload load({tandem.port(), "load:", 8, 40});
  REQUIRE(load.goes_on());

  servers.servers[1].kill();
  REQUIRE(load.goes_on(2000));
  text_client client = tandem.connect();
  std::string const refused = client.ask("get " + doomed + "\r\n");
  CHECK(refused.starts_with("SERVER_ERROR "));
  CHECK(refused.find(servers.servers[1].address()) != std::string::npos);
  CHECK(client.converse("get " + spared + "\r\n") == "VALUE " + spared + " 0 1\r\nv\r\nEND\r\n");
  CHECK(client.converse("get " + doomed + " " + spared + "\r\n") ==
        "VALUE " + spared + " 0 1\r\nv\r\nEND\r\n");
  CHECK(client.ask("set " + doomed + " 0 0 1\r\nx\r\n").starts_with("SERVER_ERROR "));
  CHECK(load.errors() > 0);
  for (std::string const& line : load.error_lines()) {
    INFO(line);
    CHECK(line.find(servers.servers[1].address()) != std::string::npos);
  }

  servers.servers[1].start();
  CHECK(wait_until([&] { return client.ask("set " + doomed + " 0 0 1\r\ny\r\n") == "STORED"; }, soon));
  CHECK(client.converse("get " + doomed + "\r\n") == "VALUE " + doomed + " 0 1\r\ny\r\nEND\r\n");
  // Each worker connects again in its own time.
  CHECK(wait_until([&] { return load.without_errors(2000); }, std::chrono::seconds(20)));
  load.stop();
  CHECK(load.wrong().empty());
}

TEST_CASE("a memcached that hangs times out, and its late answers reach nobody else's requests") {
  pool servers;
  tandem_daemon const tandem(servers.configuration("timeout: 150ms"));
  std::vector<std::string> stuck;
  std::string const spared = servers.key_on(0, tandem, "spared");
  for (int i = 0; i < 5; ++i) stuck.push_back(servers.key_on(2, tandem, fmt::format("stuck{}-", i)));
  text_client client = tandem.connect();

  servers.servers[2].suspend();
  for (std::string const& key : stuck) {
    CHECK(client.ask("get " + key + "\r\n").starts_with("SERVER_ERROR "));
    CHECK(client.converse("get " + spared + "\r\n") == "VALUE " + spared + " 0 1\r\nv\r\nEND\r\n");
  }
  servers.servers[2].resume();

  // The answers to the five now arrive before those to the next requests.
  for (std::string const& key : stuck) {
    std::string const expected = "VALUE " + key + " 0 1\r\nv\r\nEND\r\n";
    CHECK(wait_until(
        [&] {
          std::string const answer = client.converse("get " + key + "\r\n");
          CHECK((answer == expected || answer.starts_with("SERVER_ERROR ")));
          return answer == expected;
        },
        soon));
  }
}

TEST_CASE("suspending a memcached again and again under load confuses no client") {
  pool servers;
  tandem_daemon const tandem(servers.configuration("timeout: 100ms"));
  workload load({tandem.port(), "load:", 8, 40});
  REQUIRE(load.goes_on());
  for (int i = 0; i < 5; ++i) {
    std::uint64_t const errors = load.errors();
    servers.servers[0].suspend();
    CHECK(wait_until([&] { return load.errors() >= errors + 4; }, soon));
    servers.servers[0].resume();
    CHECK(load.goes_on(500));
  }
  load.stop();
  CHECK(load.wrong().empty());
  CHECK(tandem.metric("tandem_server_late_replies_total") > 0);
}

TEST_CASE("a server that closes idle connections is reconnected to without an error") {
  pool servers({"-o", "idle_timeout=1"});
  // Else it is asked how it is before it finds the connection idle.
  tandem_daemon const tandem(servers.configuration("timeout: 1s\n    probe: {every: 10m}"));
  std::string const key = servers.key_on(0, tandem, "idle");
  CHECK(wait_until([&] { return tandem.metric("tandem_server_disconnects_total") >= 1; }, soon));
  CHECK(tandem.converse("get " + key + "\r\n") == "VALUE " + key + " 0 1\r\nv\r\nEND\r\n");
}

TEST_CASE("a pool whose servers are all down at the start serves when they come up") {
  pool servers;
  for (memcached_server& each : servers.servers) each.kill();
  tandem_daemon const tandem(servers.configuration());
  CHECK(tandem.converse("get k\r\n").starts_with("SERVER_ERROR "));
  for (memcached_server& each : servers.servers) each.start();
  CHECK(wait_until([&] { return tandem.converse("set k 0 0 1\r\nv\r\n") == "STORED\r\n"; }, soon));
}
