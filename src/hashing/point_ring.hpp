// A circle of points between 0 and 2^32, each of which belongs to a server. Points at the same place keep the
// order in which they were made.
#pragma once

#include "base/result.hpp"
#include "hashing/placement.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace tandem::hashing {

class point_ring {
 public:
  struct point {
    std::uint32_t at;
    std::uint32_t server;
  };

  /// At least one point.
  explicit point_ring(std::vector<point> points);

  /// The server of the first point that is not below `place`, or else of the lowest.
  std::size_t at_or_above(std::uint32_t place) const;

  /// The server of the last point that is not above `place`, or else of the highest.
  std::size_t at_or_below(std::uint32_t place) const;

 private:
  std::vector<point> points_;  // by place
};

/// An error where servers of these weights would take more points than a ring may have, each of them `per_weight`
/// times its weight.
base::result<std::size_t> points_needed(std::span<ring_server const> servers, std::size_t per_weight);

}  // namespace tandem::hashing
