// One reply of a server, parsed whole.
#include "bench/micro/parsers.hpp"
#include "protocol/memcached/meta/reply_parser.hpp"
#include "protocol/redis/reply_parser.hpp"

#include <benchmark/benchmark.h>

namespace tandem::bench {

namespace {

template <class Parser>
void parse(benchmark::State& state, Parser& parser, std::string const& reply) {
  base::input_buffer input;
  for (auto _ : state) {
    receive(input, reply);
    if (parser.next(input) != base::parse_status::complete) return state.SkipWithError("no whole reply");
    benchmark::DoNotOptimize(parser.take());
  }
}

void parse_meta(benchmark::State& state, std::string const& reply) {
  protocol::meta::reply_parser parser(1024 * 1024, 1024 * 1024);
  parse(state, parser, reply);
}

void parse_redis(benchmark::State& state, std::string const& reply) {
  protocol::redis::reply_parser parser;
  parse(state, parser, reply);
}

BENCHMARK_CAPTURE(parse_meta, value_100_bytes, "VA 100 f0\r\n" + value_of(100) + "\r\n");
BENCHMARK_CAPTURE(parse_meta, value_10_KiB, "VA 10240 f0\r\n" + value_of(10240) + "\r\n");
BENCHMARK_CAPTURE(parse_meta, stored, "HD\r\n");
BENCHMARK_CAPTURE(parse_meta, miss, "EN\r\n");
BENCHMARK_CAPTURE(parse_redis, bulk_100_bytes, "$100\r\n" + value_of(100) + "\r\n");
BENCHMARK_CAPTURE(parse_redis, bulk_10_KiB, "$10240\r\n" + value_of(10240) + "\r\n");
BENCHMARK_CAPTURE(parse_redis, status, "+OK\r\n");
BENCHMARK_CAPTURE(parse_redis, integer, ":1\r\n");
BENCHMARK_CAPTURE(parse_redis, nil, "$-1\r\n");

}  // namespace

}  // namespace tandem::bench
