// A process that is given other configurations while clients are served.
#include "config/load.hpp"
#include "server/process.hpp"
#include "support/catch.hpp"
#include "support/free_port.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/text_client.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

using namespace tandem;
using namespace tandem::test;

namespace {

config::configuration read(std::string const& yaml) {
  auto read = config::load_text(yaml, "swap.yaml");
  if (!read) {
    for (config::diagnostic const& each : read.error()) UNSCOPED_INFO(each.str());
    FAIL("the configuration has errors");
  }
  return *std::move(read);
}

/// Servers, and configurations that name them.
struct house {
  /// Each `turn` differs from the one before: in time-outs, times to live, and in backends that come and go.
  std::string yaml(int turn) const {
    bool const odd = turn % 2 != 0;
    return fmt::format(R"(listen: [{{address: "127.0.0.1:{port}"}}]
workers: 2
limits: {{value: 64KiB}}
backends:
  pool: {{memcached: {{servers: ["{cache_a}", "{cache_b}"]}}, timeout: {timeout}}}
  near: {{memcached: {{servers: ["{cache_a}"]}}, timeout: {timeout}}}
  store: {{redis: {{server: "{redis}"}}, timeout: {timeout}}}
  memory: {{memory: {{size: 16MiB}}}}
  tiers: {{tiered: {{l1: near, l2: store}}}}
  later: {{tiered: {{l1: near, l2: store, write: back, queue: {{items: 100000}}}}}}
{guest}routes:
  - {{prefix: "p", to: pool, max_ttl: {ttl}s}}
  - {{prefix: "r", to: store}}
  - {{prefix: "m", to: memory}}
  - {{prefix: "t", to: tiers}}
  - {{prefix: "w", to: later}}
{guest_rule}  - {{to: pool}}
)",
                       fmt::arg("port", port), fmt::arg("cache_a", cache_a.address()),
                       fmt::arg("cache_b", cache_b.address()), fmt::arg("redis", redis.address()),
                       fmt::arg("timeout", odd ? "10s" : "20s"), fmt::arg("ttl", 1000 + turn),
                       fmt::arg("guest", odd ? "  guest: {split: {default: memory}}\n" : ""),
                       fmt::arg("guest_rule", odd ? "  - {prefix: \"g\", to: guest}\n" : ""));
  }

  std::unique_ptr<server::process> start() {
    auto made = server::process::make(read(yaml(0)), "0.1");
    INFO((made ? std::string() : made.error().message));
    REQUIRE(made.has_value());
    REQUIRE((*made)->start().has_value());
    return std::move(*made);
  }

  std::uint64_t redis_connections() {
    std::string const all = redis.command({"INFO", "stats"}).text;
    std::string const name = "total_connections_received:";
    return std::stoull(all.substr(all.find(name) + name.size()));
  }

  memcached_server cache_a, cache_b;
  redis_server redis;
  std::uint16_t port = free_port();
};

/// Sets keys of every backend and reads them back, again and again, until it is told to stop.
class writer {
 public:
  writer(std::uint16_t port, int number) : client_(port), number_(number) {
    client_.timeout(std::chrono::seconds(30));
  }

  void run(std::atomic<bool> const& over) {
    while (!over) turn();
  }

  /// Pipelined: each get stands behind the set of its key, and in front of the next.
  void turn() {
    std::string commands, expected;
    for (int times = 0; times < 3; ++times) {
      ++value_;
      for (char const backend : std::string("prmtw")) {
        std::string const key = fmt::format("{}{}:{}", backend, number_, value_ % 5);
        std::string const value = fmt::format("{}", value_);
        commands += fmt::format("set {} 0 0 {}\r\n{}\r\nget {}\r\n", key, value.size(), value, key);
        expected += fmt::format("STORED\r\nVALUE {} 0 {}\r\n{}\r\nEND\r\n", key, value.size(), value);
      }
    }
    std::string const told = client_.converse(commands);
    if (told != expected && wrong.empty()) wrong = "expected:\n" + expected + "told:\n" + told;
    ++turns;
  }

