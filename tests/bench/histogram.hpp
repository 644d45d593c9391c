// Latencies, counted in buckets that are exact below 256 and at most 1/128 wide of their value above, as
// HdrHistogram has them. Adding one costs an increment, and the whole takes 60 KiB.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tandem::bench {

class histogram {
 public:
  void add(std::uint64_t value) {
    ++counts_[index_of(value)];
    ++count_;
    if (value > max_) max_ = value;
  }

  std::uint64_t count() const { return count_; }
  std::uint64_t max() const { return max_; }

  /// The smallest value that `percent` of all values do not exceed, to the bucket's upper end; 0 if there are none.
  std::uint64_t percentile(double percent) const;

 private:
  static constexpr unsigned precision_bits = 7;
  static constexpr std::size_t buckets_per_octave = std::size_t{1} << precision_bits;
  static constexpr std::size_t octaves = 64 - precision_bits;

  static std::size_t index_of(std::uint64_t value) {
    unsigned const width = static_cast<unsigned>(std::bit_width(value));
    unsigned const shift = width > precision_bits + 1 ? width - precision_bits - 1 : 0;
    return shift * buckets_per_octave + static_cast<std::size_t>(value >> shift);
  }
  static std::uint64_t upper_end_of(std::size_t index);

  std::vector<std::uint64_t> counts_ = std::vector<std::uint64_t>((octaves + 1) * buckets_per_octave);
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
};

}  // namespace tandem::bench
