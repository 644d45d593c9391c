#include "model/limits.hpp"

#include "config/section/sections.hpp"
#include "config/section_reader.hpp"

namespace tandem::config {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t kib = 1024;
constexpr std::size_t mib = 1024 * kib;
constexpr std::size_t gib = 1024 * mib;

void read_connections_per_address(section_reader const& keys, std::size_t& most) {
  node const* const value = keys.find("connections_per_address");
  if (!value) return;
  bool const off = value->is_scalar() && value->text("a number, or off") == "off";
  if (off) most = 0;
  if (!off) keys.read_number<std::size_t>("connections_per_address", most, {1, 1'000'000});
}

void read_idle_timeout(section_reader const& keys, std::chrono::milliseconds& idle) {
  node const* const value = keys.find("idle_timeout");
  if (!value) return;
  bool const off = value->is_scalar() && value->text("a time, or off") == "off";
  if (off) idle = 0ms;
  if (!off) keys.read_duration("idle_timeout", idle, {1ms, std::chrono::days(30)});
}

/// `pipeline` is what it was called before there were limits for all clients.
void read_in_flight_per_client(node const& section, section_reader const& keys, std::size_t& each) {
  constexpr range<std::size_t> allowed{16, 1'000'000};
  node const* const former = keys.find("pipeline");
  if (!former) {
    keys.read_number<std::size_t>("in_flight_per_client", each, allowed);
    return;
  }
  keys.read_number<std::size_t>("pipeline", each, allowed);
  if (keys.find("in_flight_per_client"))
    return former->error("is called in_flight_per_client now; leave it out");
  section.shared().found.warning(former->at(), "limits.pipeline is called in_flight_per_client now");
}

}  // namespace

frontend::limits_options read_limits(node const& section) {
  frontend::limits_options limits;
  section_reader const keys(section, {"connections", "connections_per_address", "value", "key", "memory",
                                      "line", "in_flight", "in_flight_per_client", "in_flight_per_server",
                                      "pipeline", "output", "receive_timeout", "idle_timeout"});
  keys.read_number<std::size_t>("connections", limits.connections, {1, 1'000'000});
  read_connections_per_address(keys, limits.connections_per_address);
  keys.read_size("value", limits.value, {1, gib});
  keys.read_size("key", limits.key, {1, model::key_size_max});
  keys.read_size("memory", limits.memory, {mib, 1024 * gib});
  keys.read_size("line", limits.line, {2 * kib, 64 * mib});
  keys.read_number<std::size_t>("in_flight", limits.in_flight, {16, 10'000'000});
  read_in_flight_per_client(section, keys, limits.in_flight_per_client);
  // More than the half that is paused for, or what should wait would be refused.
  limits.in_flight_per_server = limits.in_flight / 4 * 3;
  keys.read_number<std::size_t>("in_flight_per_server", limits.in_flight_per_server, {1, 10'000'000});
  keys.read_size("output", limits.output, {4 * kib, gib});
  keys.read_duration("receive_timeout", limits.receive_timeout, {1ms, 24h});
  read_idle_timeout(keys, limits.idle_timeout);
  if (limits.memory < limits.value) {
    section.error(fmt::format("memory ({}) does not hold one value ({}); raise memory, or lower value",
                              format_size(limits.memory), format_size(limits.value)));
  }
  return limits;
}

}  // namespace tandem::config
