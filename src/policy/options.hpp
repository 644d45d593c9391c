// How much is asked of a server that fails.
#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

namespace tandem::policy {

/// See breaker.hpp.
struct breaker_options {
  unsigned failures = 5;  // in a row
  std::chrono::milliseconds open{1000};
  std::chrono::milliseconds open_max{30'000};
  std::chrono::milliseconds flap_window{30'000};
  std::chrono::milliseconds flap_max{3'600'000};
  std::vector<unsigned> shares{5, 20, 50, 100};  // percent, rising, the last one 100

  friend bool operator==(breaker_options const&, breaker_options const&) = default;
};

struct retry_options {
  unsigned attempts = 1;         // beside the first
  unsigned budget_percent = 20;  // of the requests to a server, which may be tried again
  unsigned budget_min = 10;      // a second, beside that

  friend bool operator==(retry_options const&, retry_options const&) = default;
};

}  // namespace tandem::policy
