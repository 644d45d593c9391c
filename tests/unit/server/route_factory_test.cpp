// Which routes a configuration becomes, and what they may take. Nothing is connected to.
#include "server/route_factory.hpp"

#include "server/generation.hpp"
#include "unit/config/loading.hpp"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace tandem::server {
namespace {

using namespace std::chrono_literals;

struct built {
  explicit built(std::string_view yaml)
      : in(*generation::make(config::good(yaml), clock, registry, names)),
        tree(*make_routes(in->settings, {reactor, registry.add_worker(), health, links, clock, in->stores,
                                         in->missed, in->missed_by_server, in->queues, in->flushes,
                                         in->watches, in->stale, in->masters})) {}
  ~built() { tree.clear(); }

  /// Of all kinds, the rules' included.
  std::size_t routes() const { return model::all_below(tree.root()).size(); }

  /// What a request for the key may take; none: as long as it likes.
  std::optional<base::duration> time_for(std::string_view key) {
    model::request asked;
    asked.key = base::slice::copy_of(key);
    model::request_context context{reactor.clock()};
    base::time_point const now = context.clock.now();
    auto const unstarted = tree.root().handle(asked, context);
    return context.has_deadline() ? std::optional(context.deadline - now) : std::nullopt;
  }

  base::manual_clock clock;
  metrics::registry registry;
  net::server_health health;
  names_in_use names{registry};
  std::shared_ptr<generation const> const in;
  net::reactor reactor{clock};
  net::link_registry links{reactor};
  model::route_tree tree;
};

std::string const servers = R"(backends:
  pool: {memcached: {servers: ["127.0.0.1:1"]}, timeout: 150ms}
  far: {redis: {server: "127.0.0.1:2"}, timeout: 400ms}
  flushed: {redis: {server: "127.0.0.1:2", flush: flushdb}}
  lenient: {memcached: {servers: ["127.0.0.1:1"]}, on_failure: miss}
  memory: {memory: {}}
)";
std::string const tiers = R"(  near: {memcached: {servers: ["127.0.0.1:3"]}, timeout: 200ms}
  both: {tiered: {l1: near, l2: far}}
)";

}  // namespace

TEST_CASE("a backend is made when it is named, once, with what its options need in front of it") {
  struct row {
    std::string what;
    std::string yaml;
    std::size_t routes;  // beside the rules'
  };
  for (row const& each : {
           row{"a pool", servers + "routes: [{to: pool}]", 1},
           {"named twice", servers + "routes: [{prefix: a, to: pool}, {to: pool}]", 1},
           {"two", servers + "routes: [{prefix: a, to: pool}, {to: memory}]", 2},
           {"with flushes that wait", servers + "routes: [{to: flushed}]", 2},
           {"with misses for failures", servers + "routes: [{to: lenient}]", 2},
           {"a split and what it names",
            servers + "  apart: {split: {get: pool, set: pool, default: memory}}\nroutes: [{to: apart}]", 3},
           {"a failover and those who stand in",
            servers + "  safe: {failover: {to: [pool, far, memory]}}\nroutes: [{to: safe}]", 5},
           {"one that joins gets", servers + "  merged: {coalesce: {to: pool}}\nroutes: [{to: merged}]", 2},
           {"one that copies",
            servers + "  watched: {shadow: {to: pool, copy_to: far}}\nroutes: [{to: watched}]", 3},
           {"replicas, and the order on a key",
            servers + "  twice: {replicated: {to: [pool, memory]}}\nroutes: [{to: twice}]", 4},
           {"tiers: both, and the order on a key", servers + tiers + "routes: [{to: both}]", 4},
           {"tiers whose L1 has a rule of its own: with numbers of the server's alone",
            servers + tiers + "routes: [{prefix: raw, to: near}, {to: both}]", 5},
           {"tiers that write back: frames and the queue, too",
            servers + tiers +
                "  back: {tiered: {l1: near, l2: far, write: back, queue: {items: 100, bytes: "
                "1MiB}}}\nroutes: [{to: back}]",
            6},
       }) {
    INFO(each.what);
    built const made(each.yaml);
    CHECK(made.routes() == each.routes + 1);
  }
}

TEST_CASE("tiers are made though no rule names them, for what may still be in their queue") {
  built const made(servers + tiers + "routes: [{to: memory}]");
  CHECK(made.routes() == 2);  // below the rules
  CHECK_FALSE(made.tree.busy());
}

TEST_CASE("a request may take what its rule says, or what the servers behind it need") {
  built made(servers + tiers + R"(  wide: {split: {get: pool, default: far}}
  over: {tiered: {l1: memory, l2: far}}
  safe: {failover: {to: [both, wide, memory]}}
  merged: {coalesce: {to: safe}}
  twice: {replicated: {to: [pool, far]}}
  watched: {shadow: {to: pool, copy_to: far}}
routes:
  - {prefix: "pool:", to: pool}
  - {prefix: "short:", to: pool, deadline: 20ms}
  - {prefix: "long:", to: memory, deadline: 3s}
  - {prefix: "memory:", to: memory}
  - {prefix: "wide:", to: wide}
  - {prefix: "over:", to: over}
  - {prefix: "safe:", to: safe}
  - {prefix: "merged:", to: merged}
  - {prefix: "twice:", to: twice}
  - {prefix: "watched:", to: watched}
  - {to: both}
)");
  struct row {
    std::string key;
    std::optional<base::duration> time;
  };
  for (row const& each :
       {row{"pool:1", 150ms}, row{"short:1", 20ms}, row{"long:1", 3s}, row{"memory:1", std::nullopt},
        row{"wide:1", 400ms}, row{"over:1", 600ms}, row{"safe:1", 1s}, row{"merged:1", 1s},
        row{"twice:1", 550ms}, row{"watched:1", 150ms}, row{"1", 600ms}}) {
    INFO(each.key);
    CHECK(made.time_for(each.key) == each.time);
  }
}

}  // namespace tandem::server