  /// The newest value of a key.
  int last(int key) const { return value_ - (value_ - key) % 5; }

  std::string wrong;  // the first answers that were not as they should be
  std::atomic<int> turns{0};

 private:
  text_client client_;
  int const number_;
  int value_ = 0;
};

std::string metrics_at(std::uint16_t admin) {
  text_client client(admin);
  client.send("GET /metrics HTTP/1.0\r\n\r\n");
  return client.read_to_close();
}

/// A worker that does nothing for as long as this exists: its thread waits in a signal's handler.
class stuck_worker {
 public:
  stuck_worker() {
    REQUIRE(::pipe(ends_) == 0);
    std::signal(SIGUSR1, [](int) {
      char end = 0;
      while (::read(ends_[0], &end, 1) < 0 && errno == EINTR) {
      }
    });
    for (auto const& each : std::filesystem::directory_iterator("/proc/self/task")) {
      std::string name;
      std::getline(std::ifstream(each.path() / "comm"), name);
      if (name != "worker") continue;
      ::syscall(SYS_tgkill, ::getpid(), std::stoi(each.path().filename().string()), SIGUSR1);
      return;
    }
    FAIL("there is no worker");
  }
  ~stuck_worker() {
    ::close(ends_[1]);
    ::close(ends_[0]);
  }
  stuck_worker(stuck_worker const&) = delete;
  stuck_worker& operator=(stuck_worker const&) = delete;

 private:
  inline static int ends_[2];
};

}  // namespace

TEST_CASE("a process that is to end waits for no worker that is stuck") {
  house test;
  auto const serves = test.start();
  std::atomic<bool> is_to_end{false};
  serves->give_up_when([&] { return is_to_end.load(); });
  std::optional<stuck_worker> one(std::in_place);
  auto swapped = std::async(std::launch::async, [&serves, next = read(test.yaml(1))]() mutable {
    return serves->swap(std::move(next)).has_value();
  });
  CHECK(swapped.wait_for(std::chrono::milliseconds(300)) == std::future_status::timeout);
  is_to_end = true;
  bool const gave_up = swapped.wait_for(std::chrono::seconds(20)) == std::future_status::ready;
  CHECK(gave_up);
  one.reset();
  CHECK_FALSE(swapped.get());
}

TEST_CASE("two hundred swaps under load fail no request, and connect to no server that stays") {
  house test;
  auto const served = test.start();
  std::vector<std::unique_ptr<writer>> writers;
  for (int number = 0; number < 4; ++number) writers.push_back(std::make_unique<writer>(test.port, number));
  // Twice, so that each has asked for all of its keys: their workers are connected to whichever servers have these.
  for (int count = 0; count < 2; ++count)
    for (auto const& each : writers) each->turn();
  text_client kept(test.port);
  CHECK(kept.ask("set mkept 0 0 4\r\nitem\r\n") == "STORED");
  std::uint64_t const before_a = test.cache_a.stat("total_connections");
  std::uint64_t const before_b = test.cache_b.stat("total_connections");
  std::uint64_t const before_redis = test.redis_connections();
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (auto const& each : writers) threads.emplace_back([&over, &each] { each->run(over); });
  for (int turn = 1; turn <= 200; ++turn) {
    auto const swapped = served->swap(read(test.yaml(turn)));
    INFO((swapped ? std::string() : swapped.error().message));
    CHECK(swapped.has_value());
  }
  int const turns = writers.front()->turns;
  CHECK(wait_until([&] { return writers.front()->turns > turns + 1; }));
  over = true;
  for (std::thread& each : threads) each.join();
  for (auto const& each : writers) CHECK(each->wrong == "");
  CHECK(kept.converse("get mkept\r\n") == "VALUE mkept 0 4\r\nitem\r\nEND\r\n");
  // Whoever asks for the metric has a connection of its own.
  CHECK(test.cache_a.stat("total_connections") == before_a + 1);
  CHECK(test.cache_b.stat("total_connections") == before_b + 1);
  CHECK(test.redis_connections() == before_redis);
  served->stop();
  // All that was queued has come to L2, each key's newest value.
  for (std::size_t number = 0; number < writers.size(); ++number) {
    for (int key = 0; key < 5; ++key) {
      std::string const stored = test.redis.command({"GET", fmt::format("w{}:{}", number, key)}).text;
      CHECK(stored.ends_with(std::to_string(writers[number]->last(key))));
    }
  }
}

