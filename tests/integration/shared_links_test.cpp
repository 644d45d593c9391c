// Backends that name the same servers share the connections to them, if they do so on the same terms.
#include "support/catch.hpp"
#include "support/memcached_server.hpp"
#include "support/redis_server.hpp"
#include "support/tandem_daemon.hpp"
#include "support/wait_until.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>

using namespace tandem::test;

namespace {

/// Two pools and two Redis backends, each with rules of its own; `terms` are keys of the second of each.
std::string configuration(memcached_server const& cache, redis_server const& store,
                          std::string const& terms) {
  return fmt::format(R"(workers: 1
backends:
  pool_a: {{memcached: {{servers: ["{0}"]}}, timeout: 10s}}
  pool_b: {{memcached: {{servers: ["{0}"]}}, {2}}}
  redis_a: {{redis: {{server: "{1}", key_prefix: "a:"}}, timeout: 10s}}
  redis_b: {{redis: {{server: "{1}", key_prefix: "b:"}}, {2}}}
routes:
  - {{prefix: "pa", to: pool_a}}
  - {{prefix: "pb", to: pool_b}}
  - {{prefix: "ra", to: redis_a}}
  - {{to: redis_b}}
)",
                     cache.address(), store.address(), terms);
}

void use_all(tandem_daemon const& tandem) {
  text_client client = tandem.connect();
  for (std::string const key : {"pa", "pb", "ra", "rb"}) {
    CHECK(client.ask("set " + key + " 0 0 2\r\n" + key + "\r\n") == "STORED");
    CHECK(client.converse("get " + key + "\r\n") == fmt::format("VALUE {0} 0 2\r\n{0}\r\nEND\r\n", key));
  }
}

std::size_t count(std::string const& text, std::string const& part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

/// Those of clients beside the one that asks.
std::size_t connections(redis_server& store) {
  std::string const all = store.command({"CLIENT", "LIST", "TYPE", "normal"}).text;
  return static_cast<std::size_t>(std::ranges::count(all, '\n')) - 1;
}
std::size_t connections(memcached_server const& cache) { return cache.stat("curr_connections"); }

}  // namespace

TEST_CASE("servers that several backends name have one set of connections, or one for each kind of terms") {
  struct row {
    std::string terms;
    std::size_t sets;
  };
  for (row const& each :
       {row{"timeout: 10s", 1}, row{"timeout: 9s", 1}, row{"timeout: 10s, connect_timeout: 400ms", 2}}) {
    INFO(each.terms);
    memcached_server cache;
    redis_server store;
    std::size_t const before = connections(cache);
    tandem_daemon const tandem(configuration(cache, store, each.terms));
    use_all(tandem);
    CHECK(connections(cache) - before == each.sets);
    CHECK(connections(store) == each.sets);
    // Nothing is counted twice.
    CHECK(tandem.metric("tandem_server_connections") == 2.0 * static_cast<double>(each.sets));
    CHECK(tandem.metric("tandem_server_connections", {{"backend", "pool_a"}}) == 1);
    CHECK(tandem.metric("tandem_server_connections", {{"backend", "pool_b"}}) ==
          static_cast<double>(each.sets) - 1);
    CHECK(tandem.metric("tandem_requests_total", {{"backend", "pool_b"}, {"outcome", "ok"}}) == 2);
  }
}

TEST_CASE("the death of a server that several backends name is one line, and is shown for each of them") {
  memcached_server cache;
  redis_server store;
  tandem_daemon const tandem(configuration(cache, store, "timeout: 10s"));
  use_all(tandem);
  cache.kill();
  store.kill();
  text_client client = tandem.connect();
  auto const fails = [&](std::string const& key, std::string const& backend) {
    return wait_until([&] {
      return client.ask("set " + key + " 0 0 1\r\nv\r\n").starts_with("SERVER_ERROR backend " + backend);
    });
  };
  CHECK(fails("pa", "pool_a server"));
  CHECK(fails("pb", "pool_b server"));
  CHECK(fails("ra", "redis_a server"));
  CHECK(fails("rb", "redis_b server"));
  for (std::string const backend : {"pool_a", "pool_b", "redis_a", "redis_b"}) {
    INFO(backend);
    CHECK(wait_until([&] { return tandem.metric("tandem_server_trouble", {{"backend", backend}}) == 1; }));
  }
  cache.start();
  store.start();
  CHECK(wait_until([&] { return tandem.metric("tandem_server_trouble") == 0; }));
  use_all(tandem);
  std::string const log = tandem.log();
  CHECK(count(log, " is down: ") == 2);
  CHECK(count(log, " is well again") == 2);
  CHECK(count(log, fmt::format("backend pool_a server {0}, backend pool_b server {0} is down: ",
                               cache.address())) == 1);
}
