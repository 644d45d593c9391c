// What one run of the load generator does, as its command line says.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tandem::bench {

struct options {
  std::string address;  // HOST:PORT with a numeric host, or unix:PATH
  std::string protocol = "text";
  std::string key_prefix = "bench:";

  std::size_t connections = 50;
  std::size_t pipeline = 1;  // requests that a connection sends together
  std::size_t keys = 10000;
  std::size_t value_size = 100;
  std::uint32_t keys_per_get = 1;
  unsigned gets = 10;  // to so many...
  unsigned sets = 1;   // ...of these

  double warm_up = 0.2;  // seconds
  double seconds = 1;
  std::uint64_t requests = 0;  // if not 0: exactly so many instead of a time, and no warming up
  double rate = 0;  // if not 0: requests per second, sent when due rather than when the last is answered

  bool fill = false;         // sets each key once
  std::size_t idle = 0;      // connections besides, which have asked once
  bool one_stuck = false;    // one connection besides, which asks and never reads
  std::vector<pid_t> watch;  // processes to account for
};

/// Exits with a message where the command line is wrong.
options read_options(int argc, char** argv);

}  // namespace tandem::bench
