// What clients are told while a server is dead, with on_failure: error and miss, in each dialect.
#include "support/binary_client.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <vector>

using namespace tandem::test;

namespace {

/// Three servers, of which the first is killed when a key on it is known.
struct broken_pool {
  explicit broken_pool(std::string const& on_failure)
      : tandem(fmt::format("backends:\n  pool:\n    memcached: {{servers: [\"{}\", \"{}\", \"{}\"]}}\n"
                           "    timeout: 1s\n    on_failure: {}\nroutes:\n  - {{to: pool}}\n",
                           servers[0].address(), servers[1].address(), servers[2].address(), on_failure)) {
    dead = key_on(0);
    alive = key_on(1);
    servers[0].kill();
  }

  std::string key_on(std::size_t server) {
    for (int i = 0;; ++i) {
      std::string key = fmt::format("key{}", i);
      REQUIRE(tandem.converse("set " + key + " 0 0 1\r\nv\r\n") == "STORED\r\n");
      if (servers[server].connect().converse("get " + key + "\r\n") != "END\r\n") return key;
    }
  }

  /// `words` with the key in the place of KEY.
  static std::string about(std::string words, std::string const& key) {
    for (std::size_t at = words.find("KEY"); at != std::string::npos; at = words.find("KEY"))
      words.replace(at, 3, key);
    return words;
  }

  std::vector<memcached_server> servers{3};
  tandem_daemon tandem;
  std::string dead;
  std::string alive;
};

/// What a client is told with on_failure: miss: what memcached says of an item that is not there, or an error.
enum class told : std::uint8_t { absent, failure };

struct example {
  std::string said;  // KEY is the key
  told answer;
};

std::vector<example> const examples{
    {"get KEY\r\n", told::absent},
    {"gets KEY\r\n", told::absent},
    {"gat 10 KEY\r\n", told::absent},
    {"get KEY KEY\r\n", told::absent},
    {"mg KEY v\r\n", told::absent},
    {"mg KEY v q\r\n", told::absent},
    {"mg KEY v k O7\r\n", told::absent},
    {"mg KEY v t N30\r\n", told::absent},
    {"delete KEY\r\n", told::absent},
    {"delete KEY noreply\r\n", told::absent},
    {"md KEY\r\n", told::absent},
    {"md KEY q\r\n", told::absent},
    {"md KEY q O9 k\r\n", told::absent},
    {"mg KEY v q\r\nmd KEY q\r\nmg KEY k q\r\nmn\r\n", told::absent},
    {"set KEY 0 0 1\r\nx\r\n", told::failure},
    {"add KEY 0 0 1\r\nx\r\n", told::failure},
    {"append KEY 0 0 1\r\nx\r\n", told::failure},
    {"cas KEY 0 0 1 1\r\nx\r\n", told::failure},
    {"incr KEY 1\r\n", told::failure},
    {"touch KEY 10\r\n", told::failure},
    {"ms KEY 1\r\nx\r\n", told::failure},
    {"ms KEY 1 q\r\nx\r\n", told::failure},
    {"ma KEY\r\n", told::failure},
    {"ma KEY q\r\n", told::failure},
    {"flush_all\r\n", told::failure},
};

}  // namespace

TEST_CASE("keys of a dead server are misses to those who may not see its failure") {
  broken_pool pool("miss");
  memcached_server const oracle;
  for (example const& each : examples) {
    INFO(each.said);
    std::string const said = broken_pool::about(each.said, pool.dead);
    std::string const answer = pool.tandem.converse(said);
    if (each.answer == told::failure) {
      CHECK(answer.starts_with("SERVER_ERROR backend pool server " + pool.servers[0].address()));
      CHECK(answer.find("\r\n") == answer.size() - 2);
    } else if (said.starts_with("mg ") && said.find(" N") != std::string::npos) {
      CHECK(answer == "EN\r\n");  // memcached would make an item, to be won
    } else {
      CHECK(answer == oracle.connect().converse(said));
    }
  }
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total", {{"command", "get"}}) == 10);
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total", {{"command", "gat"}}) == 1);
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total", {{"command", "delete"}}) == 6);
  CHECK(pool.tandem.metric("tandem_errors_total", {{"backend", "pool"}}) >= 20);
}

TEST_CASE("without it each failure is told, but for a get of many keys") {
  broken_pool pool("error");
  for (example const& each : examples) {
    INFO(each.said);
    bool const untold =
        each.said.starts_with("get KEY KEY") || each.said.find("noreply") != std::string::npos;
    std::string const answer = pool.tandem.converse(broken_pool::about(each.said, pool.dead));
    CHECK(answer.starts_with("SERVER_ERROR") == !untold);
  }
  CHECK(pool.tandem.metric("tandem_failures_as_misses_total") == 0);
}

