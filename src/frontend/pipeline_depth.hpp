// How many requests of one client are worth having in flight. So many as keep a server that is near busy, and more only where
// answers take so long that those are not enough: a longer line would make others wait for nothing.
//
// Asked when a client has at_once in flight or more. It learns how long a line takes from one that it has seen come to its end.
#pragma once

#include "base/clock.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace tandem::frontend {

class pipeline_depth {
 public:
  static constexpr std::size_t at_once = 256;

  /// Beyond what a server that is near takes to answer a line of at_once.
  static constexpr base::duration near_by = std::chrono::milliseconds(2);

  /// Whether no more are to be sent before others are answered. `answered` counts those that have been, all told.
  bool reached(std::size_t in_flight, std::uint64_t answered, base::time_point now) {
    if (answered >= seen_at_) {
      far_ = seen_at_ != 0 && now - began_ > near_by;
      began_ = now;
      seen_at_ = answered + in_flight;
    }
    return !far_;
  }

 private:
  std::uint64_t seen_at_ = 0;  // answered when the line is at its end
  base::time_point began_{};
  bool far_ = false;
};

}  // namespace tandem::frontend
