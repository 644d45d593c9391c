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

TEST_CASE("what this version does not build is refused with what to do instead") {
  std::string const refused = "\" is not supported by this version; ";
  check_each({
      {with_backends("  m:\n    memcached: {servers: [a:1]}\n    retry: {attempts: 1, budget: 20%}\n"
                     "    circuit_breaker: {failures: 5}\n"),
       {"t.yaml:5:5: backends.m: \"retry" + refused + "remove it; each request is tried once",
        "t.yaml:6:5: backends.m: \"circuit_breaker" + refused +
            "remove it; a server that is down is asked again with backoff"}},
  });
}

}  // namespace tandem::config