TEST_CASE("a configuration that cannot be had while the process runs leaves the one that there is") {
  house test;
  auto const served = test.start();
  text_client client(test.port);
  CHECK(client.ask("set mkey 0 0 1\r\nv\r\n") == "STORED");
  struct row {
    std::string name;
    std::string from, to;
  };
  for (row const& each :
       {row{"workers", "workers: 2", "workers: 3"}, row{"limits", "value: 64KiB", "value: 32KiB"},
        row{"listen", fmt::format(":{}", test.port), fmt::format(":{}", free_port())},
        row{"backends.memory.memory.size", "size: 16MiB", "size: 17MiB"},
        row{"backends.later.tiered.queue", "items: 100000", "items: 200000"},
        row{"backends.later.tiered.queue", ", write: back, queue: {items: 100000}", ""},
        row{"backends.tiers.tiered.lease", "{l1: near, l2: store}", "{l1: near, l2: store, lease: off}"}}) {
    INFO(each.name);
    std::string yaml = test.yaml(1);
    yaml.replace(yaml.find(each.from), each.from.size(), each.to);
    auto const swapped = served->swap(read(yaml));
    REQUIRE_FALSE(swapped.has_value());
    CHECK(swapped.error().message == each.name + " cannot be changed while the process runs; start it again");
  }
  config::configuration without = read(test.yaml(1));
  std::erase_if(without.backends, [](auto const& each) { return each.name == "later"; });
  std::erase_if(without.routes, [](auto const& each) { return each.to == "later"; });
  auto const kept = served->swap(without);
  REQUIRE_FALSE(kept.has_value());
  CHECK(kept.error().message.starts_with("backends.later.tiered.queue cannot be changed"));
  config::configuration unmade = read(test.yaml(1));
  unmade.routes.front().kind = routing::match_kind::regex;
  unmade.routes.front().pattern = "(";
  auto const swapped = served->swap(unmade);
  REQUIRE_FALSE(swapped.has_value());
  CHECK(swapped.error().message.starts_with("routes[0]: "));
  // The guest's rule is not there.
  CHECK(client.ask("set gkey 0 0 1\r\nv\r\n") == "STORED");
  CHECK(client.converse("get mkey\r\n") == "VALUE mkey 0 1\r\nv\r\nEND\r\n");
  CHECK(test.cache_a.connect().converse("get gkey\r\n") + test.cache_b.connect().converse("get gkey\r\n") !=
        "END\r\nEND\r\n");
}

TEST_CASE("what is named no more ends, with its metrics, and may come back") {
  house test;
  std::uint16_t const admin = free_port();
  memcached_server guest;
  auto const with = [&](bool named) {
    std::string yaml = test.yaml(1);
    std::string const as = "guest: {split: {default: memory}}";
    std::string const pool =
        fmt::format("guest: {{memcached: {{servers: [\"{}\"]}}, timeout: 10s}}", guest.address());
    yaml.replace(yaml.find(as), as.size(), pool);
    return read((named ? yaml : test.yaml(0)) + fmt::format("admin: {{address: \"127.0.0.1:{}\"}}\n", admin));
  };
  auto made = server::process::make(with(false), "0.1");
  REQUIRE(made.has_value());
  REQUIRE((*made)->start().has_value());
  std::uint64_t const alone = guest.stat("curr_connections");
  for (int times = 0; times < 3; ++times) {
    REQUIRE((*made)->swap(with(true)).has_value());
    CHECK(text_client(test.port).ask("set g 0 0 1\r\nv\r\n") == "STORED");
    CHECK(guest.stat("curr_connections") == alone + 1);
    std::string const shown = metrics_at(admin);
    CHECK(shown.find("tandem_requests_total{backend=\"guest\",command=\"set\",outcome=\"ok\"} 1\n") !=
          std::string::npos);
    CHECK(shown.find("tandem_server_connects_total{backend=\"guest\"") != std::string::npos);
    REQUIRE((*made)->swap(with(false)).has_value());
    CHECK(wait_until([&] { return guest.stat("curr_connections") == alone; }));
    CHECK(wait_until([&] { return metrics_at(admin).find("guest") == std::string::npos; }));
  }
}

