// The HTTP endpoint for operators and Prometheus.
#pragma once

#include "net/options.hpp"

#include <chrono>
#include <cstddef>

namespace tandem::admin {

struct admin_options {
  bool enabled = false;
  net::endpoint endpoint;
  bool invalidate = false;                         // whether POST /invalidate is served
  std::size_t connections_max = 64;                // further ones wait to be accepted
  std::size_t request_bytes_max = 8192;            // of a request's header, and again of its body
  std::chrono::milliseconds idle_timeout{10'000};  // for a whole request to come, and for its answer to go
};

}  // namespace tandem::admin
