#include "unit/config/loading.hpp"

namespace tandem::config {

using namespace std::chrono_literals;

namespace {

/// A file whose backends section is `body`, each line of which is indented by the caller.
std::string with_backends(std::string const& body) { return "routes: [{to: m}]\nbackends:\n" + body; }

}  // namespace

TEST_CASE("backends keep the file's order, their position and their time-outs") {
  configuration const read = good(R"(backends:
  zebra:
    memcached: {servers: [a:1], connections: 3}
    connect_timeout: 1s
    timeout: 50ms
  m: {memory: {size: 1MiB}}
  r: {redis: {server: a:1, connections: 2}}
routes: [{prefix: r, to: r}, {prefix: z, to: zebra}, {to: m}]
)");
  REQUIRE(read.backends.size() == 3);
  CHECK(read.backends[0].name == "zebra");
  CHECK(read.backends[0].position == position{2, 3});
  CHECK(read.backends[0].upstream.connect_timeout == 1s);
  CHECK(read.backends[0].upstream.timeout == 50ms);
  CHECK(read.backends[0].upstream.connections == 3);
  CHECK(read.backends[1].name == "m");
  CHECK(read.backends[1].position == position{6, 3});
  CHECK(std::get<backend::memory::memory_options>(read.backends[1].kind).size == 1 << 20);
  CHECK(read.backends[2].upstream.connections == 2);
  CHECK(read.backends[2].upstream.timeout == net::upstream_options{}.timeout);
}

TEST_CASE("what a failed read answers is error unless it is said, and is of no use where no rule leads") {
  configuration const read = good(R"(backends:
  pool: {memcached: {servers: [a:1]}, on_failure: miss}
  store: {redis: {server: a:1}, on_failure: error}
  both: {tiered: {l1: near, l2: store}, on_failure: miss}
  near: {memcached: {servers: [a:1]}, on_failure: miss}
routes: [{prefix: p, to: pool}, {to: both}]
)");
  using enum routing::on_failure;
  CHECK(read.backends[0].on_failure == miss);
  CHECK(read.backends[1].on_failure == error);
  CHECK(read.backends[2].on_failure == miss);
  REQUIRE(read.warnings.size() == 1);
  CHECK(read.warnings[0].str() ==
        "t.yaml:5:3: backends.near: on_failure is about keys that a rule sends here, and none does; "
        "write it in the backend that names this one");
}

TEST_CASE("mistakes in backends are reported") {
  std::string const kinds = "memcached, redis, memory, tiered, split, failover, coalesce, shadow, replicated";
  check_each({
      {"backends: {}\nroutes: [{to: m}]\n",
       {"t.yaml:1:11: backends: is empty; write NAME: {memory: {size: 64MiB}}, say"}},
      {"backends: [m]\nroutes: [{to: m}]\n",
       {"t.yaml:1:11: backends: is a sequence; write NAME: {memory: {size: 64MiB}}, say"}},
      {with_backends("  m: {}\n"), {"t.yaml:3:6: backends.m: has no kind; write one of " + kinds}},
      {with_backends("  m:\n"), {"t.yaml:3:3: backends.m: has no value; write NAME: VALUE lines"}},
      {with_backends("  m: {memroy: {}}\n"),
       {"t.yaml:3:7: backends.m: unknown key \"memroy\", did you mean \"memory\"?"}},
      {with_backends("  m: {memory: {}, redis: {server: a:1}}\n"),
       {"t.yaml:3:6: backends.m: has several kinds; keep one of " + kinds}},
      {with_backends("  m: {memory: {}}\n  m: {memory: {}}\n"),
       {"t.yaml:4:3: backends: \"m\" is given twice, first in line 3; keep one"}},
      {with_backends("  m: {memory: {}}\n  m/2: {memory: {}}\n"),
       {"t.yaml:4:3: backends: \"m/2\" cannot name a backend; write up to 64 of a-z A-Z 0-9 _ - ."}},
      {with_backends("  m:\n    memory: {}\n    on_failure: miss\n"),
       {"t.yaml:5:17: backends.m.on_failure: a memory backend never fails; remove it"}},
      {with_backends("  m:\n    memcached: {servers: [a:1]}\n    on_failure: mis\n"),
       {"t.yaml:5:17: backends.m.on_failure: unknown value \"mis\", did you mean \"miss\"?"}},
      {with_backends("  m:\n    memory: {}\n    timeout: 1s\n"),
       {"t.yaml:5:14: backends.m.timeout: a memory backend never waits; remove it"}},
      {with_backends("  m:\n    memcached: {servers: [a:1]}\n    timeout: 0s\n    connect_timeout: 2h\n"),
       {"t.yaml:5:14: backends.m.timeout: 0s is out of range; write 1ms to 1h",
        "t.yaml:6:22: backends.m.connect_timeout: 2h is out of range; write 1ms to 1h"}},
  });
}

TEST_CASE("what becomes of servers that fail is set for each backend that has any") {
  configuration const read = good(with_backends(
      "  m:\n    memcached: {servers: [a:1]}\n    retry: {attempts: 2, budget: 5%, budget_min: 0}\n"
      "    circuit_breaker: {failures: 3, open: 2s, max_open: 1m, flap_window: 10s, flap_max: 2h, return: "
      "[50%, 100%]}\n"
      "    probe: {every: 500ms}\n"));
  net::upstream_options const& upstream = read.backends.at(0).upstream;
  CHECK(upstream.retry == policy::retry_options{2, 5, 0});
  CHECK(upstream.breaker == policy::breaker_options{3,
                                                    std::chrono::seconds(2),
                                                    std::chrono::minutes(1),
                                                    std::chrono::seconds(10),
                                                    std::chrono::hours(2),
                                                    {50, 100}});
  CHECK(upstream.probe_every == std::chrono::milliseconds(500));
}

TEST_CASE("the names of servers are looked up every 30 seconds, or as often as the file says") {
  auto const resolved = [](std::string const& more) {
    configuration const read = good(with_backends("  m:\n    memcached: {servers: [a:1]}\n" + more));
    return read.backends.at(0).upstream.resolve_every;
  };
  CHECK(resolved("") == std::chrono::seconds(30));
  CHECK(resolved("    resolve: 5m\n") == std::chrono::minutes(5));
  CHECK(resolved("    resolve: off\n") == std::chrono::seconds(0));
}

TEST_CASE("mistakes about servers that fail are reported where they are") {
  auto const pool = [](std::string const& guard) {
    return with_backends("  m:\n    memcached: {servers: [a:1]}\n    " + guard + "\n");
  };
  std::string const steps = "a sequence of shares that rise to 100%, such as [5%, 20%, 50%, 100%]";
  check_each({
      {pool("retry: {attempts: 6}"),
       {"t.yaml:5:23: backends.m.retry.attempts: 6 is out of range; write 0 to 5"}},
      {pool("retry: {budget: 20}"),
       {"t.yaml:5:21: backends.m.retry.budget: \"20\" is no share; write a whole number with %, such as "
        "20%"}},
      {pool("retry: {budget: 101%}"),
       {"t.yaml:5:21: backends.m.retry.budget: \"101%\" is more than all; write 100% at most"}},
      {pool("circuit_breaker: {failures: 0}"),
       {"t.yaml:5:33: backends.m.circuit_breaker.failures: 0 is out of range; write 1 to 1000000"}},
      {pool("circuit_breaker: {open: 1m, max_open: 30s}"),
       {"t.yaml:5:43: backends.m.circuit_breaker.max_open: is less than open, 1m; write that or more"}},
      {pool("circuit_breaker: {flap_window: 1h, flap_max: 30s}"),
       {"t.yaml:5:50: backends.m.circuit_breaker.flap_max: is less than flap_window, 1h; write that or "
        "more"}},
      {pool("circuit_breaker: {return: [5%, 20%]}"),
       {"t.yaml:5:31: backends.m.circuit_breaker.return: ends before all is back; let the last one be 100%"}},
      {pool("circuit_breaker: {return: [0%, 100%]}"),
       {"t.yaml:5:32: backends.m.circuit_breaker.return[0]: brings nothing back; write 1% or more"}},
      {pool("circuit_breaker: {return: [20%, 20%, 100%]}"),
       {"t.yaml:5:37: backends.m.circuit_breaker.return[1]: is not more than the 20% before it; write " +
        steps}},
      {pool("probe: {every: 1ms}"),
       {"t.yaml:5:20: backends.m.probe.every: 1ms is out of range; write 10ms to 1h"}},
      {pool("resolve: 1ms"), {"t.yaml:5:14: backends.m.resolve: 1ms is out of range; write 1s to 1d"}},
      {with_backends("  m:\n    memory: {}\n    resolve: 1s\n"),
       {"t.yaml:5:14: backends.m.resolve: belongs to a backend that has servers; remove it, or write it "
        "there"}},
      {with_backends("  m:\n    memory: {}\n    probe: {every: 1s}\n"),
       {"t.yaml:5:12: backends.m.probe: belongs to a backend that has servers; remove it, or write it "
        "there"}},
  });
}

}  // namespace tandem::config
