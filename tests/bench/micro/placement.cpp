// Where a key goes: the rule that it matches, and its server in a pool of ten.
#include "hashing/server_ring.hpp"
#include "routing/rule_table.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cstdlib>

namespace tandem::bench {

namespace {

constexpr std::size_t key_count = 1024;  // a power of two

std::vector<std::string> some_keys(unsigned prefixes) {
  std::vector<std::string> keys;
  for (unsigned number = 0; number < key_count; ++number) {
    keys.push_back(fmt::format("area{}:{:08}", number * 7919 % prefixes, number));
  }
  return keys;
}

void server_of(benchmark::State& state, hashing::distribution kind) {
  hashing::ring_options options;
  options.distribution = kind;
  options.hash = hashing::default_hash_function(kind);
  for (unsigned number = 1; number <= 10; ++number) {
    options.servers.push_back({fmt::format("10.0.0.{}", number), 11211, {}, 1, {}});
  }
  auto const ring = hashing::server_ring::make(options);
  if (!ring) return state.SkipWithError("no such ring");
  std::vector<std::string> const keys = some_keys(1);
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(ring->server_of(keys[next++ % key_count]));
}

void match_rule(benchmark::State& state) {
  auto const prefixes = static_cast<unsigned>(state.range(0));
  std::vector<routing::rule_options> rules(prefixes + 1);
  for (unsigned number = 0; number < prefixes; ++number) {
    rules[number].kind = routing::match_kind::prefix;
    rules[number].pattern = fmt::format("area{}:", number);
  }
  auto const table = routing::rule_table::make(rules);
  if (!table) return state.SkipWithError("no such table");
  std::vector<std::string> const keys = some_keys(prefixes);
  std::size_t next = 0;
  for (auto _ : state) benchmark::DoNotOptimize(table->match(keys[next++ % key_count]));
}

BENCHMARK_CAPTURE(server_of, ketama, hashing::distribution::ketama);
BENCHMARK_CAPTURE(server_of, ketama_weighted, hashing::distribution::ketama_weighted);
BENCHMARK_CAPTURE(server_of, modula, hashing::distribution::modula);
BENCHMARK_CAPTURE(server_of, jump, hashing::distribution::jump);
BENCHMARK_CAPTURE(server_of, rendezvous, hashing::distribution::rendezvous);
BENCHMARK_CAPTURE(server_of, twemproxy, hashing::distribution::twemproxy);
BENCHMARK_CAPTURE(server_of, dalli, hashing::distribution::dalli);
BENCHMARK_CAPTURE(server_of, pymemcache, hashing::distribution::pymemcache);
BENCHMARK_CAPTURE(server_of, memjs, hashing::distribution::memjs);
BENCHMARK_CAPTURE(server_of, pecl_memcache, hashing::distribution::pecl_memcache);
BENCHMARK_CAPTURE(server_of, ketama_points, hashing::distribution::ketama_points);
BENCHMARK_CAPTURE(server_of, node_memcached, hashing::distribution::node_memcached);
BENCHMARK(match_rule)->ArgName("prefixes")->Arg(10)->Arg(1000);

}  // namespace

}  // namespace tandem::bench
