#include "bench/options.hpp"

#include "bench/dialect.hpp"

#include <CLI/CLI.hpp>

#include <cstdlib>

namespace tandem::bench {

namespace {

void describe(CLI::App& line, options& wanted) {
  line.add_option("--address", wanted.address, "HOST:PORT or unix:PATH")->required();
  line.add_option("--protocol", wanted.protocol)
      ->check(CLI::IsMember({"text", "absent", "meta", "binary", "redis"}));
  line.add_option("--key-prefix", wanted.key_prefix);
  line.add_option("--connections", wanted.connections)->check(CLI::PositiveNumber);
  line.add_option("--pipeline", wanted.pipeline, "requests sent together")->check(CLI::PositiveNumber);
  line.add_option("--keys", wanted.keys)->check(CLI::Range(1, 10'000'000));
  line.add_option("--value-size", wanted.value_size, "bytes")->check(CLI::PositiveNumber);
  line.add_option("--keys-per-get", wanted.keys_per_get)->check(CLI::Range(1U, dialect::keys_max));
  line.add_option("--gets", wanted.gets, "to so many...");
  line.add_option("--sets", wanted.sets, "...of these");
  line.add_option("--warm-up", wanted.warm_up, "seconds that do not count");
  line.add_option("--seconds", wanted.seconds)->check(CLI::PositiveNumber);
  line.add_option("--requests", wanted.requests, "exactly so many, instead of a time");
  line.add_option("--rate", wanted.rate, "requests per second, sent when due");
  line.add_flag("--fill", wanted.fill, "set each key once");
  line.add_option("--idle", wanted.idle, "connections besides, which have asked once");
  line.add_flag("--one-stuck", wanted.one_stuck, "one connection besides, which asks and never reads");
  line.add_option("--watch", wanted.watch, "process ids whose processor time and memory to tell");
}

/// What no single option can check; empty if all is well.
std::string contradiction(options const& wanted) {
  if (wanted.gets + wanted.sets == 0) return "--gets and --sets are both 0";
  if (wanted.keys_per_get > wanted.keys) return "--keys-per-get exceeds --keys";
  bool const many = wanted.protocol == "text" || wanted.protocol == "absent";
  if (wanted.keys_per_get > 1 && !many) return "--keys-per-get is for --protocol text or absent";
  if (wanted.rate > 0 && wanted.pipeline > 1) return "--rate is for --pipeline 1";
  return {};
}

}  // namespace

options read_options(int argc, char** argv) {
  CLI::App line(
      "Drives a cache or a proxy from one thread, checks every reply, and prints one line of JSON.");
  options wanted;
  describe(line, wanted);
  try {
    line.parse(argc, argv);
    if (std::string const wrong = contradiction(wanted); !wrong.empty()) throw CLI::ValidationError(wrong);
  } catch (CLI::ParseError const& problem) {
    std::exit(line.exit(problem));
  }
  if (wanted.fill) wanted.requests = wanted.keys;
  return wanted;
}

}  // namespace tandem::bench
