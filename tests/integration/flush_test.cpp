// flush_all over every kind of backend: with a delay as memcached does it, and refused without confusing anybody.
#include "support/binary_client.hpp"
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_cluster.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <ctime>
#include <string>
#include <string_view>
#include <vector>

using namespace tandem::test;
using namespace std::chrono_literals;

namespace {

constexpr std::uint8_t flush = 0x08;
constexpr std::uint8_t flush_quietly = 0x18;

std::string one_backend(std::string const& kind) {
  return fmt::format("backends:\n  it:\n    {}\nroutes:\n  - {{to: it}}\n", kind);
}

std::string tiers(memcached_server const& near, redis_server const& far, std::string const& more) {
  return fmt::format(R"(
backends:
  near: {{memcached: {{servers: ["{}"]}}}}
  far: {{redis: {{server: "{}", flush: flushdb}}}}
  it: {{tiered: {{l1: near, l2: far, {}}}}}
routes:
  - {{to: it}}
)",
                     near.address(), far.address(), more);
}

/// Each backend behind a daemon of its own, since a flush is everybody's, and memcached itself as the last.
class houses {
 public:
  struct place {
    std::string name;
    std::uint16_t port;
  };

  std::vector<place> places() {
    return {{"pool", pool_.port()},          {"scan", scan_.port()},       {"flushdb", flushdb_.port()},
            {"cluster", in_cluster_.port()}, {"memory", memory_.port()},   {"through", through_.port()},
            {"back", back_.port()},          {"memcached", oracle_.port()}};
  }

 private:
  memcached_server oracle_;
  std::array<memcached_server, 3> memcached_;
  std::array<redis_server, 4> redis_;
  redis_cluster cluster_;
  tandem_daemon pool_{one_backend(fmt::format("memcached: {{servers: [\"{}\"]}}", memcached_[0].address()))};
  tandem_daemon scan_{one_backend(
      fmt::format("redis: {{server: \"{}\", flush: scan, key_prefix: \"t:\"}}", redis_[0].address()))};
  tandem_daemon flushdb_{
      one_backend(fmt::format("redis: {{server: \"{}\", flush: flushdb}}", redis_[1].address()))};
  tandem_daemon in_cluster_{
      one_backend(fmt::format("redis: {{cluster: {}, flush: flushdb}}", cluster_.addresses()))};
  tandem_daemon memory_{one_backend("memory: {size: 16MiB}")};
  tandem_daemon through_{tiers(memcached_[1], redis_[2], "write: through")};
  tandem_daemon back_{tiers(memcached_[2], redis_[3], "write: back, queue: {items: 1000, bytes: 1MiB}")};
};

bool holds(std::uint16_t port, std::string const& key) {
  return text_client(port).converse("get " + key + "\r\n") == "VALUE " + key + " 0 1\r\nv\r\nEND\r\n";
}

void store(std::uint16_t port, std::string const& key) {
  CHECK(text_client(port).ask("set " + key + " 0 0 1\r\nv\r\n") == "STORED");
}

/// Awaited by the item of a memcached that lives so long, since memcached counts time as the backends are to.
void let_pass(memcached_server const& timer, int seconds) {
  timer.connect().ask(fmt::format("set timer 0 {} 1\r\nv\r\n", seconds));
  CHECK(wait_until([&] { return !holds(timer.port(), "timer"); }, std::chrono::seconds(seconds + 5)));
}

}  // namespace

TEST_CASE("a flush_all with a delay takes what is stored until then, wherever it is stored") {
  houses all;
  for (bool const absolute : {false, true}) {
    std::string const delay = std::to_string(absolute ? std::time(nullptr) + 3 : 2);
    for (auto const& at : all.places()) {
      INFO(at.name << " " << delay);
      store(at.port, "before");
      CHECK(text_client(at.port).ask("flush_all " + delay + "\r\n") == "OK");
      store(at.port, "meanwhile");
      CHECK(holds(at.port, "before"));
      CHECK(holds(at.port, "meanwhile"));
    }
    for (auto const& at : all.places()) {
      INFO(at.name << " " << delay);
      CHECK(wait_until([&] { return !holds(at.port, "before") && !holds(at.port, "meanwhile"); }));
      // memcached counts seconds: what is stored in the same one may go, too.
      CHECK(wait_until([&] {
        store(at.port, "after");
        return holds(at.port, "after");
      }));
    }
  }
}

