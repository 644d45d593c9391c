#include "unit/config/loading.hpp"

namespace tandem::config {

TEST_CASE("every limit is read") {
  frontend::limits_options const limits =
      good(
          "limits: {connections: 10, connections_per_address: 5, value: 2MiB, key: 100, memory: 3MiB, line: "
          "4KiB, in_flight: 500, in_flight_per_client: 50, in_flight_per_server: 70, output: 6KiB, "
          "receive_timeout: 5s, idle_timeout: "
          "10m}" +
          memory_backend)
          .limits;
  CHECK(limits.connections == 10);
  CHECK(limits.connections_per_address == 5);
  CHECK(limits.value == 2 << 20);
  CHECK(limits.key == 100);
  CHECK(limits.memory == 3 << 20);
  CHECK(limits.line == 4096);
  CHECK(limits.in_flight == 500);
  CHECK(limits.in_flight_per_client == 50);
  CHECK(limits.in_flight_per_server == 70);
  CHECK(limits.output == 6144);
  CHECK(limits.receive_timeout == std::chrono::seconds(5));
  CHECK(limits.idle_timeout == std::chrono::minutes(10));
  CHECK(good("limits: {idle_timeout: off}" + memory_backend).limits.idle_timeout.count() == 0);
  CHECK(good("limits: {key: 9}" + memory_backend).limits.idle_timeout.count() == 0);
  CHECK(good("limits: {connections_per_address: off}" + memory_backend).limits.connections_per_address == 0);
}

TEST_CASE("what limits.in_flight_per_client was called before is taken, with a warning") {
  configuration const read = good("limits: {pipeline: 20}" + memory_backend);
  CHECK(read.limits.in_flight_per_client == 20);
  CHECK(as_text(read.warnings) ==
        std::vector<std::string>{"t.yaml:1:20: limits.pipeline is called in_flight_per_client now"});
}

TEST_CASE("one server may have three quarters of what may be in flight, unless the file says otherwise") {
  CHECK(good("limits: {in_flight: 500}" + memory_backend).limits.in_flight_per_server == 375);
  CHECK(good("limits: {key: 9}" + memory_backend).limits.in_flight_per_server == 15'000);
  configuration const read = good(
      "limits: {in_flight_per_server: 30}\nbackends:\n  pool: {memcached: {servers: [\"a:1\"]}}\nroutes: "
      "[{to: pool}]\n");
  CHECK(read.backends.at(0).upstream.pending_max == 30);
}

TEST_CASE("limits are accepted up to their bounds and refused beyond") {
  CHECK(errors_of("limits: {key: 250, connections: 1000000, line: 2KiB}" + memory_backend).empty());
  check_each({
      {"limits: {key: 251}" + memory_backend,
       {"t.yaml:1:15: limits.key: 251 is out of range; write 1 to 250"}},
      {"limits: {key: 0}" + memory_backend, {"t.yaml:1:15: limits.key: 0 is out of range; write 1 to 250"}},
      {"limits: {connections: 1000001}" + memory_backend,
       {"t.yaml:1:23: limits.connections: 1000001 is out of range; write 1 to 1000000"}},
      {"limits: {connections: 10k}" + memory_backend,
       {"t.yaml:1:23: limits.connections: \"10k\" is not a whole number; write digits only"}},
      {"limits: {value: 2GiB}" + memory_backend,
       {"t.yaml:1:17: limits.value: 2GiB is out of range; write 1 to 1GiB"}},
      {"limits: {line: 2047}" + memory_backend,
       {"t.yaml:1:16: limits.line: 2047 is out of range; write 2KiB to 64MiB"}},
      {"limits: {output: 1}" + memory_backend,
       {"t.yaml:1:18: limits.output: 1 is out of range; write 4KiB to 1GiB"}},
      {"limits: {in_flight: 1}" + memory_backend,
       {"t.yaml:1:21: limits.in_flight: 1 is out of range; write 16 to 10000000"}},
      {"limits: {in_flight_per_client: 0}" + memory_backend,
       {"t.yaml:1:32: limits.in_flight_per_client: 0 is out of range; write 16 to 1000000"}},
      {"limits: {pipeline: 0}" + memory_backend,
       {"t.yaml:1:20: limits.pipeline: 0 is out of range; write 16 to 1000000"}},
      {"limits: {pipeline: 20, in_flight_per_client: 30}" + memory_backend,
       {"t.yaml:1:20: limits.pipeline: is called in_flight_per_client now; leave it out"}},
      {"limits: {memory: 1MiB, value: 2MiB}" + memory_backend,
       {"t.yaml:1:9: limits: memory (1MiB) does not hold one value (2MiB); raise memory, or lower value"}},
      {"limits: {idle_timeout: 0s}" + memory_backend,
       {"t.yaml:1:24: limits.idle_timeout: 0s is out of range; write 1ms to 30d"}},
      {"limits: {memmory: 1MiB}" + memory_backend,
       {"t.yaml:1:10: limits: unknown key \"memmory\", did you mean \"memory\"?"}},
  });
}

}  // namespace tandem::config
