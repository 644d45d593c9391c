// The HTTP endpoint for operators and Prometheus.
#pragma once

#include "net/options.hpp"

#include <chrono>
#include <cstddef>

namespace tandem::admin {

struct admin_options {
  bool enabled = false;
  net::endpoint endpoint;
  bool invalidate = false;                           // whether POST /invalidate is served
  std::size_t connections_max = 64;                  // the next pushes out an older one
  std::size_t connections_per_address_max = 16;      // likewise; not over a Unix socket
  std::size_t request_bytes_max = 8192;              // of a request's header, and again of its body
  std::chrono::milliseconds request_timeout{2'000};  // of a request that has begun, and of the first
  std::chrono::milliseconds idle_timeout{10'000};    // between requests, and for an answer to go

  friend bool operator==(admin_options const&, admin_options const&) = default;
};

}  // namespace tandem::admin
