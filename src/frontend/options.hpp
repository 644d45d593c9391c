// Limits of the client side.
#pragma once

#include "model/limits.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tandem::frontend {

struct limits_options {
  std::size_t connections = 10000;
  std::size_t connections_per_address = 0;   // 0: as many as there may be
  std::size_t value = 1024 * 1024;           // bytes of one value
  std::size_t key = model::key_size_max;     // bytes of one key
  std::size_t memory = 256 * 1024 * 1024;    // bytes in buffers, all workers together
  std::size_t line = 1024 * 1024;            // bytes of a get line with many keys
  std::size_t in_flight = 20000;             // replies that all clients together may be waiting for
  std::size_t in_flight_per_client = 1000;   // and one connection
  std::size_t in_flight_per_server = 15000;  // requests that wait for one server, of all clients
  std::chrono::milliseconds receive_timeout =
      std::chrono::seconds(60);               // for 16 KiB sent or taken, or for room
  std::chrono::milliseconds idle_timeout{0};  // between commands; 0: for ever
  std::size_t output = 1024 * 1024;  // unsent bytes of one connection above which it is read no further

  friend bool operator==(limits_options const&, limits_options const&) = default;
};

}  // namespace tandem::frontend
