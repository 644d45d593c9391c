// bench_load: drives a cache or a proxy, checks every reply, and prints one line of JSON; see scripts/bench.
#include "bench/load.hpp"

#include <fmt/format.h>

#include <exception>

namespace {

using namespace tandem::bench;

std::string json_of(watched_process const& one) {
  return fmt::format(R"({{"cpu_ns":{},"start_kib":{},"idle_kib":{},"resident_kib":{},"peak_kib":{}}})",
                     one.after.cpu_ns - one.before.cpu_ns, one.at_start.resident_kib,
                     one.with_idle.resident_kib, one.after.resident_kib, one.after.peak_kib);
}

std::string json_of(figures const& found) {
  double const seconds = static_cast<double>(found.elapsed_ns) / 1e9;
  auto const in_us = [&](double percent) {
    return static_cast<double>(found.latency_ns.percentile(percent)) / 1e3;
  };
  std::string watched;
  for (watched_process const& one : found.watched) watched += (watched.empty() ? "" : ",") + json_of(one);
  return fmt::format(
      R"({{"requests":{},"seconds":{:.6f},"per_second":{:.1f},"p50_us":{:.1f},"p99_us":{:.1f},"max_us":{:.1f},)"
      R"("generator_cpu_ns":{},"babbled":{},"watched":[{}]}})",
      found.requests, seconds, static_cast<double>(found.requests) / seconds, in_us(50), in_us(99),
      in_us(100), found.own_cpu_ns, found.babbled, watched);
}

}  // namespace

int main(int argc, char** argv) {
  options const wanted = read_options(argc, argv);
  try {
    load driven(wanted);
    fmt::print("{}\n", json_of(driven.run()));
  } catch (std::exception const& problem) {
    fmt::print(stderr, "bench_load: {}: {}\n", wanted.address, problem.what());
    return 1;
  }
  return 0;
}
