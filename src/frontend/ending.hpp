// Why a client's connection has ended. Each is counted once, by these names, in
// tandem_client_connections_ended_total.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace tandem::frontend {

enum class ending : std::uint8_t {
  closed,         // the client has closed it
  quit,           // the client has asked for it
  broken,         // reset by the client, or another of the system's errors
  unresponsive,   // given up by the system: nothing came back for the keepalive's time
  idle,           // limits.idle_timeout
  stalled,        // limits.receive_timeout, in the middle of a command
  not_reading,    // limits.receive_timeout, in which the client took less than 16 KiB of what it is owed
  line_too_long,  // limits.line, or 2048 bytes
  http,           // a request of that protocol
  malformed,      // a binary packet after which nothing can be told apart any more
  memory,  // limits.memory is short: held much and did not get on, or waited for limits.receive_timeout
  limit,   // limits.connections
  address_limit,  // limits.connections_per_address
  drain,          // the process is to stop
};

inline constexpr std::array<std::string_view, 14> ending_names{
    "closed",        "quit", "broken",    "unresponsive", "idle",  "stalled",       "not_reading",
    "line_too_long", "http", "malformed", "memory",       "limit", "address_limit", "drain"};
inline constexpr std::size_t ending_count = ending_names.size();
static_assert(static_cast<std::size_t>(ending::drain) + 1 == ending_count);

}  // namespace tandem::frontend
