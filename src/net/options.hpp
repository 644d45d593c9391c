// Addresses and limits of connections.
#pragma once

#include "policy/options.hpp"

#include <sys/types.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace tandem::net {

/// A TCP host and port, or the path of a Unix socket.
struct endpoint {
  std::string host;        // name or address, without brackets; empty for a Unix socket
  std::uint16_t port = 0;  // 0 for a Unix socket
  std::string path;        // of a Unix socket; empty for TCP

  bool unix_socket() const { return !path.empty(); }

  /// As in the configuration: HOST:PORT, [ADDRESS]:PORT or unix:PATH.
  std::string str() const {
    if (unix_socket()) return "unix:" + path;
    bool const bare_ipv6 = host.find(':') != std::string::npos;
    return (bare_ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
  }

  friend bool operator==(endpoint const&, endpoint const&) = default;
};

/// Connections that the kernel keeps for a listener before it accepts them.
inline constexpr int listen_backlog = 1024;

/// How a TCP peer that says nothing is told from one that is gone: the kernel asks it after `idle`, and every `interval`
/// from then on. A peer that lets `probes` questions go unanswered, or takes nothing of what it is owed for as long as
/// that may last, is given up.
struct keepalive_options {
  std::chrono::seconds idle{60};
  std::chrono::seconds interval{10};
  unsigned probes = 3;

  std::chrono::milliseconds patience() const { return idle + interval * probes; }

  friend bool operator==(keepalive_options const&, keepalive_options const&) = default;
};

/// What clients are told of servers in errors and statistics: everything, or backends' names without addresses.
enum class server_details : std::uint8_t { full, names };

struct listener_options {
  net::endpoint endpoint;
  unsigned mode = 0;                // permission bits of a Unix socket; 0 leaves what the umask gives
  std::optional<uid_t> owner = {};  // of a Unix socket; without it the process's own
  std::optional<gid_t> group = {};
  std::optional<keepalive_options> keepalive = keepalive_options{};  // of a TCP listener's clients
  server_details details = server_details::full;
  std::vector<net::endpoint> announce = {};  // the servers that clients are told to use; empty: none

  friend bool operator==(listener_options const&, listener_options const&) = default;
};

struct upstream_options {
  std::chrono::milliseconds connect_timeout{500};
  std::chrono::milliseconds timeout{200};     // from the request's arrival to its whole answer
  std::chrono::milliseconds backoff_min{50};  // between attempts to connect, doubled each time, with jitter
  std::chrono::milliseconds backoff_max{2000};
  std::size_t connections = 1;                // per worker and server
  std::size_t pending_max = 10000;            // requests that wait for a server's answer, of all workers
  std::size_t late_replies_max = 1024;        // answers past their time-out, still due on one connection
  std::size_t output_max = 64 * 1024 * 1024;  // unsent bytes of one connection
  std::chrono::milliseconds probe_every{
      1000};  // a server that nothing was heard of for so long is asked how it is
  std::chrono::milliseconds resolve_every{30'000};  // the name of a server that is connected to; 0: never
  policy::breaker_options breaker = {};
  policy::retry_options retry = {};

  /// A server that completed no reply for so long, while a request timed out, is taken for gone or out of step.
  std::chrono::milliseconds silence_max() const {
    return std::max(2 * timeout, std::chrono::milliseconds(1000));
  }

  /// What is agreed with the server: how long a request may take travels with the request.
  upstream_options without_timeout() const {
    upstream_options agreed = *this;
    agreed.timeout = std::chrono::milliseconds(0);
    return agreed;
  }

  friend bool operator==(upstream_options const&, upstream_options const&) = default;
};

}  // namespace tandem::net