namespace {

struct binary_example {
  std::string name;
  std::uint8_t opcode;
  std::string extras;
  std::string value;
  told expected;
};

std::string const no_extras;
std::string const time_to_live = big_endian(10, 4);
std::string const flags_and_time = std::string(8, '\0');
std::string const delta_initial_and_time = big_endian(1, 8) + big_endian(0, 8) + big_endian(0, 4);

std::vector<binary_example> const binary_examples{
    {"Get", 0x00, no_extras, {}, told::absent},
    {"GetQ", 0x09, no_extras, {}, told::absent},
    {"GetK", 0x0c, no_extras, {}, told::absent},
    {"GetKQ", 0x0d, no_extras, {}, told::absent},
    {"GAT", 0x1d, time_to_live, {}, told::absent},
    {"GATQ", 0x1e, time_to_live, {}, told::absent},
    {"GATK", 0x23, time_to_live, {}, told::absent},
    {"GATKQ", 0x24, time_to_live, {}, told::absent},
    {"Delete", 0x04, no_extras, {}, told::absent},
    {"DeleteQ", 0x14, no_extras, {}, told::absent},
    {"Touch", 0x1c, time_to_live, {}, told::failure},
    {"Set", 0x01, flags_and_time, "x", told::failure},
    {"SetQ", 0x11, flags_and_time, "x", told::failure},
    {"AddQ", 0x12, flags_and_time, "x", told::failure},
    {"AppendQ", 0x19, no_extras, "x", told::failure},
    {"IncrementQ", 0x15, delta_initial_and_time, {}, told::failure},
};

binary_request about(binary_example const& example, std::string const& key, std::uint32_t opaque) {
  return {.opcode = example.opcode,
          .key = key,
          .extras = example.extras,
          .value = example.value,
          .opaque = opaque};
}

/// The one packet, as replies_before_no_op() has it, by which a request fails.
std::string failure_of(binary_request const& request, memcached_server const& dead) {
  constexpr std::uint64_t temporary_failure = 0x86;
  return big_endian(request.opcode, 1) + big_endian(temporary_failure, 2) + big_endian(request.opaque, 4) +
         "backend pool server " + dead.address() + ": Connection refused";
}

}  // namespace

TEST_CASE("in binary a dead server's item is absent as memcached has it, and quiet commands stay in step") {
  broken_pool pool("miss");
  memcached_server const oracle;
  binary_client on_memcached(oracle.connect());
  binary_client client(pool.tandem.connect());
  std::string each_by_itself;
  std::uint32_t opaque = 0;
  for (binary_example const& each : binary_examples) {
    INFO(each.name);
    binary_request const request = about(each, pool.dead, ++opaque);
    client.send(request);
    std::string const reply = client.replies_before_no_op();
    if (each.expected == told::failure) {
      CHECK(reply == failure_of(request, pool.servers[0]));
    } else {
      on_memcached.send(request);
      CHECK(reply == on_memcached.replies_before_no_op());
    }
    each_by_itself += reply;
  }
  CHECK_FALSE(each_by_itself.empty());
  opaque = 0;
  for (binary_example const& each : binary_examples) client.send(about(each, pool.dead, ++opaque));
  CHECK(client.replies_before_no_op() == each_by_itself);
  CHECK(client.ask({.opcode = 0x00, .key = pool.alive}).status == 0);
}

TEST_CASE("two tiers know a failed L2 from an absent item, whatever L2's own rules are told") {
  memcached_server l1;
  tandem_daemon tandem(
      fmt::format("backends:\n  near:\n    memcached: {{servers: [\"{}\"]}}\n    on_failure: miss\n"
                  "  far:\n    redis: {{server: \"127.0.0.1:1\"}}\n    on_failure: miss\n"
                  "  both:\n    tiered: {{l1: near, l2: far, negative_ttl: 60s}}\n"
                  "  hidden:\n    tiered: {{l1: other, l2: far}}\n    on_failure: miss\n"
                  "  other:\n    memory: {{size: 1MiB}}\n"
                  "routes:\n  - {{prefix: \"far:\", to: far}}\n  - {{prefix: \"hidden:\", to: hidden}}\n"
                  "  - {{to: both}}\n",
                  l1.address()));
  CHECK(tandem.converse("get far:k\r\n") == "END\r\n");
  CHECK(tandem.converse("get hidden:k\r\n") == "END\r\n");
  CHECK(tandem.converse("get k\r\n").starts_with("SERVER_ERROR backend far"));
  CHECK(tandem.converse("delete k\r\n").starts_with("SERVER_ERROR backend far"));
}
