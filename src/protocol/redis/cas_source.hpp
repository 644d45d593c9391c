// Makes the cas numbers of the items that this process writes to Redis: the time in microseconds since 2020,
// shifted by 13 bits that tell its makers apart. Always larger than the last one of the same source.
#pragma once

#include "base/clock.hpp"

#include <algorithm>
#include <cstdint>

namespace tandem::protocol::redis {

class cas_source {
 public:
  static constexpr unsigned maker_bits = 13;

  /// `maker` should differ between workers and between processes; its lowest 13 bits count.
  explicit cas_source(std::uint64_t maker) : maker_(maker & ((std::uint64_t{1} << maker_bits) - 1)) {}

  std::uint64_t next(base::clock const& clock) {
    constexpr std::int64_t start_ms = 1'577'836'800'000;  // 2020-01-01
    std::int64_t const elapsed_ms = std::max<std::int64_t>(clock.unix_ms() - start_ms, 0);
    last_us_ = std::max(static_cast<std::uint64_t>(elapsed_ms) * 1000, last_us_ + 1);
    return last_us_ << maker_bits | maker_;
  }

 private:
  std::uint64_t maker_;
  std::uint64_t last_us_ = 0;
};

}  // namespace tandem::protocol::redis
