// Requests as servers get them, and replies as clients do. What was written is forgotten as after a write.
#include "bench/micro/parsers.hpp"
#include "protocol/memcached/meta/request_encoder.hpp"
#include "protocol/memcached/text/reply_encoder.hpp"
#include "protocol/redis/command_writer.hpp"

#include <benchmark/benchmark.h>

namespace tandem::bench {

namespace {

model::request get_request() {
  model::request asked;
  asked.key = base::slice::copy_of(micro_key);
  return asked;
}

model::request set_request(std::size_t size) {
  model::request asked = get_request();
  asked.command = model::verb::set;
  asked.wanted = model::want::nothing;
  asked.value = base::slice::copy_of(value_of(size));
  return asked;
}

model::response hit(std::size_t size) {
  model::response answer;
  answer.value = base::slice::copy_of(value_of(size));
  return answer;
}

void encode_request(benchmark::State& state, model::request const& asked) {
  base::output_buffer output;
  for (auto _ : state) {
    protocol::meta::encode(asked, output);
    benchmark::DoNotOptimize(output.size());
    output.consume(output.size());
  }
}

void encode_command(benchmark::State& state) {
  base::slice const key = base::slice::copy_of(micro_key);
  base::output_buffer output;
  for (auto _ : state) {
    protocol::redis::command_writer(output).command("GET", key);
    benchmark::DoNotOptimize(output.size());
    output.consume(output.size());
  }
}

void encode_reply(benchmark::State& state, model::request const& asked, model::response const& answer) {
  base::output_buffer output;
  for (auto _ : state) {
    protocol::text::encode_reply(asked, answer, output);
    benchmark::DoNotOptimize(output.size());
    output.consume(output.size());
  }
}

BENCHMARK_CAPTURE(encode_request, meta_get, get_request());
BENCHMARK_CAPTURE(encode_request, meta_set_100_bytes, set_request(100));
BENCHMARK_CAPTURE(encode_request, meta_set_10_KiB, set_request(10 * 1024));
BENCHMARK(encode_command)->Name("encode_request/redis_get");
BENCHMARK_CAPTURE(encode_reply, text_value_100_bytes, get_request(), hit(100));
BENCHMARK_CAPTURE(encode_reply, text_value_10_KiB, get_request(), hit(10 * 1024));
BENCHMARK_CAPTURE(encode_reply, text_stored, set_request(100), model::response());

}  // namespace

}  // namespace tandem::bench
