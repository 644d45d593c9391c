// The others: clients that ask for a key at a time and wait for its value. What they wait is the yardstick of an attack.
#pragma once

#include "bench/histogram.hpp"
#include "support/text_client.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tandem::attack {

struct experience {
  bench::histogram waited_ns;
  std::uint64_t failed = 0;     // anything but the value
  std::string first_failure{};  // what came instead
};

class bystander {
 public:
  /// Stores a value under each of the prefixes, over a connection for each.
  bystander(std::uint16_t port, std::vector<std::string> const& prefixes);

  /// Asks in turn over each connection, with short pauses.
  experience ask_for(std::chrono::milliseconds time);

 private:
  struct place {
    std::string key;
    test::text_client connection;
  };

  std::vector<place> places_;
};

}  // namespace tandem::attack