namespace {

/// Two tiers, whose L1 is on these terms.
struct two_tiers {
  std::string yaml(std::string const& near_terms, int ttl = 1000) const {
    return fmt::format(R"(listen: [{{address: "127.0.0.1:{}"}}]
admin: {{address: "127.0.0.1:{}", invalidate: true}}
workers: 1
backends:
  near: {{{}}}
  store: {{redis: {{server: "{}", encoding: plain}}, timeout: 500ms}}
  tiers: {{tiered: {{l1: near, l2: store}}}}
routes:
  - {{to: tiers, max_ttl: {}s}}
)",
                       port, admin, near_terms, redis.address(), ttl);
  }
  std::string near(std::string const& servers, std::string const& timeout = "200ms") const {
    return fmt::format("memcached: {{servers: [{}]}}, timeout: {}", servers, timeout);
  }
  std::string first() const { return "\"" + cache.address() + "\""; }
  std::string second() const { return "\"" + other.address() + "\""; }

  std::unique_ptr<server::process> start() {
    auto made = server::process::make(read(yaml(near(first()))), "0.1");
    REQUIRE(made.has_value());
    REQUIRE((*made)->start().has_value());
    return std::move(*made);
  }

  void invalidate(std::string const& what) const {
    text_client client(admin);
    client.send(fmt::format("POST /invalidate HTTP/1.0\r\nContent-Length: {}\r\n\r\n{}", what.size(), what));
    CHECK(client.read_to_close().starts_with("HTTP/1.0 202"));
  }

  memcached_server cache, other;
  redis_server redis;
  std::uint16_t port = free_port();
  std::uint16_t admin = free_port();
};

}  // namespace

TEST_CASE("what L1 misses in a tree that ends is made up for in the next") {
  two_tiers test;
  auto const served = test.start();
  text_client client(test.port);
  CHECK(client.ask("set key 0 0 1\r\nv\r\n") == "STORED");
  test.cache.suspend();
  client.send("delete key\r\n");
  CHECK(client.silent(std::chrono::milliseconds(30)));
  REQUIRE(served->swap(read(test.yaml(test.near(test.first()), 1001))).has_value());
  CHECK(client.read_line() == "DELETED");
  CHECK(metrics_at(test.admin).find("tandem_invalidation_marks{backend=\"near\"} 0\n") != std::string::npos);
  CHECK(metrics_at(test.admin).find("tandem_tier_removals_due{backend=\"tiers\"} 1\n") != std::string::npos);
  test.cache.resume();
  CHECK(wait_until([&] {
    return metrics_at(test.admin).find("tandem_tier_removals_due{backend=\"tiers\"} 0\n") !=
           std::string::npos;
  }));
}

