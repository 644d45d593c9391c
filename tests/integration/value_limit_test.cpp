// limits.value for what no client has sent as one value: a value that has grown, and one that somebody else has stored.
#include "support/binary_client.hpp"
#include "support/built_daemon.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"

#include <fmt/format.h>

#include <string>
#include <vector>

using namespace tandem::test;

namespace {

std::string on_all(redis_server const& redis, memcached_server const& pool, std::string const& limit) {
  std::string routes;
  for (std::string const name : {"framed", "plain", "tiers", "memory", "pool"})
    routes += fmt::format("  - {{prefix: \"{}:\", to: {}}}\n", name, name);
  return fmt::format(R"(
limits: {{value: {0}}}
backends:
  near: {{memory: {{size: 64MiB}}}}
  framed: {{redis: {{server: "{1}"}}, timeout: 10s}}
  plain: {{redis: {{server: "{1}", encoding: plain, flags: drop}}, timeout: 10s}}
  tiers: {{tiered: {{l1: near, l2: framed}}}}
  memory: {{memory: {{size: 64MiB}}}}
  pool: {{memcached: {{servers: ["{2}"]}}, timeout: 10s}}
routes:
{3})",
                     limit, redis.address(), pool.address(), routes);
}

std::string shortened(std::string text, std::string const& value) {
  for (auto at = text.find(value); at != std::string::npos; at = text.find(value))
    text.replace(at, value.size(), "HALF");
  return text;
}

struct row {
  std::string_view name, said;  // {key}, {size} and {value}
};

constexpr row grown[]{
    {"text", "append {key} 0 0 {size}\r\n{value}\r\n"},
    {"text, in front", "prepend {key} 0 0 {size}\r\n{value}\r\n"},
    {"text, noreply", "append {key} 0 0 {size} noreply\r\n{value}\r\nmn\r\n"},
    {"meta", "ms {key} {size} MA O1 k\r\n{value}\r\n"},
    {"meta, in front", "ms {key} {size} MP O1 k\r\n{value}\r\n"},
    {"meta, quiet", "ms {key} {size} MA O1 q k\r\n{value}\r\nmn\r\n"},
    {"meta, of what is not there", "ms {key}-none {size} MA\r\n{value}\r\n"},
};

}  // namespace

TEST_CASE("a value that would grow beyond limits.value is refused as memcached refuses it, and stays") {
  redis_server const redis;
  memcached_server const pool;
  memcached_server const like({"-I", "1m"});
  tandem_daemon const tandem(on_all(redis, pool, "1MiB"));
  std::string const half(600'000, 'h');
  for (std::string const backend : {"framed", "plain", "tiers", "memory", "pool"}) {
    std::string const key = backend + ":k";
    auto const spelled = [&](std::string_view form) {
      return fmt::format(fmt::runtime(form), fmt::arg("key", key), fmt::arg("size", half.size()),
                         fmt::arg("value", half));
    };
    for (auto const& [name, said] : grown) {
      INFO(backend << ", " << name);
      std::string const all =
          spelled("set {key} 0 0 {size}\r\n{value}\r\n") + spelled(said) + spelled("get {key}\r\n");
      CHECK(shortened(tandem.converse(all), half) == shortened(like.connect().converse(all), half));
    }
    for (std::uint8_t const opcode : std::vector<std::uint8_t>{0x0e, 0x0f, 0x19, 0x1a}) {
      INFO(backend << ", binary " << unsigned{opcode});
      auto const answer = [&](text_client connection) {
        binary_reply const said =
            binary_client(std::move(connection)).ask({.opcode = opcode, .key = key, .value = half});
        return fmt::format("{} {} {}", said.opcode, said.status, said.body);
      };
      CHECK(answer(tandem.connect()) == answer(like.connect()));
    }
    INFO(backend);
    CHECK(
        shortened(tandem.converse(spelled("get {key}\r\n")), half).starts_with("VALUE " + key + " 0 600000"));
  }
}

TEST_CASE("a value grows up to limits.value, whatever Tandem stores with it") {
  redis_server redis;
  memcached_server const pool;
  tandem_daemon const tandem(on_all(redis, pool, "1000"));
  for (std::string const backend : {"framed", "plain", "tiers", "memory"}) {
    INFO(backend);
    std::string const name = backend + ":k";
    std::string const most(999, 'm');
    CHECK(tandem.converse(fmt::format(
              "set {0} 0 0 999\r\n{1}\r\nappend {0} 0 0 2\r\nab\r\nprepend {0} 0 0 2\r\nab\r\n"
              "append {0} 0 0 1\r\nz\r\nprepend {0} 0 0 1\r\na\r\nget {0}\r\n",
              name, most)) == "STORED\r\nNOT_STORED\r\nNOT_STORED\r\nSTORED\r\nNOT_STORED\r\nVALUE " + name +
                                  " 0 1000\r\n" + most + "z\r\nEND\r\n");
  }
}

TEST_CASE("a value above limits.value that somebody else has stored is an error of its key alone") {
  redis_server redis;
  memcached_server const pool({"-I", "64m", "-m", "256"});
  tandem_daemon const tandem("workers: 1\n" + on_all(redis, pool, "1000"));
  std::string const huge(20'000'000, 'x');
  for (std::string const backend : {"framed", "plain", "tiers", "pool"}) {
    std::string const server = backend == "pool" ? pool.address() : redis.address();
    std::string const at = backend == "tiers" ? "framed" : backend;
    for (std::size_t const size : {std::size_t{1001}, std::size_t{5000}, huge.size()}) {
      INFO(backend << " " << size);
      std::string const key = backend + ":big";
      if (backend == "pool") {
        CHECK(pool.connect().ask(fmt::format("set {} 0 0 {}\r\n{}\r\n", key, size, huge.substr(0, size))) ==
              "STORED");
      } else {
        redis.command({"SET", key, huge.substr(0, size)});
      }
      text_client client = tandem.connect();
      double const seen = tandem.metric("tandem_oversized_values_total", {{"backend", at}});
      double const connects = tandem.metric("tandem_server_connects_total");
      std::string const told =
          fmt::format("SERVER_ERROR backend {} server {}: the value has {} bytes, more than limits.value", at,
                      server, size);
      CHECK(client.converse(fmt::format("set {}:k 0 0 1\r\nv\r\n", backend)) == "STORED\r\n");
      client.send(fmt::format("get {0}:big\r\nget {0}:k\r\nmg {0}:big v\r\nmg {0}:k v\r\n", backend));
      CHECK(client.read_line() == told);
      CHECK(client.read_until("END\r\n") == fmt::format("VALUE {}:k 0 1\r\nv\r\nEND\r\n", backend));
      CHECK(client.read_line() == told);
      CHECK(client.read_until("v\r\n") == "VA 1\r\nv\r\n");
      binary_reply const said = binary_client(tandem.connect()).ask({.opcode = 0x00, .key = key});
      CHECK(said.body == told.substr(std::string("SERVER_ERROR ").size()));
      CHECK(tandem.metric("tandem_oversized_values_total", {{"backend", at}}) == seen + 3);
      CHECK(tandem.metric("tandem_server_connects_total") <= connects + 1);
    }
  }
  if (!tandem_is_sanitized()) CHECK(tandem.resident_bytes() < 60'000'000);
}
