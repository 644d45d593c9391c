// One command of a client, parsed whole: with the copy into the input buffer that stands for the read.
#include "bench/micro/parsers.hpp"
#include "protocol/memcached/binary/request_parser.hpp"
#include "protocol/memcached/text/request_parser.hpp"

#include <benchmark/benchmark.h>

namespace tandem::bench {

namespace {

void parse_text(benchmark::State& state, std::string const& command) {
  protocol::text::request_parser parser({});
  base::input_buffer input;
  receive(input, command);
  if (parser.next(input) >= protocol::text::event::end_of_keys) return state.SkipWithError("refused");
  while (parser.next(input) != protocol::text::event::need_more) continue;
  for (auto _ : state) {
    receive(input, command);
    for (auto found = parser.next(input); found != protocol::text::event::need_more;
         found = parser.next(input)) {
      benchmark::DoNotOptimize(parser.request());
    }
  }
}

std::string keys(unsigned count) {
  std::string all;
  while (count-- > 0) all.append(" ").append(micro_key);
  return all;
}

std::string text_set(std::size_t size) {
  return "set " + std::string(micro_key) + " 0 60 " + std::to_string(size) + "\r\n" + value_of(size) + "\r\n";
}

std::string meta_set(std::size_t size) {
  return "ms " + std::string(micro_key) + " " + std::to_string(size) + " T60\r\n" + value_of(size) + "\r\n";
}

std::string binary_get() {
  std::string packet("\x80\0\0\x0d\0\0\0\0\0\0\0\x0d\0\0\0\0\0\0\0\0\0\0\0\0", 24);
  return packet + std::string(micro_key);
}

void parse_binary(benchmark::State& state, std::string const& packet) {
  protocol::binary::request_parser parser({});
  base::input_buffer input;
  for (auto _ : state) {
    receive(input, packet);
    if (parser.next(input) != protocol::binary::event::request) return state.SkipWithError("refused");
    benchmark::DoNotOptimize(parser.request());
  }
}

BENCHMARK_CAPTURE(parse_text, get, "get " + std::string(micro_key) + "\r\n");
BENCHMARK_CAPTURE(parse_text, get_100_keys, "get" + keys(100) + "\r\n");
BENCHMARK_CAPTURE(parse_text, set_100_bytes, text_set(100));
BENCHMARK_CAPTURE(parse_text, set_10_KiB, text_set(10 * 1024));
BENCHMARK_CAPTURE(parse_text, meta_get, "mg " + std::string(micro_key) + " k v\r\n");
BENCHMARK_CAPTURE(parse_text, meta_set_100_bytes, meta_set(100));
BENCHMARK_CAPTURE(parse_binary, get, binary_get());

}  // namespace

}  // namespace tandem::bench