TEST_CASE("copies that are outdated stay so, whatever becomes of the pool that holds them") {
  two_tiers test;
  auto const served = test.start();
  text_client client(test.port);
  constexpr int keys = 20;
  for (int key = 0; key < keys; ++key)
    CHECK(client.ask(fmt::format("set key{} 0 0 3\r\nold\r\n", key)) == "STORED");
  auto const change_behind = [&] {
    for (int key = 0; key < keys; ++key) test.redis.command({"SET", fmt::format("key{}", key), "new"});
    test.invalidate("key*\n");
  };
  auto const swap = [&](std::string const& near) {
    REQUIRE(served->swap(read(test.yaml(near))).has_value());
  };
  SECTION("it is given another time-out") {
    change_behind();
    swap(test.near(test.first(), "300ms"));
  }
  SECTION("it has one server more") {
    change_behind();
    swap(test.near(test.first() + ", " + test.second()));
  }
  SECTION("it is another one meanwhile") {
    swap(test.near(test.second()));
    change_behind();
    swap(test.near(test.first()));
  }
  for (int key = 0; key < keys; ++key) {
    INFO(key);
    CHECK(client.converse(fmt::format("get key{}\r\n", key)) ==
          fmt::format("VALUE key{} 0 3\r\nnew\r\nEND\r\n", key));
  }
}

TEST_CASE("a configuration that could not be had takes no metrics from the next") {
  house test;
  std::uint16_t const admin = free_port();
  auto const yaml = [&](int turn) {
    return test.yaml(turn) + fmt::format("admin: {{address: \"127.0.0.1:{}\"}}\n", admin);
  };
  memcached_server server;
  auto const with_guest = [&] {
    std::string all = yaml(1);
    std::string const as = "guest: {split: {default: memory}}";
    return all.replace(all.find(as), as.size(),
                       fmt::format("guest: {{memcached: {{servers: [\"{}\"]}}}}", server.address()));
  };
  auto made = server::process::make(read(yaml(0)), "0.1");
  REQUIRE(made.has_value());
  REQUIRE((*made)->start().has_value());
  for (int times = 0; times < 10; ++times) {
    config::configuration const good = read(with_guest());
    config::configuration unmade = good;
    unmade.routes.front().kind = routing::match_kind::regex;
    unmade.routes.front().pattern = "(";
    CHECK_FALSE((*made)->swap(unmade).has_value());
    CHECK((*made)->swap(good).has_value());
    CHECK(metrics_at(admin).find("tandem_invalidation_marks{backend=\"guest\"}") != std::string::npos);
    CHECK((*made)->swap(read(yaml(0))).has_value());
    CHECK(wait_until([&] { return metrics_at(admin).find("guest") == std::string::npos; }));
  }
}

TEST_CASE("after a swap to another zone the replica there is read, over the links that there were") {
  memcached_server a, b;
  std::uint16_t const port = free_port();
  auto const in_zone = [&](std::string const& zone) {
    return read(
        fmt::format("listen: [{{address: \"127.0.0.1:{}\"}}]\nworkers: 1\nzone: {}\nbackends:\n"
                    "  a: {{memcached: {{servers: [\"{}\"]}}, timeout: 10s, zone: a}}\n"
                    "  b: {{memcached: {{servers: [\"{}\"]}}, timeout: 10s, zone: b}}\n"
                    "  both: {{replicated: {{to: [a, b], read: zone}}}}\nroutes: [{{to: both}}]\n",
                    port, zone, a.address(), b.address()));
  };
  auto const served = server::process::make(in_zone("a"), "0.1");
  REQUIRE(served.has_value());
  REQUIRE((*served)->start().has_value());
  text_client client(port);
  client.timeout(std::chrono::seconds(30));
  CHECK(client.ask("set k 0 0 1\r\n1\r\n") == "STORED");
  auto const reads_of = [&](memcached_server const& one) {
    std::uint64_t const before = one.stat("cmd_get");
    client.send("get k\r\n");
    CHECK(client.read_until("END\r\n") == "VALUE k 0 1\r\n1\r\nEND\r\n");
    return one.stat("cmd_get") - before;
  };
  CHECK(reads_of(a) == 1);
  CHECK(reads_of(b) == 0);
  // Each look at the statistics is a connection, too.
  std::uint64_t const connections = b.stat("total_connections");
  REQUIRE((*served)->swap(in_zone("b")).has_value());
  CHECK(reads_of(b) == 1);
  CHECK(reads_of(a) == 0);
  CHECK(b.stat("total_connections") == connections + 3);
  (*served)->stop();
}