TEST_CASE("a later flush_all takes the place of the one that waits, through whichever worker it comes") {
  houses all;
  memcached_server const timer;
  struct example {
    std::string key;
    std::string first;
    std::string second;
    bool stays;  // what is stored after the second
  };
  for (auto const& [key, first, second, stays] :
       {example{"postponed", "flush_all 2\r\n", "flush_all 1000\r\n", true},
        example{"earlier", "flush_all 1000\r\n", "flush_all 2\r\n", false},
        example{"at_once", "flush_all 2\r\n", "flush_all\r\n", true},
        example{"quietly", "flush_all 2 noreply\r\nmn\r\n", "flush_all 1000 noreply\r\nmn\r\n", true}}) {
    for (auto const& at : all.places()) {
      // More clients than workers: some flush is asked of another one than the first.
      text_client first_worker(at.port);
      text_client another(at.port);
      INFO(at.name << " " << key);
      CHECK(first_worker.ask(first) == (key == "quietly" ? "MN" : "OK"));
      CHECK(another.ask(second) == (key == "quietly" ? "MN" : "OK"));
      store(at.port, key);
    }
    let_pass(timer, 5);
    for (auto const& at : all.places()) {
      INFO(at.name << " " << key);
      CHECK(holds(at.port, key) == stays);
    }
  }
}

TEST_CASE("a delayed flush of a Redis that is away then is done when it is back") {
  redis_server redis;
  tandem_daemon const tandem(
      one_backend(fmt::format("redis: {{server: \"{}\", flush: flushdb}}", redis.address())));
  CHECK(tandem.converse("flush_all 1\r\n") == "OK\r\n");
  redis.kill();
  CHECK(wait_until(
      [&] { return tandem.log().find("flush_all whose time has come failed") != std::string::npos; }));
  redis.start();
  redis.command({"SET", "k", "v"});
  CHECK(wait_until([&] { return redis.command({"DBSIZE"}).number == 0; }));
  CHECK(wait_until([&] { return tandem.log().find("tried again is done") != std::string::npos; }));
}

TEST_CASE("flushes that are asked for while one goes through the keys share the next, over all workers") {
  redis_server redis;
  for (int key = 0; key < 5000; ++key) redis.command({"SET", "t:" + std::to_string(key), "v"});
  tandem_daemon const tandem(
      fmt::format("workers: 2\nbackends:\n  store: {{redis: {{server: \"{}\", key_prefix: \"t:\", flush: "
                  "scan}}, timeout: 5s}}\n"
                  "routes: [{{to: store}}]\n",
                  redis.address()));
  std::vector<text_client> clients;
  for (int each = 0; each < 4; ++each) clients.push_back(tandem.connect());
  for (text_client& each : clients) {
    std::string all;
    for (int flush = 0; flush < 100; ++flush) all += "flush_all\r\n";
    each.send(all);
  }
  for (text_client& each : clients) {
    for (int flush = 0; flush < 100; ++flush) CHECK(each.read_line() == "OK");
  }
  CHECK(redis.command({"DBSIZE"}).number == 0);
  std::string const statistics = redis.command({"INFO", "commandstats"}).text;
  std::size_t const at = statistics.find("cmdstat_scan:calls=");
  REQUIRE(at != std::string::npos);
  // A scan of all keys takes some ten calls, one of none takes one.
  CHECK(std::stoul(statistics.substr(at + 19)) < 100);
}

TEST_CASE("a flush that is refused deletes nothing, and nobody who asked quietly is answered") {
  redis_server redis;
  memcached_server const near;
  std::string const refusing = fmt::format("redis: {{server: \"{}\"}}", redis.address());
  std::string const in_tiers = fmt::format(
      "backends:\n  it: {{{}}}\n  near: {{memcached: {{servers: [\"{}\"]}}}}\n"
      "  both: {{tiered: {{l1: near, l2: it}}}}\nroutes:\n  - {{to: both}}\n",
      refusing, near.address());
  for (std::string const& configuration : {one_backend(refusing), in_tiers}) {
    tandem_daemon const tandem(configuration);
    store(tandem.port(), "k");
    std::string const refusal = "SERVER_ERROR flush_all is disabled for backend it";
    for (std::string const delay : {"", " 0", " 2", " -1", " 4000000000"}) {
      INFO("flush_all" << delay);
      CHECK(tandem.converse("flush_all" + delay + "\r\n") == refusal + "\r\n");
      CHECK(tandem.converse("flush_all" + delay + " noreply\r\n").empty());
    }
    for (std::string const& extras : {std::string(), big_endian(0, 4), big_endian(2, 4)}) {
      binary_client client(tandem.connect());
      INFO(extras.size() << " bytes of extras");
      CHECK(client.ask({.opcode = flush, .extras = extras, .opaque = 1}).status == 0x86);
      client.send({.opcode = flush_quietly, .extras = extras, .opaque = 2});
      CHECK(client.ask({.opcode = 0x00, .key = "k", .opaque = 3}).opaque == 3);
      client.send({.opcode = flush_quietly, .extras = extras, .opaque = 4});
      CHECK(client.replies_before_no_op().empty());
    }
    CHECK(tandem.metric("tandem_client_errors_total", {{"kind", "server_error"}}) >= 10);
    CHECK(holds(tandem.port(), "k"));
  }
}
