#include "bench/histogram.hpp"

#include <algorithm>
#include <cmath>

namespace tandem::bench {

std::uint64_t histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  double const wanted = std::ceil(percent / 100 * static_cast<double>(count_));
  std::uint64_t const rank = std::clamp<std::uint64_t>(static_cast<std::uint64_t>(wanted), 1, count_);
  std::uint64_t seen = 0;
  for (std::size_t index = 0; index < counts_.size(); ++index) {
    seen += counts_[index];
    if (seen >= rank) return std::min(upper_end_of(index), max_);
  }
  return max_;
}

std::uint64_t histogram::upper_end_of(std::size_t index) {
  if (index < 2 * buckets_per_octave) return index;
  std::size_t const shift = index / buckets_per_octave - 1;
  std::uint64_t const lead = index - shift * buckets_per_octave;
  // Wraps to the largest number at the very last bucket, which is right.
  return ((lead + 1) << shift) - 1;
}

}  // namespace tandem::bench
