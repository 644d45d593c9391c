#include "hashing/point_ring.hpp"

#include "hashing/options.hpp"

#include <algorithm>
#include <cassert>

namespace tandem::hashing {

point_ring::point_ring(std::vector<point> points) : points_(std::move(points)) {
  assert(!points_.empty());
  std::ranges::stable_sort(points_, {}, &point::at);
}

std::size_t point_ring::at_or_above(std::uint32_t place) const {
  auto const found = std::ranges::lower_bound(points_, place, {}, &point::at);
  return found == points_.end() ? points_.front().server : found->server;
}

std::size_t point_ring::at_or_below(std::uint32_t place) const {
  auto const above = std::ranges::upper_bound(points_, place, {}, &point::at);
  return above == points_.begin() ? points_.back().server : std::prev(above)->server;
}

base::result<std::size_t> points_needed(std::span<ring_server const> servers, std::size_t per_weight) {
  std::size_t needed = 0;
  for (ring_server const& server : servers) needed += per_weight * server.weight;
  if (needed <= ring_points_max) return needed;
  return base::error{base::error_kind::configuration,
                     "the weights make a ring of " + std::to_string(needed) + " points, and it may have " +
                         std::to_string(ring_points_max) + "; lower the weights, here and in the clients"};
}

}  // namespace tandem::hashing
